"""Ticking: what campaigns and bulk changes have in common. Their state is in rows; at each tick they read it and act.

So a crash costs nothing, and whoever changes the rows only has to `ensure` the actor.
"""

from __future__ import annotations

import logging
import math
from typing import TypeVar

from actors import alarm, runtime
from actors.recording import journal
from actors.services import Services
from csms.storage import errors

SUPERVISOR = "jobs"
TICK_SECONDS = 5.0
"""How often they look whether something can be done."""

logger = logging.getLogger(__name__)

T = TypeVar("T", bound="Ticking")


async def ensure(services: Services, kind: type[T], id: str) -> runtime.Ref[T]:
    """The actor of these rows: started, or told to look at them now. Raises runtime.ActorError."""
    ref = services.registry.lookup(f"{SUPERVISOR}/{id}", kind)
    if ref is not None and ref.alive:
        ref.cast(kind.on_tick)
        return ref
    spec = runtime.ChildSpec(id, lambda: kind(services, id), restart=runtime.Restart.TRANSIENT, init_timeout=math.inf)
    return await services.jobs.ensure_child(spec)


class Ticking(runtime.Actor):
    """Looks, acts, waits; ends when there is nothing left to do. Subclasses say what a step is."""

    def __init__(self, services: Services, id: str) -> None:
        self._services = services
        self.id = id
        self._alarm: alarm.Alarm | None = None

    async def init(self) -> None:
        """Look at once."""
        if self.restarted:
            await journal.settled(self._services.journal)
        self._alarm = alarm.after(self, 0, type(self).on_tick)

    async def on_tick(self) -> None:
        """Take a step; what the disk or a neighbour does not allow now is tried at the next tick."""
        if self._alarm is not None:
            self._alarm.cancel()
        over = False
        try:
            over = await self.step()
        except* (errors.StorageUnavailable, errors.AppendUnknown, runtime.ActorError) as group:
            logger.warning("job_waits job=%s reason=%r", self.id, group.exceptions[0])
        if over:
            self.stop()
        else:
            self._alarm = alarm.after(self, TICK_SECONDS, type(self).on_tick)

    async def step(self) -> bool:
        """Do what can be done now; True when nothing is left to do, until somebody changes the rows."""
        raise NotImplementedError
