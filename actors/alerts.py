"""Alerts: turns what the runtime reports (parked actors, a full disk) into durable events. Rules come later.

What cannot be stored now is stored when that works again, since a full disk is itself worth an alert.
"""

from __future__ import annotations

from actors import alarm, quarantine, runtime
from actors.services import Services
from csms.storage import errors

RETRY_SECONDS = 5.0


class Alerts(runtime.Actor):
    """One mailbox for everything that operations must hear of."""

    answers = (errors.StorageError,)

    def __init__(self, services: Services) -> None:
        self._services = services

    async def on_raised(self, kind: str, subject: str, detail: str) -> None:
        """Operations should look at `subject`; `detail` says why."""
        try:
            await quarantine.alert(self._services, kind, subject, detail)
        except errors.StorageUnavailable:
            alarm.after(self, RETRY_SECONDS, Alerts.on_raised, kind, subject, detail)
