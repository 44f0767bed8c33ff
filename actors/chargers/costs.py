"""Costs: what a charger's running sessions cost, shown to their drivers and kept below their caps. One object each.

The charger actor sets the alarms and sends the orders. What a session costs is worked out now and then, in a reader's
thread, and never while a record of the charger is handled.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from actors import session
from actors.chargers.orders import NoSuchSession
from actors.chargers.record import Record
from actors.chargers.transactions import Transactions
from actors.services import Services
from csms.domain import abilities, commands, session_cost
from csms.domain.session import ACTIVE, Session
from csms.domain.session_cost import Cost
from csms.storage import lookups, stays

SHOWN_EVERY = timedelta(seconds=60)
SOONEST = timedelta(seconds=15)
"""Between two looks at a session that nears its cap; it is stopped when it would be above by the next one."""
LATEST = timedelta(seconds=300)
"""The same of one that is far from it: the price may change."""
STOPPED_EVERY = timedelta(seconds=60)
"""How often a charger that goes on is told to stop."""

logger = logging.getLogger(__name__)


class Seen(NamedTuple):
    """What a session cost at a moment."""

    at: datetime
    amount: Decimal


class Costs:
    """Of one charger."""

    def __init__(self, services: Services, record: Record, transactions: Transactions) -> None:
        self._services = services
        self._record = record
        self._transactions = transactions
        self._due: datetime | None = None
        self._seen: dict[str, Seen] = {}
        self._shown: dict[str, Decimal] = {}
        self._stopped: dict[str, datetime] = {}
        self._refused = False

    def attached(self) -> None:
        """Another link: perhaps the charger understands now what it refused."""
        self._refused, self._due = False, None

    def refused(self) -> None:
        """The charger does not show costs after all."""
        self._refused = True

    async def cap(self, session_id: str, amount: Decimal | None) -> None:
        """Limit what an open session may cost; None: not any more. Raises NoSuchSession."""
        if session_id not in self._transactions.open:
            raise NoSuchSession("the session is not open on this charger: it costs what it costs")
        await self._transactions.tell(session_id, session.Session.on_cap, amount)

    def running(self, session_id: str) -> Session | None:
        """A session that runs on the charger now."""
        found = self._transactions.open.get(session_id)
        return found if found is not None and found.status == ACTIVE else None

    def due(self) -> datetime | None:
        """When `look` is to be called; None: that is known already, or there is nothing to look at."""
        running = self._running()
        if not running:
            return None
        now = self._services.now()
        soon = now + min(SOONEST if state.cap is not None else SHOWN_EVERY for state in running)
        if self._due is not None and now < self._due <= soon:
            return None
        self._due = soon
        return soon

    async def look(self, due: datetime) -> tuple[list[commands.AnyCommand], datetime | None]:
        """What to tell the charger now, and when to look again (None: not at all)."""
        if due != self._due:  # another look was found to be due sooner
            return [], None
        now, orders, waits = self._services.now(), list[commands.AnyCommand](), list[timedelta]()
        for state in self._running():
            found = await self._cost(state, now)
            if found is not None:
                orders += self._orders(state, found, now)
                waits.append(self._wait(state, found.bill.total_incl, now))
                self._seen[state.id] = Seen(now, found.bill.total_incl)
        self._forget()
        self._due = now + min(waits) if waits else None
        return orders, self._due

    async def final(self, transaction_id: str) -> list[commands.AnyCommand]:
        """What to show of a transaction that has ended (1.6; in 2.x the answer to its end tells)."""
        if not self._shows:
            return []
        state = await self._services.look_ups.read(lookups.transaction, self._record.charger_id, transaction_id)
        amount = None if state is None else await self._transactions.cost(state)
        if state is None or state.price is None or amount is None:
            return []
        now, currency = self._services.now(), state.price.currency
        shown = commands.ShowCost(transaction_id=transaction_id, amount=amount, currency=currency, at=now, final=True)
        return [shown]

    @property
    def _shows(self) -> bool:
        return not self._refused and abilities.shows_costs(self._record.state.configuration)

    def _running(self) -> list[Session]:
        shows = self._shows
        return [
            state
            for state in self._transactions.open.values()
            if state.status == ACTIVE and state.price is not None and (shows or state.cap is not None)
        ]

    async def _cost(self, state: Session, now: datetime) -> Cost | None:
        try:
            return await self._services.look_ups.read(stays.cost, state, now)
        except ValueError as error:
            logger.error("cost_not_known session=%s reason=%s", state.id, error)
            return None

    def _orders(self, state: Session, found: Cost, now: datetime) -> Iterable[commands.AnyCommand]:
        amount, name = found.bill.total_incl, state.transaction_id or ""
        told = self._stopped.get(state.id)
        if self._exhausted(state, amount, now) and (told is None or now - told >= STOPPED_EVERY):
            self._stopped[state.id] = now
            logger.info("session_reaches_its_cap session=%s", state.id)
            yield commands.RemoteStop(transaction_id=name)
        if self._shows and self._shown.get(state.id) != amount:
            self._shown[state.id] = amount
            yield _show(state, found, now)

    def _exhausted(self, state: Session, amount: Decimal, now: datetime) -> bool:
        return state.cap is not None and amount + self._pace(state, amount, now) * _seconds(SOONEST) >= state.cap

    def _wait(self, state: Session, amount: Decimal, now: datetime) -> timedelta:
        """The nearer the cap, the sooner; by half the time that is left at the pace of now."""
        if state.cap is None:
            return SHOWN_EVERY
        pace = self._pace(state, amount, now)
        left = LATEST if pace <= 0 else timedelta(seconds=float(min(_seconds(LATEST), (state.cap - amount) / pace / 2)))
        if state.id not in self._seen:
            left = SOONEST
        return min(max(left, SOONEST), SHOWN_EVERY if self._shows else LATEST)

    def _pace(self, state: Session, amount: Decimal, now: datetime) -> Decimal:
        """How much more it costs a second, since the last look."""
        before = self._seen.get(state.id)
        if before is None or before.at >= now:
            return Decimal(0)
        return (amount - before.amount) / _seconds(now - before.at)

    def _forget(self) -> None:
        for known in (self._seen, self._shown, self._stopped):
            for gone in known.keys() - self._transactions.open.keys():
                del known[gone]


def _show(state: Session, found: Cost, now: datetime) -> commands.ShowCost:
    prices = {line.dimension: line.price for line in found.bill.lines if line.price is not None}
    return commands.ShowCost(
        transaction_id=state.transaction_id or "",
        amount=found.bill.total_incl,
        currency=found.bill.currency,
        at=now,
        register_wh=state.register_wh,
        idle=session_cost.so_far(found).idle_since is not None,
        energy_price=prices.get("ENERGY"),
        time_price=prices.get("TIME"),
        idle_price=prices.get("PARKING_TIME"),
        flat_fee=prices.get("FLAT"),
    )


def _seconds(span: timedelta) -> Decimal:
    return Decimal(span // timedelta(microseconds=1)) / 1_000_000
