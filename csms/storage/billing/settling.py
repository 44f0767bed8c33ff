"""Who gets which document for a session that was priced: a receipt, or a line of a fleet's next invoice.

Called by the follower "billing" for each SessionPriced, at least once: what is settled already stays as it is. A price
that changed, or a stay that was continued, takes back what was issued by a credit note and issues it anew.
"""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from csms.domain import events, session
from csms.domain.billing import crediting, issuing
from csms.storage import codec, records, staging
from csms.storage.billing import charges, documents, numbering
from csms.storage.reference import accounts, buyers, sellers

RESETS = frozenset({"HardReset", "SoftReset", "ImmediateReset", "Reboot", "PowerLoss"})
"""Reasons of a stop after which support may continue the session."""
CHANGED = "The price of the session changed."
CONTINUED_WITHIN = timedelta(minutes=10)
"""How long its bill waits for that. What is continued later is corrected."""

_decode = msgspec.msgpack.Decoder(session.Session).decode


class UnknownSession(LookupError):
    """A session was priced that has no row: the read models and the log differ; csms replay --all --diff-live tells."""


def settle(conn: sqlite3.Connection, priced: events.SessionPriced, now: datetime) -> None:
    """Bill a session, or let it wait where it may be continued. Raises UnknownSession."""
    state = _state(conn, priced.covers[-1])
    if state.stop_reason in RESETS and priced.revision == 1 and (until := _waits_until(state)) > now:
        row = (state.id, codec.milliseconds(until))
        conn.execute("INSERT OR IGNORE INTO billing_waits (session_id, due_at) VALUES (?, ?)", row)
    else:
        _bill(conn, state, priced, now)


def due(conn: sqlite3.Connection, now: datetime) -> list[str]:
    """The sessions that have waited long enough to be continued."""
    rows = conn.execute("SELECT session_id FROM billing_waits WHERE due_at <= ?", (codec.milliseconds(now),))
    return [row[0] for row in rows]


def waited(conn: sqlite3.Connection, session_id: str, priced: events.SessionPriced | None, now: datetime) -> None:
    """Bill a session that has waited, unless another one continues it and is billed for both."""
    conn.execute("DELETE FROM billing_waits WHERE session_id = ?", (session_id,))
    if priced is not None and not _continued(conn, session_id):
        _bill(conn, _state(conn, session_id), priced, now)


def _bill(conn: sqlite3.Connection, state: session.Session, priced: events.SessionPriced, now: datetime) -> None:
    conn.executemany("DELETE FROM billing_waits WHERE session_id = ?", [(covered,) for covered in priced.covers])
    seller = sellers.at_station(conn, state.station_id)
    member = accounts.member_of(conn, state.token, state.driver_id)
    charged = charges.last_of(conn, priced.covers)
    if _settled(conn, priced, charged):
        return
    press, day = numbering.Press(conn), now.astimezone(ZoneInfo(seller.time_zone)).date()
    for number in documents.receipts_of(conn, priced.covers):
        receipt = documents.get(conn, number)
        take_back(conn, press, receipt, rest(conn, receipt), now, CHANGED)
    for charge in charged:
        _take_back_invoiced(conn, press, charge, now)
    if member is None:
        of = _parties(conn, seller, state, day)
        press.issue(issuing.receipt(priced, of), of)
    else:
        account = accounts.get(conn, member.account_id)
        new = _charge(priced, state, seller, member, internal=account.internal)
        staging.stage(events.account_stream(account.id), records.New(new))


def _settled(conn: sqlite3.Connection, priced: events.SessionPriced, charged: Sequence[charges.Charge]) -> bool:
    """Whether this very price, or a later one of the same or a longer stay, has been billed, taken back or not."""
    numbers = documents.receipts_of(conn, priced.covers, corrected=True)[-1:]
    known = [(found.session_ids, found.revision) for found in (documents.get(conn, each).event for each in numbers)]
    known += [(charge.event.covers, charge.event.revision) for charge in charged]
    return any(
        len(covers) > len(priced.covers) or (covers == priced.covers and revision >= priced.revision)
        for covers, revision in known
    )


