"""Allowances: a charger's running sessions are ended when their tokens' limits are reached. One object each.

The charger actor sets the alarms and sends the orders, as for what sessions cost (costs.py). What a token may do at
most is read again at each look, so it holds from then on; tokens without limits are looked at once a session, and when
they get some (limiting.py).
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from actors.chargers.transactions import Transactions
from actors.services import Services
from csms.domain import commands
from csms.domain.session import ACTIVE, Session
from csms.storage import allowances

EVERY = timedelta(seconds=15)
"""Between two looks; a session is stopped when it would be above its limit by the next one."""
STOPPED_EVERY = timedelta(seconds=60)
"""How often a charger that goes on is told to stop."""

logger = logging.getLogger(__name__)


class Allowances:
    """Of one charger."""

    def __init__(self, services: Services, transactions: Transactions) -> None:
        self._services = services
        self._transactions = transactions
        self._due: datetime | None = None
        self._free: set[str] = set()
        self._stopped: dict[str, datetime] = {}

    def attached(self) -> None:
        """Another link, perhaps after a long time."""
        self._free, self._due = set(), None

    def changed(self) -> datetime | None:
        """A token may have other limits: look now; None where nothing charges."""
        self._free = set()
        self._due = self._services.now() if self._running() else None
        return self._due

    def due(self) -> datetime | None:
        """When `look` is to be called; None: that is known already, or there is nothing to look at."""
        now = self._services.now()
        if not self._running() or (self._due is not None and now < self._due <= now + EVERY):
            return None
        self._due = now + EVERY
        return self._due

    async def look(self, due: datetime) -> tuple[list[commands.AnyCommand], datetime | None]:
        """What to tell the charger now, and when to look again (None: not at all)."""
        if due != self._due:  # another look was found to be due sooner
            return [], None
        now, orders = self._services.now(), list[commands.AnyCommand]()
        for state in self._running():
            over = await self._exhausted(state, now)
            if over is None:
                self._free.add(state.id)
            elif over and now - self._stopped.get(state.id, now - STOPPED_EVERY) >= STOPPED_EVERY:
                self._stopped[state.id] = now
                logger.info("session_reaches_its_limit session=%s", state.id)
                orders.append(commands.RemoteStop(transaction_id=state.transaction_id or ""))
        self._forget()
        self._due = now + EVERY if self._running() else None
        return orders, self._due

    async def _exhausted(self, state: Session, now: datetime) -> bool | None:
        try:
            ahead = int(EVERY.total_seconds())
            return await self._services.look_ups.read(allowances.exhausted, state, ahead, now)
        except ValueError as error:
            logger.error("allowance_not_known session=%s reason=%s", state.id, error)
            return False

    def _running(self) -> list[Session]:
        found = self._transactions.open.values()
        return [each for each in found if each.status == ACTIVE and each.token and each.id not in self._free]

    def _forget(self) -> None:
        self._free &= self._transactions.open.keys()
        for gone in self._stopped.keys() - self._transactions.open.keys():
            del self._stopped[gone]
