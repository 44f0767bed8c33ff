"""Documents that were issued, read back: one by its number, those of a session, and a page of them."""

import builtins
import sqlite3
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from csms.domain import events
from csms.domain.billing import document, parties
from csms.storage import errors, reader
from csms.storage.queries import page
from csms.storage.queries.plain import moment

_ROW = "SELECT documents.* FROM documents"
_LIST = (
    "SELECT documents.seq AS cursor, documents.*, EXISTS (SELECT 1 FROM documents AS note WHERE"
    " note.corrects = documents.number) AS corrected FROM documents"
)
_NOT_ELSEWHERE = (
    "NOT EXISTS (SELECT 1 FROM document_sessions JOIN sessions ON sessions.id = document_sessions.session_id"
    " WHERE document_sessions.seq IN (documents.seq,"
    " (SELECT corrected.seq FROM documents AS corrected WHERE corrected.number = documents.corrects))"
    " AND NOT coalesce(sessions.station_id IN (SELECT value FROM json_each(?)), 0))"
)


class Issued(NamedTuple):
    """A document with who sold and bought as they were then; `buyer` is None where there was none, or it is erased.

    `corrected_by`: the credit notes for it, or for parts of it; `left`: what they left of its total.
    """

    event: events.DocumentIssued
    at: int
    seller: parties.Party
    buyer: parties.Party | None
    corrected_by: tuple[str, ...]
    left: Decimal


def get(conn: sqlite3.Connection, number: str) -> Issued:
    """One document. Raises NotFound."""
    row = conn.execute("SELECT series, version, at FROM documents WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise errors.NotFound("document", number)
    series, version, at = row
    source = reader.Reader(conn, snapshot=True)
    try:
        (stored,) = source.read(events.documents_stream(series), version - 1, version)
    finally:
        source.close()
    assert isinstance(stored.event, events.DocumentIssued), "its stream holds nothing else"
    query = "SELECT seller, buyer FROM document_parties WHERE number = ?"
    seller, buyer = conn.execute(query, (number,)).fetchone()
    query = "SELECT number, total_incl FROM documents WHERE corrects = ? ORDER BY seq"
    taken = conn.execute(query, (number,)).fetchall()
    left = sum((Decimal(total) for _, total in taken), stored.event.total_incl)
    by = tuple(note for note, _ in taken)
    return Issued(stored.event, at, _party(seller), _party(buyer) if buyer else None, by, left)


def notes(conn: sqlite3.Connection, found: Issued) -> builtins.list[events.DocumentIssued]:
    """The credit notes for a document, the oldest first."""
    return [get(conn, number).event for number in found.corrected_by]


def receipts_of(conn: sqlite3.Connection, session_ids: Sequence[str], *, corrected: bool = False) -> builtins.list[str]:
    """The numbers of the receipts of these sessions, oldest first.

    Without those that were taken back as a whole, unless `corrected`.
    """
    query = (
        "SELECT DISTINCT documents.seq, documents.number, documents.total_incl,"
        " (SELECT json_group_array(note.total_incl) FROM documents AS note WHERE note.corrects = documents.number)"
        " FROM document_sessions AS about JOIN documents ON documents.seq = about.seq"
        " WHERE about.session_id IN (SELECT value FROM json_each(?)) AND about.kind = 'receipt'"
        " ORDER BY documents.seq"
    )
    found = conn.execute(query, (_json(session_ids),))
    return [number for _, number, total, back in found if corrected or _stands(total, back)]


def _stands(total: str, back: str) -> bool:
    """Whether anything is left of a document, by its total and those of its credit notes."""
    given = [Decimal(each) for each in msgspec.json.decode(back)]
    return not given or sum(given, Decimal(total)) != 0


def newest_of(conn: sqlite3.Connection, session_id: str) -> str | None:
    """The number of the receipt of a session, else of the invoice that it is on; None where it has none."""
    query = (
        "SELECT documents.number FROM document_sessions AS about JOIN documents ON documents.seq = about.seq"
        " WHERE about.session_id = ? AND about.kind <> ? ORDER BY documents.seq DESC LIMIT 1"
    )
    row = conn.execute(query, (session_id, document.CREDIT_NOTE)).fetchone()
    return None if row is None else str(row[0])


def list(  # noqa: A001 - as in the queries
    conn: sqlite3.Connection,
    *,
    number: str | None = None,
    kind: str | None = None,
    series: str | None = None,
    seller_id: str | None = None,
    buyer_ref: str | None = None,
    session_id: str | None = None,
    corrects: str | None = None,
    begin: date | None = None,
    end: date | None = None,
    station_ids: Collection[str] | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """Documents that fulfil every given condition, newest first; begin <= issued_on < end. Raises InvalidValue.

    `station_ids` is what the caller may see: documents about sessions elsewhere are left out.
    """
    where = page.Where()
    receipts = kind == document.RECEIPT  # nearly all are
    where.add("documents.seq IN (SELECT seq FROM document_sessions WHERE session_id = ?)", session_id)
    where.equal(
        ("documents.number", number),
        ("documents.corrects", corrects),
        ("documents.buyer_ref", buyer_ref),
        ("documents.kind", None if receipts else kind),
        ("documents.series", series),
        ("documents.seller_id", seller_id),
        ("documents.kind", kind if receipts else None),
    )
    dates = (begin and begin.isoformat(), end and end.isoformat())
    page.within(conn, where, "documents", ("documents.issued_on", "documents.seq"), dates, cursor)
    if station_ids is not None:
        where.add(_NOT_ELSEWHERE, _json(station_ids))
    order = "documents.issued_on DESC, documents.seq DESC"
    return page.ordered(conn, _LIST, where, order, _shown, limit=limit)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    currency = row["currency"]
    return {
        "number": row["number"],
        "series": row["series"],
        "kind": row["kind"],
        "seller_id": row["seller_id"],
        "buyer_ref": row["buyer_ref"],
        "total_excl": {"amount": row["total_excl"], "currency": currency},
        "total_incl": {"amount": row["total_incl"], "currency": currency},
        "issued_on": row["issued_on"],
        "issued_at": moment(row["at"]),
        "due_on": row["due_on"],
        "corrects": row["corrects"],
        "corrected": bool(row["corrected"]),
    }


def one_listed(
    conn: sqlite3.Connection, number: str, *, station_ids: Collection[str] | None = None
) -> dict[str, Any] | None:
    """The row of one document in the list, if the caller may see it."""
    return next(iter(list(conn, number=number, station_ids=station_ids, limit=1)["items"]), None)


def _json(values: Collection[str]) -> str:
    return msgspec.json.encode(builtins.list(values)).decode()


def _party(text: str) -> parties.Party:
    return msgspec.json.decode(text, type=parties.Party)
