"""A fleet's month: a draft that follows the sessions, an invoice that stays, what was paid and what was taken back."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from csms.domain import events
from csms.domain.billing import document
from csms.domain.tariff import bill
from csms.storage import errors, records, staging
from csms.storage.billing import charges, correcting, documents, invoices, statements
from csms.storage.reference import accounts, sellers
from tests.csms.storage.billing.support import Till, priced

FIRST = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)
FLEET = {"id": "fleet", "name": "Blue Cabs", "payment_days": 30}


@pytest.fixture
def month(till: Till) -> Till:
    """Two sessions of a fleet in March, one of them of cost centre north."""
    till.log.write(accounts.add, FLEET)
    till.log.write(accounts.add_member, "fleet", {"driver_id": "d1", "cost_centre": "north"})
    till.log.write(accounts.add_member, "fleet", {"driver_id": "d2"})
    for session_id, driver_id in (("s1", "d1"), ("s2", "d2")):
        till.stay(session_id, driver_id=driver_id)
        till.price(priced([session_id]))
    return till


def drafted(till: Till, month: str = "2026-03") -> str:
    [found] = till.log.write(invoices.draft, month)
    return found


def issued(till: Till) -> tuple[str, events.DocumentIssued]:
    this = drafted(till)
    return this, till.log.write(invoices.issue, this, FIRST)


def get(till: Till, id: str) -> invoices.Invoice:
    return invoices.get(till.log.connection, id)


def test_a_draft_follows_what_is_open(month: Till) -> None:
    this = drafted(month)
    assert (get(month, this).status, get(month, this).total, get(month, this).sessions) == (
        "draft",
        Decimal("792.00"),
        2,
    )
    month.price(priced(["s1"], "360.00", "305.08", revision=2))
    assert get(month, this).total == Decimal("756.00")
    assert drafted(month) == this


def test_what_was_prepared_is_issued_and_made_anew_where_something_changed(month: Till) -> None:
    this = drafted(month)
    prepared = invoices.ready(month.log.connection, this, FIRST)
    month.price(priced(["s1"], "360.00", "305.08", revision=2))
    assert month.log.write(invoices.issue, this, FIRST, prepared).total_incl == Decimal("756.00")


def test_a_buyer_who_has_moved_since_is_told_at_the_new_address(month: Till) -> None:
    this = drafted(month)
    prepared = invoices.ready(month.log.connection, this, FIRST)
    month.log.write(accounts.change, "fleet", {"city": "Mumbai"})
    number = month.log.write(invoices.issue, this, FIRST, prepared).number
    buyer = documents.get(month.log.connection, number).buyer
    assert buyer is not None
    assert buyer.city == "Mumbai"


def test_an_invoice_has_a_line_for_each_session_and_adds_up(month: Till) -> None:
    _, invoice = issued(month)
    assert (invoice.number, invoice.due_on) == ("CN-I-000001", date(2026, 5, 1))
    lines = [(line.session_id, line.cost_centre, line.amount_incl) for line in invoice.lines]
    assert lines == [("s1", "north", Decimal("396.00")), ("s2", None, Decimal("396.00"))]
    assert invoice.total_incl == Decimal("792.00")
    assert invoice.total_excl + sum(tax.amount for tax in invoice.taxes) == invoice.total_incl
    assert sum(line.amount_excl for line in invoice.lines) == invoice.total_excl
    found = documents.get(month.log.connection, invoice.number)
    assert found.buyer is not None
    assert found.buyer.name == "Blue Cabs"


def test_what_is_invoiced_is_not_open_any_more(month: Till) -> None:
    this, _ = issued(month)
    assert month.log.write(invoices.draft, "2026-03") == []
    with pytest.raises(invoices.WrongStatus):
        month.log.write(invoices.issue, this, FIRST)
    with pytest.raises(invoices.WrongStatus):
        month.log.write(invoices.discard, this)


def test_a_session_that_ended_after_the_month_waits_for_the_next(month: Till) -> None:
    assert month.log.write(invoices.draft, "2026-02") == []


def test_a_month_ends_by_the_sellers_clock(till: Till) -> None:
    till.log.write(sellers.change, "default", {"time_zone": "Asia/Kolkata"})
    begin, end = invoices._bounds("2026-03", "Asia/Kolkata")
    assert (begin, end) == (datetime(2026, 2, 28, 18, 30, tzinfo=UTC), datetime(2026, 3, 31, 18, 30, tzinfo=UTC))


def test_a_discarded_draft_leaves_its_sessions_open(month: Till) -> None:
    this = drafted(month)
    month.log.write(invoices.discard, this)
    assert drafted(month) != this


def test_it_is_paid_in_parts_and_never_more_than_the_balance(month: Till) -> None:
    this, _ = issued(month)
    month.log.write(invoices.pay, this, date(2026, 4, 10), amount=Decimal("100.00"), reference="NEFT 1")
    assert (get(month, this).status, get(month, this).balance) == ("issued", Decimal("692.00"))
    with pytest.raises(errors.InvalidValue, match="at most the balance, 692"):
        month.log.write(invoices.pay, this, date(2026, 4, 11), amount=Decimal("692.01"))
    assert month.log.write(invoices.pay, this, date(2026, 4, 12)) == Decimal("692.00")
    assert get(month, this).status == "paid"
    with pytest.raises(invoices.WrongStatus):
        month.log.write(invoices.pay, this, date(2026, 4, 13))


def test_a_price_that_changes_after_the_invoice_is_credited_and_billed_next_month(month: Till) -> None:
    this, invoice = issued(month)
    month.price(priced(["s1"], "360.00", "305.08", revision=2))
    note = month.get("CN-C-000001")
    assert (note.corrects, note.session_ids, note.total_incl) == (invoice.number, ("s1",), Decimal("-396.00"))
    assert get(month, this).balance == Decimal("396.00")
    [again] = month.log.write(invoices.draft, "2026-04")
    assert get(month, again).total == Decimal("360.00")


@pytest.mark.parametrize(("rebill", "again"), [(False, 0), (True, 1)])
def test_some_sessions_can_be_taken_back_and_billed_again(month: Till, rebill: bool, again: int) -> None:
    this, invoice = issued(month)
    number = month.log.write(correcting.credit, invoice.number, "Wrong car", FIRST, session_ids=["s2"], rebill=rebill)
    assert month.get(number).total_incl == Decimal("-396.00")
    assert get(month, this).balance == Decimal("396.00")
    assert len(month.log.write(invoices.draft, "2026-04")) == again
    if not rebill:
        with pytest.raises(correcting.Corrected, match="s2"):
            month.log.write(correcting.credit, invoice.number, "Twice", FIRST, session_ids=["s2"])
        month.log.write(correcting.credit, invoice.number, "The other, too", FIRST)
        assert get(month, this).balance == Decimal(0)


def test_an_invoice_that_was_taken_back_as_a_whole_owes_nothing(month: Till) -> None:
    this, invoice = issued(month)
    month.log.write(correcting.credit, invoice.number, "Goodwill", FIRST)
    assert (get(month, this).status, get(month, this).balance) == ("credited", Decimal(0))


def test_the_statement_shows_what_is_owed_after_each_entry(month: Till) -> None:
    this, invoice = issued(month)
    month.log.write(correcting.credit, invoice.number, "Wrong car", FIRST, session_ids=["s2"])
    month.log.write(invoices.pay, this, date(2026, 4, 12), reference="=NEFT()")
    found = statements.statement(month.log.connection, "fleet", date(2026, 4, 1), date(2026, 5, 1))
    assert [(each["kind"], each["amount"]["amount"], each["balance"]["amount"]) for each in found] == [
        ("invoice", "792.00", "792.00"),
        ("credit_note", "-396.00", "396.00"),
        ("payment", "-396.00", "0.00"),
    ]
    table = statements.as_csv(found, ("day", "kind", "number", "amount"))
    assert table.splitlines()[0] == "day,kind,number,amount,currency"
    assert table.splitlines()[3] == "2026-04-12,payment,'=NEFT(),-396.00,INR"


def test_ten_thousand_sessions_are_one_invoice_that_adds_up(till: Till) -> None:
    till.log.write(accounts.add, FLEET)
    till.log.write(sellers.change, "default", {"country": "IN", "state": "27"})
    till.log.write(_charge, 10_000)
    this, invoice = issued(till)
    assert (len(invoice.lines), invoice.total_incl) == (10_000, Decimal("3960000.00"))
    assert [(tax.name, tax.amount) for tax in invoice.taxes] == [
        ("CGST", Decimal("302000.00")),
        ("SGST", Decimal("302000.00")),
    ]
    assert sum(line.amount_excl for line in invoice.lines) == invoice.total_excl
    assert get(till, this).sessions == 10_000
    assert charges.piles(till.log.connection) == []


def _charge(conn: Any, count: int) -> None:
    """What billing records of so many sessions."""
    tax = bill.Tax(vat=Decimal(18), excl=Decimal("335.59"), amount=Decimal("60.41"))
    one = events.SessionCharged(
        account_id="fleet",
        session_id="",
        revision=1,
        covers=(),
        seller_id="default",
        currency="INR",
        total_excl=tax.excl,
        total_incl=tax.excl + tax.amount,
        taxes=(tax,),
        energy_wh=Decimal(22000),
        ended_at=datetime(2026, 3, 15, tzinfo=UTC),
    )
    names = [f"s{number}" for number in range(count)]
    told = [msgspec.structs.replace(one, session_id=name, covers=(name,)) for name in names]
    staging.stage(events.account_stream("fleet"), *map(records.New, told))


def test_credit_notes_are_not_corrected(month: Till) -> None:
    _, invoice = issued(month)
    number = month.log.write(correcting.credit, invoice.number, "Goodwill", FIRST)
    assert month.get(number).kind == document.CREDIT_NOTE
    with pytest.raises(correcting.Corrected):
        month.log.write(correcting.credit, number, "Again", FIRST)


def test_what_was_not_paid_in_time_is_overdue(month: Till) -> None:
    this, invoice = issued(month)
    due, conn = invoice.due_on, month.log.connection
    assert due is not None
    assert invoices.overdue(conn, due) == []
    assert invoices.overdue(conn, due + timedelta(days=1)) == [this]
    month.log.write(invoices.pay, this, date(2026, 4, 12))
    assert invoices.overdue(conn, due + timedelta(days=1)) == []


def test_an_amount_of_an_invoice_is_credited_and_its_sessions_stay_on_it(month: Till) -> None:
    this, invoice = issued(month)
    number = month.log.write(correcting.credit, invoice.number, "Goodwill", FIRST, amount=Decimal("92.00"))
    assert (month.get(number).total_incl, month.get(number).session_ids) == (Decimal("-92.00"), ())
    assert get(month, this).balance == Decimal("700.00")
    with pytest.raises(errors.InvalidValue, match=r"700\.00 are left"):
        month.log.write(correcting.credit, invoice.number, "Both", FIRST, session_ids=["s1", "s2"])
    month.log.write(correcting.credit, invoice.number, "Wrong car", FIRST, session_ids=["s1"])
    month.log.write(correcting.credit, invoice.number, "The rest", FIRST)
    assert (get(month, this).balance, get(month, this).status) == (Decimal(0), "credited")


def test_a_price_that_changes_takes_back_no_more_than_an_amount_left(month: Till) -> None:
    this, invoice = issued(month)
    month.log.write(correcting.credit, invoice.number, "Goodwill", FIRST, amount=Decimal("500.00"))
    month.price(priced(["s1"], "360.00", "305.08", revision=2))
    assert get(month, this).balance == Decimal(0)


VIENNA = {"country": "AT", "tax_id": "ATU13585627", "reverse_charge": True}


def test_a_company_of_another_state_of_the_union_owes_the_vat_itself(month: Till) -> None:
    # two sessions of 396.00 with 60.41 VAT each: 335.59 x 2 = 671.18 net, and nothing else
    month.log.write(sellers.change, "default", {"country": "DE", "tax_id": "DE136695976"})
    month.log.write(accounts.change, "fleet", VIENNA)
    draft = get(month, drafted(month))
    this, invoice = issued(month)
    assert draft.total == get(month, this).total == invoice.total_incl == invoice.total_excl == Decimal("671.18")
    assert (invoice.taxes, invoice.reverse_charge) == ((), True)
    assert [line.amount_incl for line in invoice.lines] == [Decimal("335.59")] * 2
    number = month.log.write(correcting.credit, invoice.number, "Wrong car", FIRST, session_ids=["s2"])
    credit = month.get(number)
    assert (credit.total_incl, credit.taxes, credit.reverse_charge) == (Decimal("-335.59"), (), True)


@pytest.mark.parametrize("seller", ["AT", "IN", "GB"])
def test_a_seller_of_the_same_state_or_outside_of_the_union_bills_the_tax(month: Till, seller: str) -> None:
    month.log.write(sellers.change, "default", {"country": seller, "state": "27"})
    month.log.write(accounts.change, "fleet", VIENNA)
    _, invoice = issued(month)
    assert (invoice.total_incl, invoice.reverse_charge) == (Decimal("792.00"), False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"tax_id": ""}, "tax_id"), ({"tax_id": "DE136695976"}, "tax_id"), ({"country": "GB", "tax_id": ""}, "country")],
)
def test_reverse_charge_needs_the_vat_number_of_the_buyers_state(
    month: Till, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        month.log.write(accounts.change, "fleet", VIENNA | changes)
    assert refused.value.field == field
