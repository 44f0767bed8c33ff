"""Documents as people see them, in plain JSON values: who sold, who bought, what, where, when, and how it was measured.

Used by the API for JSON, pages and PDF alike, and by mails. A completed session without a document of its own (free, a
fleet's, or one that may still be continued) has a record: the same without a number.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from csms.domain import events, facts, money, session, session_price
from csms.domain.billing import document, issuing, parties
from csms.storage import errors, lookups
from csms.storage.billing import charges, documents
from csms.storage.queries.plain import moment, number, time
from csms.storage.reference import sellers, stations

Paper = dict[str, Any]
SIGNED = 10
"""Documents about more sessions than this leave out what the meters signed."""

_decode = msgspec.msgpack.Decoder(session.Session).decode


class NotOver(Exception):
    """The session goes on or never began: it has no receipt (yet)."""

    def __init__(self, session_id: str, status: str) -> None:
        self.session_id, self.status = session_id, status
        super().__init__(f"session {session_id} is {status}: its receipt comes when it is completed")


class _Context(NamedTuple):
    number: str | None
    status: str
    seller: parties.Party
    buyer: parties.Party | None
    corrected_by: Sequence[str] = ()
    issued_at: str | None = None
    account_id: str | None = None
    invoice: str | None = None
    left: dict[str, str] | None = None


def one(conn: sqlite3.Connection, number: str) -> Paper:
    """A document. Raises NotFound."""
    found = documents.get(conn, number)
    context = _Context(number, _status(found), found.seller, found.buyer, found.corrected_by, moment(found.at))
    context = context._replace(left=money.shown(found.left, found.event.currency))
    return _paper(conn, found.event, context)


def _status(found: documents.Issued) -> str:
    if not found.corrected_by:
        return "issued"
    return "partly_corrected" if found.left else "corrected"


def of_session(conn: sqlite3.Connection, session_id: str) -> Paper:
    """The receipt of a session, or its record. Raises NotFound, NotOver."""
    state = _state(conn, session_id)
    if state.status != session.COMPLETED:
        raise NotOver(session_id, state.status)
    receipts = documents.receipts_of(conn, [session_id]) or documents.receipts_of(conn, [session_id], corrected=True)
    return one(conn, receipts[-1]) if receipts else _record(conn, state)


def priced(conn: sqlite3.Connection, session_id: str) -> events.SessionPriced | None:
    """What a session costs by its own last bill; None: nothing."""
    told = [stored.event for stored in lookups.session_events(conn, session_id)]
    return next((event for event in reversed(told) if isinstance(event, events.SessionPriced)), None)


def _record(conn: sqlite3.Connection, state: session.Session) -> Paper:
    charged = next(iter(charges.last_of(conn, [state.id])), None)
    price = priced(conn, state.id if charged is None else charged.event.session_id)
    seller = sellers.at_station(conn, state.station_id)
    free = price is None and session_price.free(state)
    context = _Context(None, "free" if free else "waiting", sellers.party(seller), None)
    if charged is not None:
        context = context._replace(
            status="internal" if charged.event.internal else "charged",
            account_id=charged.event.account_id,
            invoice=charges.invoice_of(conn, charged),
        )
    if price is None:
        return _free(conn, state, seller.id, context)
    day = (state.completed_at or state.changed_at).astimezone(ZoneInfo(seller.time_zone)).date()
    of = issuing.Parties(seller_id=seller.id, prefix=seller.series, seller=context.seller, day=day)
    return _paper(conn, issuing.receipt(price, of), context)


def _paper(conn: sqlite3.Connection, event: events.DocumentIssued, context: _Context) -> Paper:
    currency = event.currency
    return {
        **_top(conn, event.seller_id, event.session_ids, context),
        "kind": event.kind if context.number else "record",
        "buyer_ref": event.buyer_ref,
        "issued_on": event.issued_on.isoformat() if context.number else None,
        "due_on": event.due_on.isoformat() if event.due_on else None,
        "corrects": event.corrects,
        "reason": event.reason,
        "place_of_supply": event.place_of_supply,
        "lines": [_line(line, currency) for line in event.lines],
        "taxes": [_tax(tax, currency) for tax in event.taxes],
        "total_excl": money.shown(event.total_excl, currency),
        "total": money.shown(event.total_incl, currency),
        "left": context.left,
        "reverse_charge": event.reverse_charge,
    }


def _free(conn: sqlite3.Connection, state: session.Session, seller_id: str, context: _Context) -> Paper:
    nothing = dict.fromkeys(
        ("buyer_ref", "issued_on", "due_on", "corrects", "place_of_supply", "total_excl", "total", "left"), None
    )
    return {
        **_top(conn, seller_id, (state.id,), context),
        **nothing,
        "kind": "record",
        "reverse_charge": False,
        "reason": "",
        "lines": [],
        "taxes": [],
    }


def _top(conn: sqlite3.Connection, seller_id: str, session_ids: Sequence[str], context: _Context) -> Paper:
    states = [_state(conn, session_id) for session_id in session_ids]
    try:
        seller = sellers.get(conn, seller_id)
    except errors.NotFound:
        seller = sellers.get(conn, sellers.DEFAULT)
    station = _station(conn, states)
    return {
        "number": context.number,
        "status": context.status,
        "issued_at": context.issued_at,
        "corrected_by": list(context.corrected_by),
        "account_id": context.account_id,
        "invoice": context.invoice,
        "seller": {"id": seller_id, **_party(context.seller)},
        "buyer": None if context.buyer is None else _party(context.buyer),
        "service_code": seller.service_code,
        "note": seller.note,
        "time_zone": seller.time_zone if station is None else station.time_zone,
        "station": None if station is None else _place(station),
        "sessions": [_session(conn, state, alone=len(states) <= SIGNED) for state in states],
    }


def _line(line: document.Line, currency: str) -> dict[str, Any]:
    return {
        "dimension": line.dimension,
        "quantity": number(line.quantity),
        "unit": line.unit,
        "price": None if line.price is None else price(line.price, currency),
        "vat": None if line.vat is None else number(line.vat),
        "amount_excl": money.shown(line.amount_excl, currency),
        "amount_incl": money.shown(line.amount_incl, currency),
        "reason": line.reason,
        "from": time(line.from_at),
        "to": time(line.to_at),
        "session_id": line.session_id,
        "cost_centre": line.cost_centre,
    }


def price(amount: Decimal, currency: str) -> dict[str, str]:
    """A price, which may have more decimals than an amount: 0.285 EUR."""
    rounded = money.rounded(amount, currency)
    exact = rounded if rounded == amount else amount.normalize()
    return {"amount": format(exact, "f"), "currency": currency}


def _tax(tax: document.Tax, currency: str) -> dict[str, Any]:
    base, amount = money.shown(tax.base, currency), money.shown(tax.amount, currency)
    return {"name": tax.name, "percentage": number(tax.percentage), "base": base, "amount": amount}


def _session(conn: sqlite3.Connection, state: session.Session, *, alone: bool) -> dict[str, Any]:
    row = conn.execute("SELECT id_token FROM tokens WHERE ref = ?", (state.token,)).fetchone()
    return {
        "id": state.id,
        "charger_id": state.charger_id,
        "evse_id": state.evse_id,
        "connector_id": state.connector_id,
        "transaction_id": state.transaction_id,
        "id_token": row[0] if row else None,
        "started_at": time(state.started_at),
        "stopped_at": time(state.stopped_at),
        "completed_at": time(state.completed_at),
        "meter_start_wh": None if state.meter_start_wh is None else number(state.meter_start_wh),
        "meter_stop_wh": None if state.meter_stop_wh is None else number(state.meter_stop_wh),
        "energy_wh": number(state.energy_wh),
        "signed_values": signed(conn, state.id) if alone else [],
    }


def signed(conn: sqlite3.Connection, session_id: str) -> list[dict[str, Any]]:
    """The first and the last value that the meter signed, as it was sent; none where it signs nothing."""
    found = [
        {"at": time(reading.at), "context": value.context, **_signature(value.signed)}
        for reading in _readings(event.event for event in lookups.session_events(conn, session_id))
        for value in reading.values
        if value.signed is not None
    ]
    return found if len(found) < 2 else [found[0], found[-1]]


def _readings(told: Iterable[events.AnyEvent]) -> Iterable[facts.Reading]:
    for event in told:
        if isinstance(event, events.SessionStarted | events.MeterSampled | events.SessionStopped):
            yield from event.readings


def _signature(value: facts.SignedValue) -> dict[str, str | None]:
    return {"data": value.data, "encoding": value.encoding, "method": value.method, "key": value.key}


def _party(party: parties.Party) -> dict[str, Any]:
    return {name: getattr(party, name) for name in parties.Party.__struct_fields__}


def _station(conn: sqlite3.Connection, states: Sequence[session.Session]) -> stations.Station | None:
    """Where all of these were; None where they were at several, or nobody knows."""
    ids = {state.station_id for state in states}
    found = ids.pop() if len(ids) == 1 else None
    try:
        return None if found is None else stations.get(conn, found)
    except errors.NotFound:
        return None


def _place(station: stations.Station) -> dict[str, Any]:
    fields = ("id", "name", "address", "postal_code", "city", "country", "time_zone")
    return {name: getattr(station, name) for name in fields}


def _state(conn: sqlite3.Connection, session_id: str) -> session.Session:
    row = conn.execute("SELECT state FROM sessions WHERE id = ?", (session_id,)).fetchone()
    if row is None:
        raise errors.NotFound("session", session_id)
    return _decode(row[0])


def local(text: str | None, zone: str) -> datetime | None:
    """A time of a paper by the clock of its place."""
    return None if text is None else datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
