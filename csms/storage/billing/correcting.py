"""Credit notes that people issue: what a document said is taken back, all of it or some sessions of an invoice.

The only way to correct a document: none is ever changed.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from csms.domain import events
from csms.domain.billing import document
from csms.storage import errors, records, staging
from csms.storage.billing import charges, documents, numbering, settling


class Corrected(Exception):
    """The document has been taken back already, or is a credit note itself."""

    def __init__(self, number: str, why: str) -> None:
        self.number = number
        super().__init__(f"{number} cannot be corrected: {why}")


def credit(
    conn: sqlite3.Connection,
    number: str,
    reason: str,
    now: datetime,
    *,
    session_ids: Sequence[str] | None = None,
    rebill: bool = False,
) -> str:
    """Take back a document, or of an invoice these sessions; the credit note's number.

    `rebill`: the sessions of an invoice are open again, for the next one; otherwise nobody pays for them.
    Raises NotFound, Corrected, InvalidValue.
    """
    found = documents.get(conn, number)
    if found.event.kind == document.CREDIT_NOTE:
        raise Corrected(number, "it is a credit note; bill anew what it should not have taken back")
    if found.event.kind == document.RECEIPT:
        if found.corrected_by:
            raise Corrected(number, f"{', '.join(found.corrected_by)} took it back")
        if session_ids is not None or rebill:
            raise errors.InvalidValue("session_ids", "and rebill are for invoices: a receipt is taken back as a whole")
        return settling.take_back(conn, numbering.Press(conn), found, found.event, now, reason).number
    return _part(conn, found, reason, now, session_ids, rebill=rebill)


def _part(
    conn: sqlite3.Connection,
    invoice: documents.Issued,
    reason: str,
    now: datetime,
    session_ids: Sequence[str] | None,
    *,
    rebill: bool,
) -> str:
    number, wanted = invoice.event.number, session_ids or invoice.event.session_ids
    if foreign := set(wanted) - set(invoice.event.session_ids):
        raise errors.InvalidValue("session_ids", f"{number} has no session {min(foreign)}")
    charged = [charge for charge in charges.last_of(conn, wanted) if charges.invoice_of(conn, charge) == number]
    if gone := set(wanted) - {charge.event.session_id for charge in charged}:
        raise Corrected(number, f"session {min(gone)} has been taken back from it")
    part = settling.part_of(invoice, charged)
    note = settling.take_back(conn, numbering.Press(conn), invoice, part, now, reason)
    for charge in charged if rebill else ():
        staging.stage(events.account_stream(charge.event.account_id), records.New(charge.event))
    return note.number
