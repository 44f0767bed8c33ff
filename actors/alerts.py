"""Alerts: turns what the runtime reports (parked actors, a full disk) into durable events. Rules come later.

What cannot be stored now is stored when that works again, since a full disk is itself worth an alert.
"""

from __future__ import annotations

import logging
import secrets

from actors import alarm, runtime
from actors.connections import quarantine
from actors.services import Services
from csms.storage import errors
from csms.storage.records import EVENT_ID_BYTES

RETRY_SECONDS = 5.0


logger = logging.getLogger(__name__)


def raise_alert(registry: runtime.Registry, kind: str, subject: str, detail: str, alert_id: bytes = b"") -> None:
    """Have an alert stored, without waiting; one with an id only once, however often it is told."""
    alerts = registry.lookup("background/alerts", Alerts)
    try:
        if alerts is not None:
            alerts.cast(Alerts.on_raised, kind, subject, detail, alert_id)
    except runtime.NeverHandled as error:
        logger.error("alert_lost kind=%s subject=%s reason=%s", kind, subject, error)


class Alerts(runtime.Actor):
    """One mailbox for everything that operations must hear of: each charger may have something, while no disk works."""

    capacity = 20_000

    def __init__(self, services: Services) -> None:
        self._services = services

    async def on_raised(self, kind: str, subject: str, detail: str, alert_id: bytes = b"") -> None:
        """Operations should look at `subject`; `detail` says why. The id finds an alert that was stored after all."""
        alert_id = alert_id or secrets.token_bytes(EVENT_ID_BYTES)
        try:
            await quarantine.alert(self._services, kind, subject, detail, alert_id)
        except (errors.StorageUnavailable, errors.AppendUnknown, runtime.ActorError):
            alarm.after(self, RETRY_SECONDS, Alerts.on_raised, kind, subject, detail, alert_id)
