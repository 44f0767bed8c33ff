"""A charger's inventory as its table has it, after what the charger said and was told."""

import sqlite3
from datetime import UTC, datetime
from typing import Any

import msgspec

from csms.domain import events, facts
from csms.protocol import frames, versions
from csms.storage import projections, records, schema
from tests.csms.protocol.support import V21, frame, heard


class Holding:
    """What one 2.1 charger holds."""

    def __init__(self, version: versions.Version = V21) -> None:
        self._version = version
        self._conn = sqlite3.connect(":memory:", isolation_level=None)
        for statement in filter(str.strip, schema.READ_MODELS.split(";")):
            self._conn.execute(statement)

    def learns(self, action: str, request: dict[str, Any], answer: dict[str, Any]) -> None:
        """An order is answered; both are valid."""
        order = versions.Order(action, request)
        assert self._version.validators.request_faults(action, request) == ()
        assert self._version.validators.response_faults(action, answer) == ()
        self._apply(events.InventoryChanged(changes=self._version.learnt(order, answer)))

    def says(self, action: str, payload: dict[str, Any]) -> facts.Notification:
        """The charger calls; the notice that it makes."""
        return self._noted(heard(frame(action, payload), self._version))

    def sends(self, action: str, payload: dict[str, Any]) -> facts.Notification:
        """The same in a SEND."""
        text = msgspec.json.encode([6, "id-1", action, payload]).decode()
        message = self._version.parse(text)
        assert isinstance(message, frames.Send)
        return self._noted(self._version.said(message, text))

    def of(self, kind: str) -> dict[str, Any]:
        """Key -> body."""
        rows = self._conn.execute("SELECT key, body FROM inventory WHERE kind = ? ORDER BY key", (kind,))
        return {key: msgspec.json.decode(body) for key, body in rows}

    def _noted(self, fact: facts.AnyFact | versions.CallFault) -> facts.Notification:
        assert isinstance(fact, facts.Notification), fact
        self._apply(events.InventoryChanged(changes=fact.changes))
        return fact

    def _apply(self, event: events.InventoryChanged) -> None:
        stream, now = events.charger_stream("CP-01"), datetime(2026, 3, 1, tzinfo=UTC)
        writes = projections.Writes()
        projections.event(writes, records.Stored(1, stream, 1, b"", "InventoryChanged", 1, now, None, None, event))
        writes.flush(self._conn)
