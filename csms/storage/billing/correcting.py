"""Credit notes that people issue: what a document said is taken back, all of it, some sessions, lines or an amount.

The only way to correct a document: none is ever changed.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec

from csms.domain import events, money
from csms.domain.billing import crediting, document
from csms.storage import errors, records, staging
from csms.storage.billing import charges, documents, numbering, settling


class Corrected(Exception):
    """The document has been taken back already, or is a credit note itself."""

    def __init__(self, number: str, why: str) -> None:
        self.number = number
        super().__init__(f"{number} cannot be corrected: {why}")


class _Wanted(NamedTuple):
    reason: str
    session_ids: Sequence[str] | None
    lines: Sequence[int] | None
    amount: Decimal | None
    rebill: bool


def credit(
    conn: sqlite3.Connection,
    number: str,
    reason: str,
    now: datetime,
    *,
    session_ids: Sequence[str] | None = None,
    lines: Sequence[int] | None = None,
    amount: Decimal | None = None,
    rebill: bool = False,
) -> str:
    """Take back all that is left of a document, sessions of an invoice, lines of a receipt (from 1) or an amount.

    `rebill`: the sessions of an invoice are open again, for the next one; otherwise nobody pays for them. Returns the
    credit note's number. Raises NotFound, Corrected, InvalidValue.
    """
    wanted = _Wanted(reason, session_ids, lines, amount, rebill)
    found = documents.get(conn, number)
    if found.event.kind == document.CREDIT_NOTE:
        raise Corrected(number, "it is a credit note; bill anew what it should not have taken back")
    if found.corrected_by and found.left <= 0:
        raise Corrected(number, f"{', '.join(found.corrected_by)} took it back")
    if sum(part is not None for part in (wanted.session_ids, wanted.lines, wanted.amount)) > 1:
        raise errors.InvalidValue("amount", "name session_ids, lines or an amount, or none of them for all")
    press = numbering.Press(conn)
    if found.event.kind == document.INVOICE and wanted.amount is None:
        return _sessions(conn, found, wanted, now)
    if wanted.session_ids is not None or wanted.rebill:
        raise errors.InvalidValue("session_ids", "and rebill are for invoices, and without an amount")
    return settling.take_back(conn, press, found, _some(conn, found, wanted), now, wanted.reason).number


def _some(conn: sqlite3.Connection, found: documents.Issued, wanted: _Wanted) -> events.DocumentIssued:
    """Lines, an amount, or the rest. What is no session's bill is no word about a session."""
    notes = documents.notes(conn, found)
    try:
        if wanted.lines is not None:
            return crediting.some(found.event, notes, wanted.lines)
        if wanted.amount is None:
            return settling.rest(conn, found)
        part = crediting.amount(found.event, notes, _exact(wanted.amount, found.event.currency))
    except (crediting.TooMuch, IndexError) as error:
        raise errors.InvalidValue("amount" if wanted.lines is None else "lines", str(error)) from None
    ids = part.session_ids if part.kind == document.RECEIPT else ()
    return msgspec.structs.replace(part, session_ids=ids)


def _exact(amount: Decimal, currency: str) -> Decimal:
    if amount != money.rounded(amount, currency):
        raise errors.InvalidValue("amount", f"write it with the decimals of {currency}")
    return amount


def _sessions(conn: sqlite3.Connection, invoice: documents.Issued, wanted: _Wanted, now: datetime) -> str:
    number, ids = invoice.event.number, wanted.session_ids or invoice.event.session_ids
    if wanted.lines is not None:
        raise errors.InvalidValue("lines", "of an invoice are its sessions: name session_ids")
    if foreign := set(ids) - set(invoice.event.session_ids):
        raise errors.InvalidValue("session_ids", f"{number} has no session {min(foreign)}")
    charged = [charge for charge in charges.last_of(conn, ids) if charges.invoice_of(conn, charge) == number]
    gone = set(ids) - {charge.event.session_id for charge in charged}
    if gone and wanted.session_ids is not None:
        raise Corrected(number, f"session {min(gone)} has been taken back from it")
    part = _left_of(conn, invoice, charged, wanted)
    note = settling.take_back(conn, numbering.Press(conn), invoice, part, now, wanted.reason)
    for charge in charged if wanted.rebill else ():
        staging.stage(events.account_stream(charge.event.account_id), records.New(charge.event))
    return note.number


def _left_of(
    conn: sqlite3.Connection, invoice: documents.Issued, charged: Sequence[charges.Charge], wanted: _Wanted
) -> events.DocumentIssued:
    """Sessions of an invoice, if all of what they cost is left; or what is left of all."""
    if charged:
        part = settling.part_of(invoice, charged)
        if crediting.fits(part, invoice.event, documents.notes(conn, invoice)):
            return part
    if wanted.session_ids is not None:
        raise errors.InvalidValue("session_ids", f"an amount was credited before: {invoice.left} are left")
    left = settling.rest(conn, invoice)
    return msgspec.structs.replace(left, session_ids=tuple(charge.event.session_id for charge in charged))
