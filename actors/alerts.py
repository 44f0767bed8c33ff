"""Alerts: turns what the runtime reports (parked actors) into durable alert events. Rules come with a later issue."""

from __future__ import annotations

from actors import quarantine, runtime
from actors.services import Services
from csms.storage import errors


class Alerts(runtime.Actor):
    """One mailbox for everything that operations must hear of."""

    answers = (errors.StorageError,)

    def __init__(self, services: Services) -> None:
        self._services = services

    async def on_parked(self, kind: str, subject: str, reason: str) -> None:
        """An actor failed so often that it waits for a person."""
        await quarantine.alert(self._services, f"{kind}_parked", subject, reason)
