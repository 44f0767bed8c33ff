"""People join, come back and register through their mailboxes, with a real relay, whenever the server is killed.

The server is killed as soon as it has answered: what it said is on its way arrives all the same, once.
"""

import pathlib
import re
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests import relay as relays
from tests.e2e import server

PASSWORD = "staple battery horse correct"
PATIENCE = 60.0
PUBLIC = "https://charge.example.com"


class Relay(relays.Relay):
    """Lets a test wait for the next mail. One that was sent again is the same: a kill may come before it is noted."""

    def __init__(self) -> None:
        super().__init__()
        self._came = threading.Condition()
        self.texts: dict[str, tuple[str, str]] = {}
        """Of each mail, by its id: to whom, and what it says."""
        self._read = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        mail = self.got[-1]
        body = mail.get_body(("plain",))
        assert body is not None
        with self._came:
            self.texts.setdefault(mail["Message-ID"], (mail["To"], body.get_content()))
            self._came.notify_all()
        return answer

    def link(self, to: str) -> str:
        """The token in the link of the next mail, which has to be for `to`."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.texts) > self._read, PATIENCE)
            reader, text = list(self.texts.values())[self._read]
        self._read += 1
        assert reader == to
        (token,) = re.findall(rf"^{PUBLIC}/link\?token=(\S+)\s*$", text, re.MULTILINE)
        return str(token)


@pytest.fixture
def relay() -> Iterator[Relay]:
    made = Relay()
    with relays.running(relay=made):
        yield made


def opened(running: server.Server, token: str) -> dict[str, Any]:
    """Use a link; the person who is signed in by it."""
    api = f"{running.http_url}/api/v1"
    done = httpx.post(f"{api}/links", json={"token": token, "password": PASSWORD}, timeout=30).raise_for_status().json()
    signed_in = {"Authorization": f"Bearer {done['login']['token']}"}
    me: dict[str, Any] = httpx.get(f"{api}/me", headers=signed_in, timeout=30).raise_for_status().json()
    return me


def test_who_was_promised_a_mail_gets_it_and_gets_in(relay: Relay, tmp_path: pathlib.Path) -> None:
    settings = {"CSMS_SMTP_URL": relay.url, "CSMS_MAIL_FROM": "csms@example.com", "CSMS_PUBLIC_URL": PUBLIC}
    with server.serving(tmp_path / "data", **settings) as running:
        running.post("/invitations", {"email": "asha@example.com", "role": "support"})
        running.post("/drivers/register", {"email": "dina@example.com"})
        running.post("/password-reset", {"email": server.EMAIL})
        running.kill()
        running.start()
        roles = {"asha@example.com": "support", "dina@example.com": "driver", server.EMAIL: "admin"}
        tokens = {to: relay.link(to) for to in roles}
        assert {to: opened(running, token)["role"] for to, token in tokens.items()} == roles
        assert len(relay.texts) == len(roles)
        for token in tokens.values():
            used = httpx.post(f"{running.http_url}/api/v1/links", json={"token": token, "password": PASSWORD})
            assert (used.status_code, used.json()["code"]) == (410, "link_over")
        log = running.data.with_suffix(".log").read_text()
        assert not any(token in log for token in tokens.values())
