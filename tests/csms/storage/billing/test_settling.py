"""Each session that was priced gets one receipt, or one charge to its fleet, whatever is repeated, changed or late."""

import sqlite3
from decimal import Decimal
from typing import Any

import pytest

from csms.domain import events
from csms.storage import errors, reader
from csms.storage.billing import charges, correcting, documents, papers, settling
from csms.storage.reference import accounts, buyers, sellers, stations
from tests.csms.storage.billing.support import NOW, Till, priced
from tests.csms.storage.support import NOW as BEGIN
from tests.csms.storage.support import at


def test_a_session_that_was_priced_gets_a_receipt(till: Till) -> None:
    till.stay("s1")
    till.price(priced(["s1"]))
    receipt = till.get("CN-R-000001")
    assert (receipt.kind, receipt.session_ids, receipt.total_incl) == ("receipt", ("s1",), Decimal("396.00"))
    assert receipt.total_excl + sum(tax.amount for tax in receipt.taxes) == receipt.total_incl


def test_the_number_is_the_version_in_the_series(till: Till) -> None:
    for name in ("s1", "s2", "s3"):
        till.stay(name)
        till.price(priced([name]))
    stored = [*reader.Reader(till.log.connection, snapshot=True).read(events.documents_stream("CN-R"))]
    assert [(record.version, record.event.number) for record in stored] == [  # type: ignore[union-attr]
        (1, "CN-R-000001"),
        (2, "CN-R-000002"),
        (3, "CN-R-000003"),
    ]


def test_what_fails_in_the_middle_takes_no_number(till: Till) -> None:
    def fail(conn: sqlite3.Connection) -> None:
        settling.settle(conn, priced(["s1"]), till.now)
        raise OSError("the disk is gone")

    till.stay("s1")
    with pytest.raises(OSError, match="disk"):
        till.log.write(fail)
    assert till.numbers() == []
    till.price(priced(["s1"]))
    assert till.numbers() == ["CN-R-000001"]
    assert till.log.connection.execute("SELECT count(*) FROM document_parties").fetchone() == (1,)


def test_acting_again_on_the_same_price_changes_nothing(till: Till) -> None:
    till.stay("s1")
    till.price(priced(["s1"]))
    till.settle(priced(["s1"]))
    assert till.numbers() == ["CN-R-000001"]


def test_a_price_that_changed_is_a_credit_note_and_a_new_receipt(till: Till) -> None:
    till.stay("s1")
    till.price(priced(["s1"]))
    till.price(priced(["s1"], "360.00", "305.08", revision=2))
    assert till.numbers() == ["CN-R-000001", "CN-C-000001", "CN-R-000002"]
    note = till.get("CN-C-000001")
    assert (note.corrects, note.total_incl) == ("CN-R-000001", Decimal("-396.00"))
    till.settle(priced(["s1"]))  # the older price comes once more
    assert len(till.numbers()) == 3


def test_after_a_reset_the_receipt_waits_for_what_continues_the_session(till: Till) -> None:
    till.stay("s1", reason="HardReset")
    till.now = at(661)
    till.price(priced(["s1"]))
    assert till.numbers() == []
    till.stay("s2", continues="s1")
    till.price(priced(["s1", "s2"], "500.00", "423.73"))
    assert [till.get(number).session_ids for number in till.numbers()] == [("s1", "s2")]
    assert settling.due(till.log.connection, till.later(days=1)) == []


def test_what_nobody_continued_is_billed_after_a_while(till: Till) -> None:
    till.stay("s1", reason="PowerLoss")
    till.now = at(661)
    till.price(priced(["s1"]))
    assert settling.due(till.log.connection, till.later(minutes=9)) == []
    assert settling.due(till.log.connection, till.later(minutes=2)) == ["s1"]
    till.log.write(settling.waited, "s1", priced(["s1"]), till.now)
    assert till.numbers() == ["CN-R-000001"]


def test_what_is_being_continued_when_its_wait_is_over_goes_on_waiting(till: Till) -> None:
    till.stay("s1", reason="PowerLoss")
    till.now = at(661)
    till.price(priced(["s1"]))
    till.stay("s2", continues="s1")
    till.log.write(settling.waited, "s1", priced(["s1"]), till.later(minutes=11))
    assert till.numbers() == []


def test_what_was_continued_too_late_is_corrected(till: Till) -> None:
    till.stay("s1", reason="PowerLoss")
    till.price(priced(["s1"]))
    till.stay("s2", continues="s1")
    till.price(priced(["s1", "s2"], "500.00", "423.73"))
    assert till.numbers() == ["CN-R-000001", "CN-C-000001", "CN-R-000002"]
    till.settle(priced(["s1"]))
    assert len(till.numbers()) == 3


