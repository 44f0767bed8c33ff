"""The journal of a month for Tally (ERP 9, Prime): vouchers as XML, to be imported or posted to its port.

The envelope of help.tallysolutions.com (Import Data, report Vouchers). Ledgers are found by name, and have to be there;
debits have ISDEEMEDPOSITIVE Yes and a negative AMOUNT. A voucher's REMOTEID is our position in the log, so that what is
imported twice is there once. A file has one currency, the company's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from csms.domain import books, money

MEDIA_TYPE = "application/xml"
TYPES = {
    "receipt": "Sales",
    "invoice": "Sales",
    "credit_note": "Credit Note",
    "captured": "Receipt",
    "invoice paid": "Receipt",
    "refunded": "Payment",
}
"""Tally's type of voucher for each kind of booking."""


def written(
    postings: Iterable[books.Posting], chart: Mapping[str, books.Account], company: str, seller_id: str
) -> bytes:
    """The whole file."""
    vouchers = [line for booking in books.bookings(postings) for line in _voucher(booking, chart, seller_id)]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<ENVELOPE>",
        " <HEADER><TALLYREQUEST>Import Data</TALLYREQUEST></HEADER>",
        " <BODY><IMPORTDATA>",
        "  <REQUESTDESC>",
        "   <REPORTNAME>Vouchers</REPORTNAME>",
        f"   <STATICVARIABLES><SVCURRENTCOMPANY>{_text(company)}</SVCURRENTCOMPANY></STATICVARIABLES>",
        "  </REQUESTDESC>",
        "  <REQUESTDATA>",
        *vouchers,
        "  </REQUESTDATA>",
        " </IMPORTDATA></BODY>",
        "</ENVELOPE>",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _voucher(booking: Sequence[books.Posting], chart: Mapping[str, books.Account], seller_id: str) -> Iterator[str]:
    first = booking[0]
    kind = TYPES.get(first.text, "Journal")
    remote = quoteattr(f"csms-{seller_id}-{first.seq}")
    yield '   <TALLYMESSAGE xmlns:UDF="TallyUDF">'
    yield f'    <VOUCHER REMOTEID={remote} VCHTYPE="{kind}" ACTION="Create">'
    yield f"     <DATE>{first.booked_on:%Y%m%d}</DATE>"
    yield f"     <VOUCHERTYPENAME>{kind}</VOUCHERTYPENAME>"
    yield f"     <VOUCHERNUMBER>{_text(_name(first))}</VOUCHERNUMBER>"
    yield f"     <REFERENCE>{_text(first.refers_to or first.document or '')}</REFERENCE>"
    yield f"     <NARRATION>{_text(_narration(first))}</NARRATION>"
    for each in booking:
        yield from _entry(each, chart)
    yield "    </VOUCHER>"
    yield "   </TALLYMESSAGE>"


def _entry(each: books.Posting, chart: Mapping[str, books.Account]) -> Iterator[str]:
    yield "     <ALLLEDGERENTRIES.LIST>"
    yield f"      <LEDGERNAME>{_text(books.called(each.account, chart).name)}</LEDGERNAME>"
    yield f"      <ISDEEMEDPOSITIVE>{'Yes' if each.amount > 0 else 'No'}</ISDEEMEDPOSITIVE>"
    yield f"      <AMOUNT>{money.text(-each.amount, each.currency)}</AMOUNT>"
    yield "     </ALLLEDGERENTRIES.LIST>"


def _name(first: books.Posting) -> str:
    """Documents have their own number; what moves money has its position."""
    return first.document if first.text in ("receipt", "invoice", "credit_note") and first.document else str(first.seq)


def _narration(first: books.Posting) -> str:
    refers = "" if first.refers_to is None else f", refers to {first.refers_to} of {first.refers_period}"
    about = " ".join(each for each in (first.document, first.payment_id) if each)
    return f"{first.text} {about}{refers}".strip()


def _text(text: str) -> str:
    return escape("".join(each for each in text if each.isprintable()))
