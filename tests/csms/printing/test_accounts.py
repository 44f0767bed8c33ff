"""The month of an accountant as files: each was read line by line beside the description of its format, and is kept.

Five bookings: the story's receipt with its tax in two halves, its capture, a credit note for a receipt of the month
before, the refund of that, and an invoice that was paid.
"""

import csv
import io
import pathlib
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from csms.domain import books
from csms.printing import datev, table, tally

GOLDEN = pathlib.Path(__file__).parent / "golden"
MADE = datetime(2026, 4, 3, 8, 0, 0, tzinfo=UTC)
CHART = {
    "tax:CGST:9": books.Account("1781", "Output CGST 9%"),
    "tax:SGST:9": books.Account("1782", "Output SGST 9%"),
    "provider:embedded": books.Account("1360", "Test & bank"),
}
OFFICE = books.Office(consultant=29098, client=55003, year_begins=4)


class About(NamedTuple):
    """What a booking is about."""

    document: str
    payment_id: str | None = None
    refers_to: str | None = None
    refers_period: str | None = None


def posting(seq: int, line: int, day: int, account: str, amount: str, text: str, about: About) -> books.Posting:
    own, refers = about[:2], about[2:]
    return books.Posting(seq, line, date(2026, 3, day), account, Decimal(amount), "INR", *own, text, *refers)


RECEIPT = About("MALL-R-000042")
NOTE = About("MALL-C-000003", None, "MALL-R-000007", "2026-02")
PAID = About("MALL-R-000042", "p1f")
BACK = About("MALL-R-000007", "p0a", "MALL-R-000007", "2026-02")
POSTINGS = [
    posting(101, 0, 1, "receivables", "396.00", "receipt", RECEIPT),
    posting(101, 1, 1, "revenue", "-335.60", "receipt", RECEIPT),
    posting(101, 2, 1, "tax:CGST:9", "-30.20", "receipt", RECEIPT),
    posting(101, 3, 1, "tax:SGST:9", "-30.20", "receipt", RECEIPT),
    posting(102, 0, 1, "provider:embedded", "396.00", "captured", PAID),
    posting(102, 1, 1, "receivables", "-396.00", "captured", PAID),
    posting(140, 0, 15, "receivables", "-118.00", "credit_note", NOTE),
    posting(140, 1, 15, "revenue", "100.00", "credit_note", NOTE),
    posting(140, 2, 15, "tax:CGST:9", "9.00", "credit_note", NOTE),
    posting(140, 3, 15, "tax:SGST:9", "9.00", "credit_note", NOTE),
    posting(141, 0, 15, "receivables", "118.00", "refunded", BACK),
    posting(141, 1, 15, "provider:embedded", "-118.00", "refunded", BACK),
    posting(200, 0, 31, "bank", "4752.00", "invoice paid", About("MALL-I-000007")),
    posting(200, 1, 31, "receivables", "-4752.00", "invoice paid", About("MALL-I-000007")),
]
BATCH = datev.Batch(date(2026, 3, 1), date(2026, 3, 31), "INR", True, MADE)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("journal.csv", table.written(POSTINGS, CHART)),
        ("EXTF_Buchungsstapel.csv", datev.written(POSTINGS, CHART, OFFICE, BATCH)),
        ("tally.xml", tally.written(POSTINGS, CHART, "City Mall <Bengaluru>", "mall")),
    ],
)
def test_the_files_are_as_they_were_checked_by_hand(name: str, content: bytes) -> None:
    assert content == GOLDEN.joinpath(name).read_bytes()


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("cp1252"), newline=""), delimiter=";"))


