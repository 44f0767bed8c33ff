"""What people find in their mailboxes: a real relay that a real server hands its mails to, and the links in them."""

import dataclasses
import re
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from actors.business import linking, mailing
from csms import config
from tests import relay as relays
from tests.actors import node as nodes

_LINK = re.compile(r"^https?://\S+/link\?token=(\S+)$", re.MULTILINE)


class Mailbox:
    """Everybody's."""

    def __init__(self, relay: relays.Relay) -> None:
        self._relay = relay
        self._seen = 0

    async def mail(self) -> EmailMessage:
        """The next mail, which has to come."""
        await nodes.until(lambda: len(self._relay.got) > self._seen)
        self._seen += 1
        return self._relay.got[self._seen - 1]

    async def token(self, to: str) -> str:
        """What is in the link of the next mail, which has to be for `to`."""
        mail = await self.mail()
        assert mail["To"] == to
        (token,) = _LINK.findall(text_of(mail))
        return str(token)

    def __len__(self) -> int:
        """How many came."""
        return len(self._relay.got)


def text_of(mail: EmailMessage) -> str:
    """What a reader without HTML sees."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A relay; mails leave at once. Import it, and let `settings` be `reached(settings, mailbox)`."""
    monkeypatch.setattr(linking, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(mailing, "LOOK_SECONDS", 0.01)
    with relays.running() as relay:
        yield Mailbox(relay)


def reached(settings: config.Settings, mailbox: Mailbox) -> config.Settings:
    """Settings of a server that sends mails, with links to where it is reached."""
    return dataclasses.replace(
        settings,
        smtp_url=mailbox._relay.url,
        mail_from="csms@example.com",
        public_url="https://charge.example.com",
    )
