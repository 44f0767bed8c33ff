"""Handing mails to a real relay: encrypted where it can be, a password never in clear, and what is told of failures."""

import ssl
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
import trustme

from csms.integrations.mail import smtp
from tests import relay as relays

AUTHORITY = trustme.CA()
TRUSTED = ssl.create_default_context()
AUTHORITY.configure_trust(TRUSTED)
LOGIN = "me:s3cret%20word@"


def mail(to: str = "dina@example.com") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "csms@example.com", to, "रसीद"
    made.set_content("Grüße")
    return made


@pytest.fixture
def relay() -> Iterator[relays.Relay]:
    with relays.running(AUTHORITY, authenticates=True) as made:
        yield made


def test_a_mail_is_handed_over_encrypted_with_name_and_password(relay: relays.Relay) -> None:
    smtp.send(relay.url.replace("//", f"//{LOGIN}"), mail(), TRUSTED)
    (got,) = relay.got
    assert (got["Subject"], got.get_content().strip(), relay.encrypted) == ("रसीद", "Grüße", [True])


def test_a_relay_that_nobody_vouches_for_gets_nothing(relay: relays.Relay) -> None:
    with pytest.raises(smtp.NotSent, match="certificate"):
        smtp.send(relay.url, mail(), ssl.create_default_context())
    assert relay.got == []


def test_a_wrong_password_is_not_the_mails_fault(relay: relays.Relay) -> None:
    with pytest.raises(smtp.NotSent, match="535"):
        smtp.send(relay.url.replace("//", "//me:wrong@"), mail(), TRUSTED)


def test_a_password_is_never_sent_in_clear() -> None:
    with relays.running(authenticates=True) as plain, pytest.raises(smtp.NotSent, match="STARTTLS"):
        smtp.send(plain.url.replace("//", f"//{LOGIN}"), mail(), TRUSTED)


def test_an_address_that_there_is_not_is_final_and_a_full_disk_is_not() -> None:
    with relays.running() as relay:
        relay.unknown = {"nobody@example.com"}
        with pytest.raises(smtp.Refused, match="550 no such user"):
            smtp.send(relay.url, mail("nobody@example.com"))
        relay.answers = ["452 no room", "554 spam"]
        with pytest.raises(smtp.NotSent, match="452"):
            smtp.send(relay.url, mail())
        with pytest.raises(smtp.Refused, match="554"):
            smtp.send(relay.url, mail())
    with pytest.raises(smtp.NotSent):
        smtp.send(relay.url, mail())
