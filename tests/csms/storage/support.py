"""A small charging story to append: starts, samples and stops of sessions, as the actors would write them."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from csms.domain import charger, events, facts, session
from csms.storage import connection
from csms.storage.log import Append, Entry, Log, New
from csms.storage.projections import rebuild

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """A moment of the story."""
    return NOW + timedelta(seconds=seconds)


def started(
    charger_id: str = "CP-01", *, key: str = "", connector_id: int = 1, token: str = "t1"
) -> events.SessionStarted:
    return events.SessionStarted(
        charger_id=charger_id,
        connector_id=connector_id,
        started_at=NOW,
        meter_start_wh=Decimal(1000),
        token=token,
        start_key=key,
    )


def sampled(wh: int, seconds: float = 60) -> events.MeterSampled:
    return events.MeterSampled(readings=(facts.Reading(at(seconds), (facts.Sampled(str(wh)),)),))


def stopped(wh: int, seconds: float = 600) -> events.SessionStopped:
    return events.SessionStopped(stopped_at=at(seconds), energy_wh=Decimal(wh - 1000), meter_stop_wh=Decimal(wh))


def completed(seconds: float = 660) -> events.SessionCompleted:
    return events.SessionCompleted(completed_at=at(seconds), cause="available")


class Teller:
    """Appends to one log and remembers the states, as the actors do."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.sessions: dict[str, session.Session] = {}
        self.chargers: dict[str, charger.Charger] = {}

    def draft(self, session_id: str, *told: events.AnyEvent, seconds: float = 0, event_id: bytes = b"") -> Append:
        """The append of a session's events, not yet stored."""
        old = state = self.sessions.get(session_id)
        for event in told:
            state = session.evolve(state, session_id, event, at(seconds))
        assert state is not None
        entry = Entry(
            events.session_stream(session_id), old.version if old else 0, tuple(New(event, event_id) for event in told)
        )
        return Append(entries=(entry,), at=at(seconds), state=(state,))

    def tell(self, session_id: str, *told: events.AnyEvent, seconds: float = 0) -> session.Session:
        """Store a session's events; its state as the log has it."""
        done = self.log.append(self.draft(session_id, *told, seconds=seconds))
        state = self.sessions.get(session_id)
        for stored in done.stored:
            state = session.evolve(state, session_id, stored.event, stored.at)
        assert state is not None
        self.sessions[session_id] = state
        return state

    def say(self, charger_id: str, *said: events.AnyEvent, seconds: float = 0) -> charger.Charger:
        """Store a charger's events."""
        old = state = self.chargers.get(charger_id, charger.Charger(id=charger_id))
        for event in said:
            state = charger.evolve(state, event, at(seconds))
        entry = Entry(events.charger_stream(charger_id), old.version, tuple(New(event) for event in said))
        self.log.append(Append(entries=(entry,), at=at(seconds), state=(state,)))
        self.chargers[charger_id] = state
        return state

    def stay(self, session_id: str, charger_id: str = "CP-01", seconds: float = 0) -> session.Session:
        """A whole session, from its start to its end."""
        self.tell(session_id, started(charger_id, key=session_id), seconds=seconds)
        self.tell(session_id, sampled(1500), seconds=seconds + 60)
        return self.tell(session_id, stopped(2000), completed(), seconds=seconds + 660)


def append(stream: str, *told: events.AnyEvent, expected: int | None = None, ids: Sequence[bytes] = ()) -> Append:
    """An append without states, for what only concerns the log."""
    given = [*ids, *[b""] * (len(told) - len(ids))]
    entry = Entry(stream, expected, tuple(map(New, told, given)))
    return Append(entries=(entry,), at=NOW)


def noted(text: str = "note") -> events.Notified:
    """An event that any stream may hold."""
    return events.Notified(action="Note", payload=text)


def payloads(log: Log, stream: str) -> list[str]:
    return [stored.event.payload for stored in log.read(stream) if isinstance(stored.event, events.Notified)]


def tamper(directory: Path, *statements: str) -> None:
    """Change the file behind the log's back, past the triggers."""
    conn = sqlite3.connect(connection.database(directory), isolation_level=None)
    try:
        for (name,) in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            conn.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            conn.execute(statement)
    finally:
        conn.close()


def differences(directory: Path) -> list[rebuild.Difference | rebuild.Unfolded]:
    """Where the stored read models are not what the log folds to."""
    conn = connection.reader(directory)
    try:
        return list(rebuild.diff(conn))
    finally:
        conn.close()
