"""What a session's price is made of, read from the database: the tariff at its start, and the events of the stay.

Called by actors and queries, in a reader's thread. What it costs is worked out by csms/domain/session_cost.py.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from csms.domain import events, price_events, session, session_cost
from csms.domain.session import Session, SoFar
from csms.domain.session_cost import Cost, Stay
from csms.domain.tariff import explanation
from csms.domain.usage import Told
from csms.storage import errors, reader
from csms.storage.reference import drivers, stations, tariffs

_decode = msgspec.msgpack.Decoder(Session).decode

FRESH = timedelta(seconds=10)
"""How long a list shows what a running session cost, while nothing new is told of it."""
KEPT = 10_000


class NotYetKnown(LookupError):
    """A session goes on with one whose own tariff nobody could tell yet."""

    def __init__(self, session_id: str) -> None:
        super().__init__(f"the tariff of session {session_id}, which it continues, is not known yet")


class Place(NamedTuple):
    """Where somebody charges, as far as that is known."""

    charger_id: str
    station_id: str | None
    connector_id: int | None


def terms(
    conn: sqlite3.Connection, place: Place, token: str | None, at: datetime, continues: str | None = None
) -> events.TariffApplied | None:
    """The tariff of a session that begins there and then with this token (its surrogate); None: it is free.

    One that continues another keeps that one's, or its being free. Raises NotYetKnown, and what databases do.
    """
    if continues is not None:
        return _same_terms(conn, continues)
    found = tariffs.in_force(
        conn,
        charger_id=place.charger_id,
        connector_id=place.connector_id,
        station_id=place.station_id,
        driver_group=_group(conn, token),
        at=at,
    )
    if found is None:
        return None
    return events.TariffApplied(
        tariff_id=found.tariff_id,
        version=found.version,
        tariff=found.tariff,
        time_zone=_zone(conn, place.station_id),
        idle_priced=session_cost.idle_priced(found.tariff),
        by=found.place,
    )


def _same_terms(conn: sqlite3.Connection, session_id: str) -> events.TariffApplied | None:
    kinds = events.TariffApplied | price_events.TariffAwaited | price_events.PriceSettled
    told = [event for event, _ in _told(conn, session_id) if isinstance(event, kinds)]
    if told and isinstance(told[-1], price_events.TariffAwaited):
        raise NotYetKnown(session_id)
    return next((event for event in reversed(told) if isinstance(event, events.TariffApplied)), None)


def prices(conn: sqlite3.Connection, place: Place, token: str | None, at: datetime) -> str | None:
    """What charging there would cost who has this token, in a line for the charger's display; None: it is free."""
    found = terms(conn, place, token, at)
    return None if found is None else explanation.shown(found.tariff)


def owing(conn: sqlite3.Connection) -> list[str]:
    """The sessions of whose price something is still to be made out, the oldest first."""
    query = """SELECT id FROM sessions INDEXED BY sessions_unpriced WHERE instr(flags, '"unpriced"') ORDER BY number"""
    return [row[0] for row in conn.execute(query)]


def continuation(conn: sqlite3.Connection, session_id: str) -> str | None:
    """The session that continues this one, if it came to something."""
    query = """SELECT state FROM sessions WHERE status <> 'failed' AND charger_id COLLATE NOCASE =
        (SELECT charger_id FROM sessions WHERE id = ?1) AND number > (SELECT number FROM sessions WHERE id = ?1)"""
    following = (_decode(row[0]) for row in conn.execute(query, (session_id,)).fetchall())
    return next((state.id for state in following if state.continues == session_id), None)


def of(conn: sqlite3.Connection, state: Session, told: Sequence[Told] | None = None) -> list[Stay]:
    """A session and those that it continues, the oldest first; its own events are `told`, else what the log has."""
    found = [Stay(state, _told(conn, state.id) if told is None else told)]
    while (before := found[0].state.continues) is not None and all(stay.state.id != before for stay in found):
        earlier = _told(conn, before)
        folded: Session | None = None
        for event, at in earlier:
            folded = session.evolve(folded, before, event, at)
        if folded is None:
            break
        found.insert(0, Stay(folded, earlier))
    return found


def cost(conn: sqlite3.Connection, state: Session, now: datetime, told: Sequence[Told] | None = None) -> Cost | None:
    """What a session costs by now; None: it is free."""
    return None if state.price is None else session_cost.cost(of(conn, state, told), now)


def so_far(conn: sqlite3.Connection, state: Session, now: datetime, told: Sequence[Told] | None = None) -> SoFar | None:
    """The same as its view shows it; None where its cost is on record, or it is free."""
    found = cost(conn, state, now, told) if session.unpriced(state) else None
    return None if found is None else session_cost.so_far(found)


def priced(
    conn: sqlite3.Connection, state: Session, decided: Sequence[events.AnyEvent], now: datetime
) -> list[events.SessionPriced]:
    """The bill of a stay that `decided`, which is to be recorded now, brings to an end or makes another."""
    told = [*_told(conn, state.id), *((event, now) for event in decided)]
    return session_cost.priced(of(conn, state, told), now)


class Recent:
    """What running sessions cost, for lists that are looked at every few seconds. Any thread may ask."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, datetime, SoFar | None]] = {}

    def so_far(self, conn: sqlite3.Connection, state: Session, now: datetime) -> SoFar | None:
        """As above, worked out again after a new record, or when it is no longer FRESH."""
        known = self._known.get(state.id)
        if known is not None and known[0] == state.version and timedelta(0) <= now - known[1] < FRESH:
            return known[2]
        if len(self._known) >= KEPT:
            self._known = {}
        found = so_far(conn, state, now)
        if found is not None:
            self._known[state.id] = (state.version, now, found)
        return found


def _group(conn: sqlite3.Connection, token: str | None) -> str | None:
    row = conn.execute("SELECT group_id, driver_id FROM tokens WHERE ref = ?", (token,)).fetchone()
    return (row[0] or drivers.group_of(conn, row[1])) if row else None


def _zone(conn: sqlite3.Connection, station_id: str | None) -> str:
    if station_id is None:
        return "UTC"
    try:
        return stations.get(conn, station_id).time_zone
    except errors.NotFound:  # deleted meanwhile
        return "UTC"


def _told(conn: sqlite3.Connection, session_id: str) -> list[Told]:
    source = reader.Reader(conn, snapshot=True)
    try:
        return [(stored.event, stored.at) for stored in source.read(events.session_stream(session_id))]
    finally:
        source.close()
