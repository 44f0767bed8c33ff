"""Job: one actor per bulk change of settings, and the task that wakes them all after a start.

Many chargers at a time, one setting after the other on each; one that is away has its turn when it is back, for a day.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import trio

from actors import runtime
from actors.chargers import charger, orders
from actors.chargers.outbound import Executed
from actors.recording import journal
from actors.services import Services
from actors.upkeep import ticking
from csms.domain import commands
from csms.storage.reference import jobs

TOGETHER = 20
"""Chargers that are worked on at a time."""
PATIENCE = timedelta(days=1)
LOSSES = 3
"""How often a charger may lose its link over a setting before that counts as its answer."""

logger = logging.getLogger(__name__)


async def ensure(services: Services, job_id: str) -> runtime.Ref[Job]:
    """The job's actor, started or told to look at its rows now. Raises runtime.ActorError."""
    return await ticking.ensure(services, Job, job_id)


async def wake_all(services: Services) -> None:
    """Give the jobs that had not ended when the server stopped their actors back."""
    for job_id in await services.readers.read(jobs.unfinished):
        try:
            await ensure(services, job_id)
        except runtime.ActorError as error:
            logger.error("job_not_resumed job=%s reason=%s", job_id, error)


class Job(ticking.Ticking):
    """Sends chargers their settings until nobody waits. Setting one twice does no harm: a lost link is a lost turn."""

    def __init__(self, services: Services, id: str) -> None:
        super().__init__(services, id)
        self._losses: Counter[str] = Counter()

    async def step(self) -> bool:
        """Give all that are here their turn."""
        while True:
            state = await self._services.readers.read(jobs.get, self.id)
            if state.status != jobs.RUNNING:
                return True
            waiting = await self._services.readers.read(jobs.waiting, self.id)
            if not waiting:
                await journal.write(self._services.journal, jobs.complete, self.id, self._services.now())
                return True
            here = [part for part in waiting if part.charger_id in self._services.links][:TOGETHER]
            if here:
                if not await self._work(here):
                    return False
            elif self._services.now() - state.created_at < PATIENCE:
                return False
            else:
                await self._give_up(waiting)

    async def _work(self, parts: Sequence[jobs.Part]) -> bool:
        """False when somebody went away in the middle: its turn comes again, but not at once."""
        left: list[str] = []
        async with trio.open_nursery() as nursery:
            for part in parts:
                nursery.start_soon(self._apply, part, left)
        return not left

    async def _apply(self, part: jobs.Part, left: list[str]) -> None:
        results = []
        try:
            ref = await charger.ensure(self._services, part.charger_id)
            for key, value in part.settings.items():
                results.append(await self._set(ref, part.charger_id, key, value))
                if results[-1].status == "no_answer":
                    break
        except (orders.Offline, orders.QueueFull, orders.LinkLost, runtime.NeverHandled) as error:
            logger.info("job_turn_lost job=%s charger=%s reason=%s", self.id, part.charger_id, error)
            left.append(part.charger_id)
            return
        good = all(result.status in ("accepted", "reboot_required") for result in results)
        await self._ended(part, jobs.DONE if good else jobs.FAILED, results)

    async def _set(self, ref: runtime.Ref[charger.Charger], charger_id: str, key: str, value: str) -> jobs.Result:
        order = commands.SetConfiguration(key=key, value=value)
        try:
            executed = await charger.execute(self._services, ref, order, by=self.id)
        except (orders.NoAnswer, runtime.OutcomeUnknown) as error:
            self._losses[charger_id] += isinstance(error, orders.LinkLost)
            if isinstance(error, orders.LinkLost) and self._losses[charger_id] < LOSSES:
                raise
            return jobs.Result(key, value, "no_answer", str(error))
        except orders.NotExpressible as error:
            return jobs.Result(key, value, "not_supported", error.detail)
        except orders.NotAllowed as error:
            return jobs.Result(key, value, "not_allowed", error.detail)
        return jobs.Result(key, value, executed.status, _detail(executed))

    async def _give_up(self, parts: Sequence[jobs.Part]) -> None:
        for part in parts:
            said = [jobs.Result(key, value, "offline") for key, value in part.settings.items()]
            await self._ended(part, jobs.FAILED, said)

    async def _ended(self, part: jobs.Part, status: str, results: Sequence[jobs.Result]) -> None:
        now = self._services.now()
        await journal.write(self._services.journal, jobs.ended, self.id, part.charger_id, status, results, now)


def _detail(executed: Executed) -> str:
    if executed.error is not None:
        return f"{executed.error.code}: {executed.error.description}"
    return executed.detail
