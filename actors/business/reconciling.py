"""Reconciling: our payments are compared with each provider's list, now and then by itself, and when somebody asks.

What is ordered is in the log until it has ended, so neither a crash nor a provider that is down for an hour loses it.
Where an answer was lost, the payment's actor asks again; everything else that differs is told to people, once.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import trio

from actors import runtime
from actors.business import payment
from actors.recording import journal
from actors.services import Services
from csms.domain import payment as state_of
from csms.domain import reconciliation
from csms.integrations import payment as gateways
from csms.storage import staging
from csms.storage.paying import facts, reconciling

LOOK_SECONDS = 60.0
"""How often is looked whether one is due."""
RETRY_SECONDS = (5.0, 15.0, 60.0, 300.0)
"""Pauses before a provider that did not answer is asked again; the last one from then on."""
ALERT_AFTER = 3
"""Attempts after which operations hear of it."""

logger = logging.getLogger(__name__)


class Reconciling:
    """`serve` is the body of a supervised task; `order` is for whoever wants one now."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._wanted = trio.Event()
        self._attempts: dict[str, int] = {}

    async def order(self, since: datetime | None = None) -> list[str]:
        """One with every provider that we have payments with; their ids. Without `since`, as far back as by itself."""
        known: dict[str, datetime] = await self._services.readers.read(reconciling.gateways)
        begun = [await self._begin(name, since or self._since(first)) for name, first in known.items()]
        self._wanted.set()
        return begun

    async def serve(self, task: runtime.Task) -> None:
        """Run what is due and what is ordered, for ever."""
        task.started()
        while True:
            self._wanted = trio.Event()
            pause = await self.look()
            with trio.move_on_after(pause):
                await self._wanted.wait()

    async def look(self) -> float:
        """Run what there is; the seconds after which to look again."""
        await self._begin_due()
        pauses = [await self._tried(run) for run in await self._services.readers.read(reconciling.running)]
        return min([LOOK_SECONDS, *pauses])

    async def _begin_due(self) -> None:
        every = self._services.settings.reconciliation_interval
        if not every:
            return
        now = self._services.now()
        due = await self._services.readers.read(reconciling.due, now, timedelta(seconds=every))
        if due:
            known: dict[str, datetime] = await self._services.readers.read(reconciling.gateways)
            for name in due:
                await self._begin(name, self._since(known[name]))

    async def _begin(self, gateway: str, since: datetime) -> str:
        return await journal.write(self._services.journal, reconciling.begin, gateway, since, staging.acting.get())

    def _since(self, first: datetime) -> datetime:
        return max(first, self._services.now() - timedelta(days=self._services.settings.reconciliation_days))

    async def _tried(self, run: reconciling.Run) -> float:
        """Run it; the seconds after which to try again, where the provider does not answer."""
        try:
            await _Comparison(self._services, run).made()
        except gateways.PaymentError as error:
            attempts = self._attempts[run.id] = self._attempts.get(run.id, 0) + 1
            logger.warning("reconciliation_waits gateway=%s attempts=%d reason=%s", run.gateway, attempts, error)
            if attempts == ALERT_AFTER:
                await journal.write(self._services.journal, reconciling.unreachable, run, str(error))
            return RETRY_SECONDS[min(attempts, len(RETRY_SECONDS)) - 1]
        self._attempts.pop(run.id, None)
        return LOOK_SECONDS


class _Comparison:
    """One pass over a provider's list. Payments that move meanwhile are left to the next one."""

    def __init__(self, services: Services, run: reconciling.Run) -> None:
        self._services = services
        self._run = run
        self._gateway = services.payment_gateway(run.gateway)
        self._began = services.now()
        self._found: list[reconciliation.Difference] = []
        self._known: set[str] = set()
        self._seen: set[str] = set()
        self._listed = self._compared = self._repaired = 0

    async def made(self) -> None:
        """Compare all of it, and record what came of it. Raises gateways.PaymentError."""
        async for held in gateways.holds(self._gateway, self._run.since):
            self._listed += 1
            await self._held(held)
        where = self._run.gateway, self._run.since
        missing = await self._services.readers.read(reconciling.unlisted, *where, self._seen)
        for state in missing:
            if not self._moves(state):
                self._differ(state.id, [reconciliation.missing(state)])
        await self._still_there()
        ended = reconciling.Ended(self._found, self._known, self._listed, self._compared, self._repaired)
        await journal.write(self._services.journal, reconciling.end, self._run, ended)
        logger.info("reconciled gateway=%s listed=%d different=%d", self._run.gateway, self._listed, len(self._found))

    async def _held(self, held: reconciliation.Held) -> None:
        state = await self._services.readers.read(reconciling.ours, self._run.gateway, held)
        self._known.add(held.reference)
        if state is None:
            self._differ(held.reference, [reconciliation.unknown(held, self._run.gateway)])
            return
        self._seen.add(state.id)
        if self._moves(state):
            return
        self._compared += 1
        differences = list(reconciliation.compared(state, held))
        if any(each.open for each in differences) and await self._mended(state):
            self._repaired += 1
            return
        self._differ(state.id, differences)

    async def _mended(self, state: state_of.Payment) -> bool:
        """Have the payment's actor ask again; whether it has heard anything."""
        try:
            await payment.look(self._services, state.id)
            await payment.go_on(self._services, state.id)
        except runtime.ActorError as error:
            logger.warning("payment_not_mended payment=%s reason=%s", state.id, error)
        after = await self._services.readers.read(facts.state, state.id)
        return after is not None and after.version > state.version

    async def _still_there(self) -> None:
        """What was unknown to us and is older than what was listed now is asked for by its name."""
        for each in await self._services.readers.read(reconciling.differing, self._run.gateway):
            if each.reference is None or each.subject != each.reference or each.reference in self._known:
                continue
            try:
                held = await self._gateway.look(each.reference)
            except gateways.Refused:  # it is gone
                self._known.add(each.reference)
                continue
            if await self._services.readers.read(reconciling.ours, self._run.gateway, held) is None:
                self._differ(each.reference, [reconciliation.unknown(held, self._run.gateway)])

    def _moves(self, state: state_of.Payment) -> bool:
        return state.changed_at >= self._began

    def _differ(self, subject: str, found: Sequence[reconciliation.Difference | None]) -> None:
        self._known.add(subject)
        self._found += [each for each in found if each is not None]
