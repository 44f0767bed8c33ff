"""Who reads a document, where mails go, and in which language."""

import pytest

from csms.storage import errors
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


def test_an_address_that_no_mail_can_be_sent_to_holds_no_bill_back(known: Till) -> None:
    mistyped = known.log.write(drivers.add, {"email": f"{'a' * 65}@example.com"})
    assert recipients.find(known.log.connection, f"driver:{mistyped.id}") == (None, None)


@pytest.mark.parametrize(
    "email", ["a@blue.example, b@blue.example", "bills", "Bills <a@blue.example>", "a@b\r\nBcc: c@d"]
)
def test_a_fleet_has_one_address_or_none(known: Till, email: str) -> None:
    with pytest.raises(errors.InvalidValue, match="no address that a mail can be sent to"):
        known.log.write(accounts.change, "fleet", {"email": email})
    with pytest.raises(errors.InvalidValue, match="no address that a mail can be sent to"):
        known.log.write(accounts.add, {"name": "Red Cabs", "email": email})
    assert known.log.write(accounts.change, "fleet", {"email": ""}).email == ""
