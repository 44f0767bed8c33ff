"""A seller's months: closed in their order, when nothing of them is open, and then for good."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from csms.domain import books_events, events, payment_events
from csms.storage import errors, records, staging
from csms.storage.billing import correcting, invoices
from csms.storage.books import entries, exporting, periods
from csms.storage.log import Log
from csms.storage.paying import checking
from csms.storage.projections import rebuild
from csms.storage.reference import accounts, charts, cursors, sellers, tokens
from tests.csms.storage import support
from tests.csms.storage.billing.support import Till, priced

APRIL = datetime(2026, 4, 3, 8, tzinfo=UTC)


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    with Log.open(tmp_path / "data") as log:
        yield Till(log)


def sell(till: Till, *session_ids: str) -> None:
    """Sessions of 396 INR that are billed, and followed."""
    for each in session_ids:
        till.stay(each)
        till.price(priced([each]))
    caught_up(till)


def caught_up(till: Till) -> None:
    (last,) = till.log.connection.execute("SELECT max(seq) FROM events").fetchone()
    till.log.write(cursors.advance, "billing", last)


def close(till: Till, period: str = "2026-03", now: datetime = APRIL, seller_id: str = "default") -> None:
    till.log.write(periods.close, seller_id, period, now)


def status(till: Till, period: str) -> dict[str, Any]:
    return periods.view(till.log.connection, "default", period)


def test_a_month_is_closed_with_what_its_accounts_came_to(till: Till) -> None:
    sell(till, "s1", "s2")
    assert (status(till, "2026-03")["status"], status(till, "2026-03")["open"]) == ("open", [])
    close(till)
    found = status(till, "2026-03")
    assert (found["status"], found["lines"], found["closed_by"]) == ("closed", 6, "system")
    assert found["totals"] == [
        {"account": "receivables", "amount": "792.00", "currency": "INR"},
        {"account": "revenue", "amount": "-671.18", "currency": "INR"},
        {"account": "tax:VAT:18", "amount": "-120.82", "currency": "INR"},
    ]
    assert list(rebuild.diff(till.log.connection)) == []


def test_it_is_closed_once_when_it_is_over_and_after_the_months_before_it(till: Till) -> None:
    sell(till, "s1")
    till.later(days=40)
    sell(till, "s2")

    def refused(period: str, now: datetime) -> str:
        with pytest.raises(periods.NotClosable) as found:
            close(till, period, now)
        return str(found.value)

    assert "not over before 2026-04-01" in refused("2026-03", datetime(2026, 3, 31, 23, 59, tzinfo=UTC))
    assert "close 2026-03 first" in refused("2026-04", datetime(2026, 5, 2, tzinfo=UTC))
    close(till)
    assert "closed already" in refused("2026-03", APRIL)
    assert "2026-03 is closed, which comes after it" in refused("2026-02", APRIL)
    close(till, "2026-04", datetime(2026, 5, 2, tzinfo=UTC))
    first, second = periods.closed(till.log.connection, "default")
    assert (first.period, second.period) == ("2026-03", "2026-04") and first.digest != second.digest


def test_it_ends_where_the_seller_is(till: Till) -> None:
    till.log.write(sellers.change, "default", {"time_zone": "Asia/Kolkata"})
    sell(till, "s1")
    close(till, now=datetime(2026, 3, 31, 18, 30, tzinfo=UTC))
    assert status(till, "2026-03")["status"] == "closed"


def created(payment_id: str, token: str) -> payment_events.PaymentCreated:
    return payment_events.PaymentCreated(
        gateway="embedded",
        flow="stored",
        method="test-ok",
        charger_id="CP-01",
        amount=Decimal(500),
        currency="INR",
        token=token,
    )


def open_payment(till: Till) -> None:
    """It is dated now by the log, which is why the month asked for below is far ahead."""

    def change(conn: Any) -> None:
        token = tokens.add(conn, {"id_token": "P1"}).ref
        staging.stage(payment_events.payment_stream("p1"), records.New(created("p1", token)))

    till.log.write(change)


def open_session(till: Till) -> None:
    till.teller.tell("s9", support.started(key="s9"))


def unbilled(till: Till) -> None:
    till.stay("s9")
    till.teller.tell("s9", priced(["s9"]), seconds=660)


def waiting(till: Till) -> None:
    till.now = support.NOW + timedelta(minutes=11)
    till.stay("s9", reason="PowerLoss")
    till.price(priced(["s9"]))
    caught_up(till)


def held_back(till: Till) -> None:
    unbilled(till)
    caught_up(till)
    rows = till.log.connection.execute("SELECT max(seq) FROM events").fetchone()
    till.log.write(cursors.hold_back, "billing", rows[0], "no seller", 0)


@pytest.mark.parametrize(
    ("left", "kind", "why"),
    [
        (open_payment, "payment", "is created"),
        (open_session, "session", "is active"),
        (unbilled, "session", "has no bill yet"),
        (waiting, "session", "may be continued"),
        (held_back, "session", "cannot be billed: no seller"),
    ],
)
def test_what_is_open_of_it_keeps_it_open_and_is_named(till: Till, left: Any, kind: str, why: str) -> None:
    left(till)
    with pytest.raises(periods.NotClosable, match=why) as found:
        close(till, "2036-03", datetime(2036, 4, 1, tzinfo=UTC))
    assert [each.kind for each in found.value.open] == [kind]
    assert status(till, "2036-03")["open"][0]["why"] == found.value.open[0].why


def test_what_began_later_does_not_keep_it_open(till: Till) -> None:
    sell(till, "s1")
    till.log.write(sellers.change, "default", {"time_zone": "UTC"})
    open_payment(till)
    close(till)
    assert status(till, "2026-03")["status"] == "closed"


def test_a_correction_goes_into_the_open_month_and_says_what_it_refers_to(till: Till) -> None:
    sell(till, "s1")
    close(till)
    before = status(till, "2026-03")
    till.log.write(correcting.credit, "CN-R-000001", "No power.", APRIL)
    assert status(till, "2026-03") == before
    lines = entries.of(till.log.connection, "default", date(2026, 4, 1), date(2026, 5, 1))
    assert {(each.document, each.refers_to, each.refers_period) for each in lines} == {
        ("CN-C-000001", "CN-R-000001", "2026-03")
    }


def test_nothing_is_booked_into_a_closed_month_whatever_the_clock_says(till: Till) -> None:
    sell(till, "s1")
    close(till)
    sell(till, "s2")  # its clock still says March
    assert till.get("CN-R-000002").issued_on == date(2026, 4, 1)
    march = datetime(2026, 3, 5, tzinfo=UTC)
    assert periods.booking_day(till.log.connection, "default", march) == date(2026, 4, 1)
    assert periods.booking_day(till.log.connection, "default", APRIL) == date(2026, 4, 3)
    assert status(till, "2026-03")["lines"] == 3


def test_money_that_came_in_a_closed_month_is_booked_in_the_open_one(till: Till) -> None:
    account = till.log.write(accounts.add, {"id": "blue", "name": "Blue"})
    token = till.log.write(tokens.add, {"id_token": "FLEET"}).ref
    till.log.write(accounts.add_member, account.id, {"token": token})
    till.stay("s1", token=token)
    till.price(priced(["s1"]))
    caught_up(till)
    [draft] = till.log.write(invoices.draft, "2026-03")
    till.log.write(invoices.issue, draft, till.now)
    close(till)
    till.log.write(invoices.pay, draft, date(2026, 3, 30))
    paid = next(each.event for each in till.log.read_all() if isinstance(each.event, events.InvoicePaid))
    assert isinstance(paid, events.InvoicePaid)
    assert (paid.received_on, paid.booked_on, paid.seller_id) == (date(2026, 3, 30), date(2026, 4, 1), "default")
    lines = entries.of(till.log.connection, "default", date(2026, 4, 1), date(2026, 5, 1))
    assert [(each.account, each.refers_period) for each in lines] == [("bank", "2026-03"), ("receivables", "2026-03")]


def test_the_check_tells_of_a_closed_month_that_is_not_as_it_was(till: Till) -> None:
    sell(till, "s1")
    close(till)
    conn = till.log.connection
    assert [each.why for each in checking.findings(conn, APRIL) if each.wrong] == []
    conn.execute("UPDATE ledger SET amount = amount + 1 WHERE account = 'revenue'")
    conn.execute("UPDATE ledger SET amount = amount - 1 WHERE account = 'receivables'")
    told = {each.subject for each in checking.findings(conn, APRIL) if each.wrong}
    assert "period 2026-03 of default" in told


def test_each_seller_has_its_own_months(till: Till) -> None:
    till.log.write(sellers.add, {"id": "mall", "name": "Mall", "series": "MALL"})
    sell(till, "s1")
    close(till)
    known = periods.every(till.log.connection, APRIL)
    assert [(each["period"], each["seller_id"], each["status"]) for each in known] == [
        ("2026-04", "mall", "open"),
        ("2026-04", "default", "open"),
        ("2026-03", "default", "closed"),
    ]
    close(till, seller_id="mall")
    with pytest.raises(errors.NotFound):
        close(till, seller_id="nobody")


@pytest.mark.parametrize(("form", "begins"), [("csv", b"position,date"), ("datev", b'"EXTF";700'), ("tally", b"<?xml")])
def test_a_month_is_exported_as_it_is_booked(till: Till, form: exporting.Format, begins: bytes) -> None:
    sell(till, "s1")
    till.log.write(charts.put, "default", {"accounts": {"tax:VAT": {"number": "1770", "name": "VAT"}}})
    file = exporting.made(till.log.connection, "default", "2026-03", form, APRIL)
    assert file.content.startswith(begins) and b"CN-R-000001" in file.content


def test_a_file_of_one_currency_asks_which_where_there_are_several(till: Till) -> None:
    sell(till, "s1")
    till.stay("s2")
    till.price(priced(["s2"], currency="EUR"))
    with pytest.raises(errors.InvalidValue, match="EUR, INR"):
        exporting.made(till.log.connection, "default", "2026-03", "tally", APRIL)
    file = exporting.made(till.log.connection, "default", "2026-03", "tally", APRIL, "EUR")
    assert file.name == "tally-default-2026-03-EUR.xml" and b"CN-R-000002" in file.content


@pytest.mark.parametrize(
    "accounts", [{"cash": {"number": "1", "name": "Cash"}}, {"bank": {"number": "x", "name": "B"}}]
)
def test_a_chart_names_accounts_that_there_are(till: Till, accounts: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidValue):
        till.log.write(charts.put, "default", {"accounts": accounts})


def test_what_was_counted_before_counts_only_while_it_is_so(till: Till) -> None:
    sell(till, "s1")
    counted = periods.count(till.log.connection, "default", "2026-03")
    sell(till, "s2")
    till.log.write(periods.close, "default", "2026-03", APRIL, counted)
    assert status(till, "2026-03")["lines"] == 6
    assert [each.why for each in checking.findings(till.log.connection, APRIL) if each.wrong] == []


def test_closing_twice_at_once_closes_once(till: Till) -> None:
    sell(till, "s1")
    close(till)
    with pytest.raises(periods.NotClosable):
        close(till)
    told = [each for each in till.log.read_all() if isinstance(each.event, books_events.PeriodClosed)]
    assert len(told) == 1