def test_datev_has_the_fields_of_its_description() -> None:
    """As on developer.datev.de: 31 of header, 125 columns in their order, amounts positive with a comma."""
    content = datev.written(POSTINGS, CHART, OFFICE, BATCH)
    header, names, *rows = cells(content)
    assert (len(header), {len(row) for row in rows}, len(names)) == (31, {125}, 125)
    assert header[:5] == ["EXTF", "700", "21", "Buchungsstapel", "13"]
    assert header[10:16] == ["29098", "55003", "20250401", "4", "20260301", "20260331"]
    assert header[18:22] == ["1", "0", "1", "INR"]
    places = {1: "Umsatz (ohne Soll/Haben-Kz)", 7: "Konto", 10: "Belegdatum", 11: "Belegfeld 1", 14: "Buchungstext"}
    places |= {37: "KOST1 - Kostenstelle", 88: "Stück", 114: "Festschreibung", 125: "Abw. Skontokonto"}
    assert {place: names[place - 1] for place in places} == places
    for line in content.decode("cp1252").split("\r\n")[2:-1]:
        assert re.match(r'\d{1,10},\d\d;"[SH]";"[A-Z]{3}";;;;\d{1,9};\d{1,9};;\d{4};"[\w$%/-]{0,36}";', line), line


def test_datev_rows_add_up_to_what_was_booked() -> None:
    sums: dict[str, Decimal] = {}
    for row in cells(datev.written(POSTINGS, CHART, OFFICE, BATCH))[2:]:
        amount = Decimal(row[0].replace(",", ".")) * (1 if row[1] == "S" else -1)
        sums[row[6]] = sums.get(row[6], Decimal(0)) + amount
        sums[row[7]] = sums.get(row[7], Decimal(0)) - amount
    expected: dict[str, Decimal] = {}
    for each in POSTINGS:
        number = books.called(each.account, CHART).number
        expected[number] = expected.get(number, Decimal(0)) + each.amount
    assert sums == expected


def test_datev_says_what_it_cannot_take() -> None:
    batch = BATCH._replace(currency="KWD")
    with pytest.raises(datev.Unexportable, match="two decimals"):
        datev.written([], CHART, OFFICE, batch)
    with pytest.raises(datev.Unexportable, match="tax:CGST:9 has no account"):
        datev.written(POSTINGS, {}, OFFICE, BATCH)


def test_tally_vouchers_are_xml_and_balance() -> None:
    root = ElementTree.fromstring(tally.written(POSTINGS, CHART, "City Mall <Bengaluru>", "mall"))
    assert root.findtext("BODY/IMPORTDATA/REQUESTDESC/STATICVARIABLES/SVCURRENTCOMPANY") == "City Mall <Bengaluru>"
    vouchers = root.findall("BODY/IMPORTDATA/REQUESTDATA/TALLYMESSAGE/VOUCHER")
    kinds = [each.findtext("VOUCHERTYPENAME") for each in vouchers]
    assert kinds == ["Sales", "Receipt", "Credit Note", "Payment", "Receipt"]
    for voucher in vouchers:
        entries = voucher.findall("ALLLEDGERENTRIES.LIST")
        amounts = [Decimal(each.findtext("AMOUNT") or "") for each in entries]
        debits = [each.findtext("ISDEEMEDPOSITIVE") == "Yes" for each in entries]
        assert sum(amounts) == 0 and debits == [amount < 0 for amount in amounts]


@pytest.mark.parametrize(
    ("account", "number", "name"),
    [
        ("receivables", "10000", "Charging customers"),
        ("tax:VAT:19", "1776", "Output VAT 19%"),
        ("tax:VAT:21", "1770", "Output VAT"),
        ("tax:IGST:18", "", "Output IGST 18%"),
        ("provider:stripe", "1360", "Payment provider"),
        ("provider:embedded", "1360", "Test & bank"),
    ],
)
def test_an_account_is_called_by_its_nearest_name(account: str, number: str, name: str) -> None:
    assert books.called(account, CHART) == books.Account(number, name)


@pytest.mark.parametrize("text", ["2026-13", "2026-3", "March", "2026-03-01", "", "9999-12"])
def test_what_is_no_month_is_told(text: str) -> None:
    with pytest.raises(books.NoPeriod, match="write year and month"):
        books.month(text)


def test_formulas_in_names_are_made_harmless() -> None:
    chart = CHART | {"receivables": books.Account("1", "=1+1")}
    assert b"'=1+1" in table.written(POSTINGS[:1], chart)