def test_the_seller_is_that_of_the_station(till: Till) -> None:
    till.log.write(stations.add, {"id": "m", "name": "City Mall Station"})
    till.log.write(sellers.add, {"id": "mall", "name": "City Mall", "series": "MALL", "station_ids": ["m"]})
    till.stay("s1", station_id="m")
    till.price(priced(["s1"]))
    assert till.numbers() == ["MALL-R-000001"]


def test_a_fleets_session_has_no_receipt_but_is_charged(till: Till) -> None:
    fleet(till)
    till.stay("s1", driver_id="d1")
    till.price(priced(["s1"]))
    assert till.numbers() == []
    (charge,) = charges.all_of(till.log.connection, "fleet", BEGIN, till.now)
    assert (charge.event.session_id, charge.event.cost_centre) == ("s1", "north")
    assert charges.piles(till.log.connection) == [charges.Pile("fleet", "default", "INR")]


def test_a_fleets_charge_that_changed_counts_as_it_is_now(till: Till) -> None:
    fleet(till)
    till.stay("s1", driver_id="d1")
    till.price(priced(["s1"]))
    till.price(priced(["s1"], "360.00", "305.08", revision=2))
    till.settle(priced(["s1"]))
    found = charges.all_of(till.log.connection, "fleet", BEGIN, till.now)
    assert [charge.event.total_incl for charge in found] == [Decimal("360.00")]


def test_internal_sessions_are_charged_to_nobody(till: Till) -> None:
    fleet(till, internal=True)
    till.stay("s1", driver_id="d1")
    till.price(priced(["s1"]))
    assert charges.piles(till.log.connection) == []
    assert len(charges.all_of(till.log.connection, "fleet", BEGIN, till.now)) == 1


def test_the_log_does_not_tell_who_bought_and_the_name_can_be_erased(till: Till) -> None:
    till.log.write(buyers.put, "d1", {"name": "Asha Rao", "city": "Pune"})
    till.stay("s1", driver_id="d1")
    till.price(priced(["s1"]))
    issued = first_document(till)
    assert issued.buyer is not None
    assert (issued.buyer.name, issued.event.buyer_ref) == ("Asha Rao", "driver:d1")
    assert not any(b"Asha" in row[0] for row in till.log.connection.execute("SELECT body FROM events"))
    till.log.write(buyers.erase, "d1")
    assert first_document(till).buyer is None
    assert till.get("CN-R-000001").total_incl == Decimal("396.00")


def test_a_session_without_a_row_is_held_back(till: Till) -> None:
    with pytest.raises(settling.UnknownSession, match="s9"):
        till.settle(priced(["s9"]))


def fleet(till: Till, **fields: object) -> None:
    till.log.write(accounts.add, {"id": "fleet", "name": "Blue Cabs", **fields})
    till.log.write(accounts.add_member, "fleet", {"driver_id": "d1", "cost_centre": "north"})


def first_document(till: Till) -> documents.Issued:
    return documents.get(till.log.connection, "CN-R-000001")


def test_a_part_of_a_receipt_is_credited_and_the_rest_only_once(till: Till) -> None:
    till.stay("s1")
    till.price(priced(["s1"]))

    def credit(**part: Any) -> str:
        return till.log.write(correcting.credit, "CN-R-000001", "Slow charging", NOW, **part)

    assert till.get(credit(amount=Decimal("100.00"))).total_incl == Decimal("-100.00")
    assert papers.of_session(till.log.connection, "s1")["status"] == "partly_corrected"
    with pytest.raises(errors.InvalidValue, match=r"296\.00"):
        credit(amount=Decimal("300.00"))
    with pytest.raises(errors.InvalidValue, match="decimals"):
        credit(amount=Decimal("1.005"))
    assert till.get(credit()).total_incl == Decimal("-296.00")
    paper = papers.of_session(till.log.connection, "s1")
    assert (paper["status"], paper["left"]["amount"]) == ("corrected", "0.00")
    with pytest.raises(correcting.Corrected):
        credit()


def test_a_price_that_changes_takes_back_what_a_credit_left(till: Till) -> None:
    till.stay("s1")
    till.price(priced(["s1"]))
    till.log.write(correcting.credit, "CN-R-000001", "Slow charging", NOW, lines=[1])
    till.price(priced(["s1"], "360.00", "305.08", revision=2))
    assert [each["total_incl"]["amount"] for each in till.documents()] == ["396.00", "-396.00", "360.00"]
    till.log.write(correcting.credit, "CN-R-000002", "Slow charging", NOW, amount=Decimal("60.00"))
    till.price(priced(["s1"], "342.00", "289.83", revision=3))
    amounts = [each["total_incl"]["amount"] for each in till.documents()][3:]
    assert amounts == ["-60.00", "-300.00", "342.00"]
