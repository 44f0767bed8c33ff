"""Who reads a document, where mails go, and in which language."""

import pytest

from csms.storage.billing import recipients
from csms.storage.reference import accounts, drivers
from tests.csms.storage.billing.support import Till


@pytest.fixture
def known(till: Till) -> Till:
    """A fleet which reads German."""
    till.log.write(accounts.add, {"id": "fleet", "name": "Blue Cabs", "email": "bills@blue.example", "language": "de"})
    return till


@pytest.mark.parametrize(
    ("buyer_ref", "address", "language"),
    [
        ("account:fleet", "bills@blue.example", "de"),
        ("account:gone", None, None),
        ("driver:gone", None, None),
        (None, None, None),
    ],
)
def test_an_account_or_nobody(known: Till, buyer_ref: str | None, address: str | None, language: str | None) -> None:
    assert recipients.find(known.log.connection, buyer_ref) == (address, language)


def test_a_driver_reads_their_own_language_and_gets_no_mail_when_disabled(known: Till) -> None:
    asha = known.log.write(drivers.add, {"email": "asha@example.com", "language": "hi-IN"})
    assert recipients.find(known.log.connection, f"driver:{asha.id}") == ("asha@example.com", "hi-IN")
    known.log.write(drivers.change, asha.id, {"disabled": True})
    assert recipients.find(known.log.connection, f"driver:{asha.id}") == (None, "hi-IN")