def take_back(
    conn: sqlite3.Connection,
    press: numbering.Press,
    issued: documents.Issued,
    part: events.DocumentIssued,
    now: datetime,
    reason: str,
) -> events.DocumentIssued:
    """A credit note for `part` of a document, which may be all of it, between the same parties."""
    seller = sellers.get(conn, part.seller_id)
    day = now.astimezone(ZoneInfo(seller.time_zone)).date()
    of = issuing.Parties(
        seller_id=seller.id,
        prefix=seller.series,
        seller=issued.seller,
        buyer=issued.buyer,
        buyer_ref=part.buyer_ref,
        day=day,
    )
    return press.issue(issuing.credit_note(part, seller.series, day, reason), of)


def rest(conn: sqlite3.Connection, issued: documents.Issued) -> events.DocumentIssued:
    """What earlier credit notes have left of a document."""
    if not issued.corrected_by:
        return issued.event
    return crediting.amount(issued.event, documents.notes(conn, issued), issued.left)


def _take_back_invoiced(
    conn: sqlite3.Connection, press: numbering.Press, charge: charges.Charge, now: datetime
) -> None:
    number = charges.invoice_of(conn, charge)
    if number is not None:
        invoice = documents.get(conn, number)
        part, notes = part_of(invoice, [charge]), documents.notes(conn, invoice)
        if crediting.fits(part, invoice.event, notes):
            take_back(conn, press, invoice, part, now, CHANGED)
        elif (most := min(part.total_incl, invoice.left)) > 0:
            left = crediting.amount(invoice.event, notes, most)
            take_back(conn, press, invoice, msgspec.structs.replace(left, session_ids=part.session_ids), now, CHANGED)


def part_of(invoice: documents.Issued, charged: Sequence[charges.Charge]) -> events.DocumentIssued:
    """What an invoice says of some of its sessions, as if it were of these alone."""
    whole = invoice.event
    of = issuing.Parties(
        seller_id=whole.seller_id,
        prefix="",
        seller=invoice.seller,
        buyer=invoice.buyer,
        buyer_ref=whole.buyer_ref,
        day=whole.issued_on,
        reverse_charge=whole.reverse_charge,
    )
    made = issuing.invoice([charge.event for charge in charged], of, whole.due_on or whole.issued_on)
    return msgspec.structs.replace(made, number=whole.number)


def _parties(conn: sqlite3.Connection, seller: sellers.Seller, state: session.Session, day: date) -> issuing.Parties:
    buyer = buyers.find(conn, state.driver_id)
    return issuing.Parties(
        seller_id=seller.id,
        prefix=seller.series,
        seller=sellers.party(seller),
        buyer=None if buyer is None else buyers.party(buyer),
        buyer_ref=None if state.driver_id is None else f"driver:{state.driver_id}",
        day=day,
    )


def _charge(
    priced: events.SessionPriced,
    state: session.Session,
    seller: sellers.Seller,
    member: accounts.Member,
    *,
    internal: bool,
) -> events.SessionCharged:
    return events.SessionCharged(
        account_id=member.account_id,
        session_id=state.id,
        revision=priced.revision,
        covers=priced.covers,
        seller_id=seller.id,
        currency=priced.currency,
        total_excl=priced.total_excl,
        total_incl=priced.total_incl,
        taxes=priced.taxes,
        energy_wh=state.energy_wh,
        ended_at=_ended(state),
        cost_centre=member.cost_centre,
        internal=internal,
    )


def _state(conn: sqlite3.Connection, session_id: str) -> session.Session:
    row = conn.execute("SELECT state FROM sessions WHERE id = ?", (session_id,)).fetchone()
    if row is None:
        raise UnknownSession(f"session {session_id} was priced and has no row")
    return _decode(row[0])


def _ended(state: session.Session) -> datetime:
    return state.completed_at or state.stopped_at or state.changed_at.astimezone(UTC)


def _waits_until(state: session.Session) -> datetime:
    return (state.ended_at or state.changed_at) + CONTINUED_WITHIN


def _continued(conn: sqlite3.Connection, session_id: str) -> bool:
    """Whether a session that did not fail goes on with this one."""
    query = (
        "SELECT later.state FROM sessions JOIN sessions AS later"
        " ON later.charger_id = sessions.charger_id COLLATE NOCASE AND later.number > sessions.number"
        " AND later.status <> 'failed' WHERE sessions.id = ?"
    )
    return any(_decode(found[0]).continues == session_id for found in conn.execute(query, (session_id,)))
