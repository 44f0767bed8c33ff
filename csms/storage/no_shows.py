"""Reservations that nobody used, read from the database: what is known of one, and whether it costs something.

Called by actors/business/no_shows.py, in a reader's thread.
"""

import sqlite3
from datetime import datetime
from typing import NamedTuple

from csms.domain import events, ids, price_events, reservations, session, session_cost, session_decisions
from csms.storage import stays
from csms.storage.queries import inventory
from csms.storage.reference import chargers


class Lapsed(NamedTuple):
    """A reservation that nobody used and that costs something: the session that it is, and its tariff."""

    session_id: str
    event: price_events.ReservationLapsed
    terms: events.TariffApplied


def find(conn: sqlite3.Connection, charger_id: str, key: str, end: str, at: datetime) -> Lapsed | None:
    """The reservation with this id, which came to that `end` when the log says; None where it costs nothing.

    Nor does one whose end was told late: a charger that was away says nothing of whether it was used.
    """
    body, registered = inventory.get(conn, charger_id, reservations.KIND, key), chargers.find(conn, charger_id)
    if body is None or registered is None or "reserved_at" not in body:
        return None
    since, expiry = (datetime.fromisoformat(body[name]) for name in ("reserved_at", "expires_at"))
    if at - expiry > session_decisions.HISTORY:
        return None
    token, evse_id = reservations.token(body), body["evse_id"]
    event = price_events.ReservationLapsed(
        charger_id=charger_id,
        reservation_id=int(key),
        reserved_at=since,
        ended_at=min(at, expiry),
        expired=end == reservations.EXPIRED,
        station_id=registered.station_id,
        connector_id=(registered.topology.connector(evse_id) or None) if evse_id else None,
        evse_id=evse_id or None,
        token=token,
        driver_id=_driver(conn, token),
    )
    found = stays.terms(conn, stays.Place(charger_id, event.station_id, event.connector_id), token, since)
    session_id = ids.session_id(charger_id, ids.digest("reservation", key, since).hex())
    return None if found is None or not _costs(event, found, at) else Lapsed(session_id, event, found)


def _costs(event: price_events.ReservationLapsed, terms: events.TariffApplied, at: datetime) -> bool:
    state = session.evolve(session.evolve(None, "", event, at), "", terms, at)
    found = session_cost.cost([session_cost.Stay(state, [(event, at), (terms, at)])], at)
    return found is not None and found.bill.total_incl > 0


def _driver(conn: sqlite3.Connection, token: str | None) -> str | None:
    row = conn.execute("SELECT driver_id FROM tokens WHERE ref = ?", (token,)).fetchone()
    return row[0] if row else None
