"""The statuses of a charger's connectors, reported when they change and when somebody asks.

Used by `charger`. What was reported on a link counts as known until the charger boots again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from csms.simulator.messages import Message

if TYPE_CHECKING:
    from csms.simulator.charger import Charger


class Availability:
    """What the central system was told of each connector (0: of the charger, where the version has that)."""

    def __init__(self, charger: Charger) -> None:
        self._charger = charger
        self._reported: dict[int, tuple[str, str]] = {}

    def report(self, connector_id: int) -> None:
        """Report a status whether it changed or not, before everything else."""
        self._charger.exchange.outbox.add_urgent(self._message(connector_id))

    def report_changes(self) -> None:
        """Report what the central system does not know yet, if it can be told."""
        charger = self._charger
        if not charger.exchange.online:
            return
        for number in (0, *charger.connectors) if charger.dialect.reports_charger else charger.connectors:
            if self._reported.get(number) != self._status(number):
                charger.exchange.outbox.add_notice(self._message(number))

    def forget(self) -> None:
        """After a boot everything is reported again."""
        self._reported.clear()

    def _status(self, connector_id: int) -> tuple[str, str]:
        if connector_id == 0:
            return ("Available" if self._charger.operative else "Unavailable", "NoError")
        connector = self._charger.connectors[connector_id]
        return (self._charger.dialect.availability(connector.status), connector.error_code)

    def _message(self, connector_id: int) -> Message:
        status, error_code = self._reported[connector_id] = self._status(connector_id)
        return Message(
            *self._charger.dialect.status(connector_id, status, error_code, self._charger.now()),
            failed=lambda: self._lost(connector_id),
        )

    def _lost(self, connector_id: int) -> None:
        # Only a lost link makes it unknown; a refused report must not be repeated without end.
        if not self._charger.exchange.connected:
            self._reported.pop(connector_id, None)
