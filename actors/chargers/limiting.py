"""Limiting: a limit that a token gets while it charges counts at once, whoever sets it: changes are heard.

Chargers look at a token without limits once a session (allowances.py); those where it charges are told to look again.
"""

from __future__ import annotations

import logging

from actors import runtime
from actors.chargers import charger, errands
from actors.recording.journal import Committed
from actors.services import Services
from csms.domain import events
from csms.storage import lookups

NAME = "limiting"

logger = logging.getLogger(__name__)


def heard(registry: runtime.Registry, committed: Committed) -> None:
    """Something was committed: called for every commit, so it looks at nothing but changes of tokens' limits."""
    for request, _ in committed:
        for entry in request.entries:
            if entry.stream == events.AUDIT_STREAM:
                for new in entry.events:
                    if isinstance(new.event, events.ReferenceChanged) and _limits(new.event):
                        _tell(registry, new.event.id)


class Limiting(runtime.Actor):
    """Tells chargers."""

    capacity = 20_000

    def __init__(self, services: Services) -> None:
        self._services = services

    async def on_changed(self, token: str) -> None:
        """A token, by its surrogate, has other limits."""
        for charger_id in await self._services.readers.read(lookups.charging_with, token):
            ref = self._services.registry.lookup(f"{charger.SUPERVISOR}/{charger_id}", charger.Charger)
            try:
                if ref is not None:
                    ref.cast(charger.Charger.on_errand, errands.Errands.limited, None)
            except runtime.NeverHandled as error:
                logger.warning("limit_not_told charger=%s reason=%s", charger_id, error)


def _limits(event: events.ReferenceChanged) -> bool:
    return event.kind == "token" and ("limits" in event.after or "limits" in event.before)


def _tell(registry: runtime.Registry, token: str) -> None:
    ref = registry.lookup(f"background/{NAME}", Limiting)
    try:
        if ref is not None:
            ref.cast(Limiting.on_changed, token)
    except runtime.NeverHandled as error:
        logger.warning("limit_not_told token=%s reason=%s", token, error)
