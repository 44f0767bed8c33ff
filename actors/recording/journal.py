"""Journal: the single writer of the log. Every append and every change of reference data goes through here.

Group commit without a timer: what arrives while one batch commits forms the next one. An answer leaves only after the
commit; a crash in between fails the callers with an unknown outcome, so they read the log again and nobody assumes.
"""

from __future__ import annotations

import logging
import math
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import trio

from actors import alarm, runtime
from csms.storage import errors, staging
from csms.storage.log import Log
from csms.storage.records import Append, Appended
from csms.storage.reference import counters

P = ParamSpec("P")
R = TypeVar("R")

BATCH = 1000
"""Requests in one commit, at most."""
TURNS = 6
"""Turns that all other tasks get between the last message and the commit: as many as a frame takes from its socket to
here. So what has arrived by now shares one commit, with no timer; where nobody has anything to do, they take no time.
"""
PROBE_SECONDS = 1.0
"""How often a journal that cannot write tries again."""
Committed = Sequence[tuple[Append, Appended]]
Published = Callable[[Committed], None]

logger = logging.getLogger(__name__)

# -- Client ------------------------------------------------------------------------------------------------------------


async def append(journal: runtime.Ref[Journal], request: Append) -> Appended:
    """Make `request` durable. Raises the errors of csms.storage.errors and runtime.ActorError."""
    return await journal.call(Journal.on_append, request)


async def write(
    journal: runtime.Ref[Journal],
    change: Callable[Concatenate[sqlite3.Connection, P], R],
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """Run `change(connection, ...)` in a transaction of its own; durable when this returns. Raises what it raises.

    Who acts here is recorded as who did it (csms/storage/staging.py).
    """
    by = staging.acting.get()
    result: R = await journal.call(Journal.on_write, lambda connection: change(connection, *args, **kwargs), by)
    return result


async def settled(journal: runtime.Ref[Journal]) -> None:
    """Wait until what was sent before this is stored or refused.

    For an actor that crashed while a commit was under way: the log that its next incarnation reads must not be older
    than what it sent. It waits as long as that takes, also through a crash of the journal: give such an actor no
    `init_timeout`, or a disk that hangs makes it fail for what is not its fault. Raises runtime.NotRunning.
    """
    while True:
        try:
            return await journal.within(math.inf).call(Journal.on_settled)
        except runtime.ActorCrashed:
            continue  # its next incarnation answers


async def checkpoint(journal: runtime.Ref[Journal]) -> None:
    """Record the heads of all streams, so that a vanished stream is noticed."""
    await journal.call(Journal.on_checkpoint)


# -- Process -----------------------------------------------------------------------------------------------------------


class Refused:
    """What a write raised, carried from the writer's thread to its caller."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class Journal(runtime.Actor):
    """`published` hears of the new appends of a commit, in order; `health` hears when writing fails or works again."""

    capacity = 50_000
    answers = (errors.StorageError,)

    def __init__(self, log: Log, published: Published, health: Callable[[bool], None]) -> None:
        self._log = log
        self._published = published
        self._health = health
        self._healthy: bool | None = None
        """Whether writing worked the last time; None: this incarnation has not seen it change."""
        self._appends: list[tuple[Append, runtime.Later[Appended]]] = []
        self._settled: list[runtime.Later[None]] = []
        self._limiter = trio.CapacityLimiter(1)
        self._turns = 0
        self.commits = 0

    async def on_append(self, request: Append) -> runtime.Later[Appended]:
        """Queue one append for the next commit."""
        later: runtime.Later[Appended] = runtime.Later()  # naming the type in the call costs as much as the rest
        self._appends.append((request, later))
        if len(self._appends) >= BATCH:
            await self._commit()
        return later

    async def on_write(
        self, change: Callable[[sqlite3.Connection], Any], by: str = staging.SYSTEM
    ) -> runtime.Later[Any]:
        """Run one change of reference data, after the appends that came before it."""
        await self._commit()
        later = runtime.Later[Any]()
        result = await trio.to_thread.run_sync(self._change, change, by, limiter=self._limiter)
        if isinstance(result, Refused):
            self._noted(result.error)
            later.fail(result.error)
        else:
            answer, recorded = result
            if recorded is not None:
                self._published([recorded])
            later.answer(answer)
        return later

    async def on_settled(self) -> runtime.Later[None]:
        """Answer with the next commit, or at once where nothing waits for one."""
        later = runtime.Later[None]()
        self._settled.append(later)
        return later

    async def on_checkpoint(self) -> None:
        """Record a checkpoint, after the appends that came before it."""
        await self._commit()
        await trio.to_thread.run_sync(self._log.checkpoint, datetime.now(UTC), limiter=self._limiter)

    async def on_probe(self) -> None:
        """Try whether writing works again."""
        result = await trio.to_thread.run_sync(self._change, counters.touch, staging.SYSTEM, limiter=self._limiter)
        if isinstance(result, Refused):
            alarm.after(self, PROBE_SECONDS, Journal.on_probe)
        else:
            self._became(healthy=True)

    async def drained(self) -> None:
        """The mailbox is empty: commit what has gathered, after others have had their turns to add to it."""
        while self._turns < TURNS and (self._appends or self._settled):
            self._turns += 1
            await trio.lowlevel.checkpoint()
            if self.queued:
                return
        await self._commit()

    async def terminate(self, reason: runtime.Reason) -> None:
        """Commit what gathered before the stop was asked for."""
        await self._commit()

    def describe_message(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Without bodies: they may hold what no report should show."""
        if args and isinstance(args[0], Append):
            return f"{method}({', '.join(entry.stream for entry in args[0].entries)})"
        return method

    def status_state(self) -> Any:
        """Without what waits, for the same reason."""
        return {"healthy": self._healthy, "waiting": len(self._appends), "commits": self.commits}

    async def _commit(self) -> None:
        self._turns = 0
        batch, self._appends = self._appends, []
        settled, self._settled = self._settled, []
        if batch:
            await self._store(batch)
        for later in settled:
            later.answer(None)

    async def _store(self, batch: list[tuple[Append, runtime.Later[Appended]]]) -> None:
        requests = [request for request, _ in batch]
        results = await trio.to_thread.run_sync(self._log.append_batch, requests, limiter=self._limiter)
        self.commits += 1
        done = zip(requests, results, strict=True)
        new = [(request, result) for request, result in done if isinstance(result, Appended) and not result.duplicate]
        if new:
            self._published(new)
        for (_, later), result in zip(batch, results, strict=True):
            if isinstance(result, Appended):
                later.answer(result)
            else:
                self._noted(result)
                later.fail(result)

    def _change(self, change: Callable[[sqlite3.Connection], Any], by: str) -> Any:
        try:
            return self._log.change(change, by)
        except Exception as error:  # noqa: BLE001 - the change is its caller's code, and so is what it raises
            return Refused(error)

    def _noted(self, error: Exception) -> None:
        """A full disk and a commit that failed say that nothing can be stored now; other errors are their callers'."""
        if isinstance(error, (errors.StorageUnavailable, errors.AppendUnknown)):
            self._became(healthy=False)

    def _became(self, *, healthy: bool) -> None:
        if healthy == self._healthy:
            return
        self._healthy = healthy
        logger.log(logging.INFO if healthy else logging.CRITICAL, "journal_writable writable=%s", healthy)
        self._health(healthy)
        if not healthy:
            alarm.after(self, PROBE_SECONDS, Journal.on_probe)
