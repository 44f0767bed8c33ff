"""The journal of a month for DATEV: EXTF header 700, category 21 (Buchungsstapel), format version 13.

As developer.datev.de describes it (dtvf/formate/header and .../buchungsstapel): 31 fields of header, 125 columns, in
Windows-1252 with CRLF and semicolons; text in quotes, a comma in amounts. A booking of several lines becomes a row for
each line but its first, which is the account that these rows are against. A file has one currency.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from csms.domain import books, money

MEDIA_TYPE = "text/csv; charset=windows-1252"
DECIMALS = 2
_VOUCHER, _TEXT = 36, 60
"""How long Belegfeld 1 and Buchungstext may be."""
_GERMAN = {
    "receipt": "Beleg",
    "invoice": "Rechnung",
    "credit_note": "Gutschrift",
    "captured": "Zahlung",
    "refunded": "Erstattung",
    "invoice paid": "Zahlungseingang",
}


class Unexportable(Exception):
    """The format cannot say this; the message tells what to do."""


class Batch(NamedTuple):
    """What a file is about: a month, final when it is closed."""

    begin: date
    end: date
    currency: str
    final: bool
    made_at: datetime


COLUMNS = (
    *("Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz"),
    *("WKZ Basis-Umsatz", "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1"),
    *("Belegfeld 2", "Skonto", "Buchungstext", "Postensperre", "Diverse Adressnummer", "Geschäftspartnerbank"),
    *("Sachverhalt", "Zinssperre", "Beleglink"),
    *(f"Beleginfo - {part} {number}" for number in range(1, 9) for part in ("Art", "Inhalt")),
    *("KOST1 - Kostenstelle", "KOST2 - Kostenstelle", "Kost-Menge", "EU-Land u. UStID (Bestimmung)"),
    *("EU-Steuersatz (Bestimmung)", "Abw. Versteuerungsart", "Sachverhalt L+L", "Funktionsergänzung L+L"),
    *("BU 49 Hauptfunktionstyp", "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung"),
    *(f"Zusatzinformation{part} {number}" for number in range(1, 21) for part in (" - Art", "- Inhalt")),
    *("Stück", "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp"),
    *("Auftragsnummer", "Buchungstyp", "USt-Schlüssel (Anzahlungen)", "EU-Land (Anzahlungen)"),
    *("Sachverhalt L+L (Anzahlungen)", "EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)", "Herkunft-Kz"),
    *("Buchungs GUID", "KOST-Datum", "SEPA-Mandatsreferenz", "Skontosperre", "Gesellschaftername"),
    *("Beteiligtennummer", "Identifikationsnummer", "Zeichnernummer", "Postensperre bis"),
    *("Bezeichnung SoBil-Sachverhalt", "Kennzeichen SoBil-Buchung", "Festschreibung", "Leistungsdatum"),
    *("Datum Zuord. Steuerperiode", "Fälligkeit", "Generalumkehr (GU)", "Steuersatz", "Land"),
    *("Abrechnungsreferenz", "BVV-Position", "EU-Land u. UStID (Ursprung)", "EU-Steuersatz (Ursprung)"),
    "Abw. Skontokonto",
)


def written(
    postings: Iterable[books.Posting], chart: Mapping[str, books.Account], office: books.Office, batch: Batch
) -> bytes:
    """The whole file. Raises Unexportable for an account without a number, and a currency with three decimals."""
    if money.exponent(batch.currency) > DECIMALS:
        raise Unexportable(f"DATEV has amounts with two decimals, and {batch.currency} has more: take format=csv")
    rows = [row for booking in books.bookings(postings) for row in _rows(booking, chart, office)]
    lines = [_header(office, batch), ";".join(COLUMNS), *rows]
    return "".join(f"{line}\r\n" for line in lines).encode("cp1252", errors="replace")


def _header(office: books.Office, batch: Batch) -> str:
    year = batch.begin.year - (batch.begin.month < office.year_begins)
    fields = [
        *('"EXTF"', "700", "21", '"Buchungsstapel"', "13", f"{batch.made_at:%Y%m%d%H%M%S}000", "", '"RE"'),
        *('"csms"', '""', office.consultant, office.client, f"{date(year, office.year_begins, 1):%Y%m%d}"),
        *(office.account_length, f"{batch.begin:%Y%m%d}", f"{batch.end:%Y%m%d}"),
        *(_quoted(f"Laden {batch.begin:%Y-%m}"), '""', "1", "0", int(batch.final), _quoted(batch.currency)),
        *("", '""', "", "", _quoted(office.accounts), "", "", '""', '""'),
    ]
    return ";".join(map(str, fields))


def _rows(booking: Sequence[books.Posting], chart: Mapping[str, books.Account], office: books.Office) -> Iterator[str]:
    main, *others = booking
    for each in others:
        share = -each.amount
        cells = dict.fromkeys(COLUMNS, "")
        cells |= {
            "Umsatz (ohne Soll/Haben-Kz)": _amount(abs(share)),
            "Soll/Haben-Kennzeichen": '"S"' if share > 0 else '"H"',
            "WKZ Umsatz": _quoted(each.currency),
            "Konto": _number(main.account, chart, office),
            "Gegenkonto (ohne BU-Schlüssel)": _number(each.account, chart, office),
            "Belegdatum": f"{each.booked_on:%d%m}",
            "Belegfeld 1": _quoted((each.document or "")[:_VOUCHER]),
            "Belegfeld 2": _quoted(str(each.seq)),
            "Buchungstext": _quoted(_text(each)[:_TEXT]),
        }
        yield ";".join(cells.values())


def _number(account: str, chart: Mapping[str, books.Account], office: books.Office) -> str:
    number = books.called(account, chart).number
    if not number or len(number) > office.account_length + 1:
        wanted = f"a number of at most {office.account_length + 1} digits"
        raise Unexportable(f"{account} has no account at the tax office: give it {wanted} with PUT /sellers/ID/chart")
    return number


def _text(each: books.Posting) -> str:
    refers = "" if each.refers_to is None else f" zu {each.refers_to} ({each.refers_period})"
    return f"{_GERMAN.get(each.text, each.text)}{refers} {each.payment_id or ''}".strip()


def _amount(amount: Decimal) -> str:
    return format(amount.quantize(Decimal("0.01")), "f").replace(".", ",")


def _quoted(text: str) -> str:
    return '"' + "".join(each for each in text if each.isprintable()).replace('"', '""') + '"'
