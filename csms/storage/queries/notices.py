"""What apps are told of an event: the thing that it happened to, as GET shows it now, without who the people are.

Drivers and buyers appear as ids only; what a role may see beside them, an app asks for. Used by
actors/business/webhooks.py.
"""

import sqlite3
from datetime import datetime
from typing import Any, NamedTuple

from csms.domain import events, payment_events, webhook
from csms.storage.billing import documents
from csms.storage.queries import alerts, chargers, payments, sessions
from csms.storage.records import Stored
from csms.storage.reference import chargers as registered
from csms.storage.reference import deliveries, webhooks

PAYMENTS = payment_events.payment_stream("")


class Notice(NamedTuple):
    """What happened, and at which stations: none of them when it is of the whole network."""

    type: str
    data: dict[str, Any]
    stations: frozenset[str | None] = frozenset()


def wanted(conn: sqlite3.Connection, stored: Stored, now: datetime) -> list[deliveries.New]:
    """What every webhook that wants to hear of this event is to be told."""
    name = webhook.TYPES[stored.type]
    hooks = [
        hook
        for hook in webhooks.every(conn)
        if hook.active and hook.after_seq < stored.seq and webhook.wants(hook.types, name)
    ]
    notice = of(conn, stored, now) if hooks else None
    if notice is None:
        return []
    own = notice.data["alert"]["subject"] if "alert" in notice.data else None  # that it failed, it cannot be told
    return [
        deliveries.New(hook.id, stored.seq, name, stored.at, notice.data)
        for hook in hooks
        if webhook.concerns(hook.station_ids, notice.stations) and hook.id != own
    ]


def of(conn: sqlite3.Connection, stored: Stored, now: datetime) -> Notice | None:
    """What there is to be told; None for what happened to a thing that is gone."""
    name, event = webhook.TYPES[stored.type], stored.event
    subject = stored.stream.partition(":")[2]
    match event:
        case events.AlertRaised():
            return _alert(conn, name, alerts.get(conn, stored.seq))
        case events.AlertResolved():
            return _alert(conn, name, alerts.newest(conn, event.kind, event.subject))
        case events.DocumentIssued():
            return _document(conn, name, event)
        case events.StatusChanged():
            return _charger(conn, name, subject, connector_id=event.connector_id, status=event.status)
        case events.Connected() | events.Disconnected() | events.Booted():
            return _charger(conn, name, subject)
        case _ if stored.stream.startswith(PAYMENTS):
            return _payment(conn, name, subject)
        case _:
            return _session(conn, name, subject, now)


def _session(conn: sqlite3.Connection, name: str, session_id: str, now: datetime) -> Notice | None:
    found = sessions.get(conn, session_id, now)
    if found is None:
        return None
    return Notice(name, {"session": found | {"id_token": None}}, frozenset({found["station_id"]}))


def _charger(conn: sqlite3.Connection, name: str, charger_id: str, **more: Any) -> Notice | None:
    found = chargers.get(conn, charger_id)
    return None if found is None else Notice(name, {"charger": found, **more}, frozenset({found["station_id"]}))


def _payment(conn: sqlite3.Connection, name: str, payment_id: str) -> Notice:
    """Without what the provider knows it by and where the payer confirms it: who has these may act for others."""
    found = payments.get(conn, payment_id) | {"reference": None, "action_url": None}
    return Notice(name, {"payment": found}, frozenset({found["station_id"]}))


def _alert(conn: sqlite3.Connection, name: str, found: dict[str, Any] | None) -> Notice | None:
    return None if found is None else Notice(name, {"alert": found}, _stations_of(conn, found["subject"]))


def _document(conn: sqlite3.Connection, name: str, event: events.DocumentIssued) -> Notice | None:
    found = documents.one_listed(conn, event.number)
    if found is None:
        return None
    query = (
        "SELECT DISTINCT station_id FROM document_sessions JOIN sessions ON sessions.id = session_id"
        " JOIN documents ON documents.seq = document_sessions.seq WHERE documents.number = ?"
    )
    stations = frozenset(row[0] for row in conn.execute(query, (event.number,)))
    data = {"document": found, "session_ids": list(event.session_ids)}
    return Notice(name, data, stations)


def _stations_of(conn: sqlite3.Connection, subject: str) -> frozenset[str | None]:
    """Where the charger or session stands that an alert is about; empty for another subject."""
    charger = registered.find(conn, subject)
    if charger is not None:
        return frozenset({charger.station_id})
    row = conn.execute("SELECT station_id FROM sessions WHERE id = ?", (subject,)).fetchone()
    return frozenset() if row is None else frozenset({row[0]})
