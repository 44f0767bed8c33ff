"""Billing: every session that was priced gets its document, or a line of its fleet's next invoice.

A follower of the log, a look every minute at bills that waited for a continuation, and drafts of the fleets' invoices
when a month is over. Does nothing by itself: who gets which document is settled in csms/storage/billing, in the
journal's thread, and harmless to repeat.
"""

from __future__ import annotations

import logging

import trio

from actors import runtime
from actors.recording import follower, journal
from actors.services import Services
from csms.domain import events
from csms.storage import lookups
from csms.storage.billing import invoices, settling
from csms.storage.records import Stored

NAME = "billing"
LOOK_SECONDS = 60.0
"""How often is looked for bills that have waited long enough."""

logger = logging.getLogger(__name__)


class Billing:
    """`follow` and `wait` are the bodies of two supervised tasks."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._drafted = ""

    async def follow(self, task: runtime.Task) -> None:
        """Bill what is priced."""
        await follower.Follower(self._services, NAME, ["SessionPriced"], self.act).serve(task)

    async def act(self, stored: Stored) -> None:
        """Settle one SessionPriced."""
        assert isinstance(stored.event, events.SessionPriced), "it follows nothing else"
        await journal.write(self._services.journal, settling.settle, stored.event, self._services.now())

    async def wait(self, task: runtime.Task) -> None:
        """Bill what has waited for a continuation that did not come."""
        task.started()
        while True:
            await self.look()
            await self.draft()
            await trio.sleep(LOOK_SECONDS)

    async def draft(self) -> None:
        """When a month is over, make the drafts of its invoices; people issue them."""
        month = invoices.last_month(self._services.now())
        if month != self._drafted:
            await journal.write(self._services.journal, invoices.draft, month)
            self._drafted = month

    async def look(self) -> None:
        """Bill what has waited long enough by now."""
        now = self._services.now()
        for session_id in await self._services.readers.read(settling.due, now):
            told = [record.event for record in await self._services.readers.read(lookups.session_events, session_id)]
            priced = next((event for event in reversed(told) if isinstance(event, events.SessionPriced)), None)
            await journal.write(self._services.journal, settling.waited, session_id, priced, now)
