"""Follower: acts on what the log says, each event at least once, whatever crashes in between.

A follower keeps a cursor in the database: what it did up to there is done. Events that came while it was down are acted
on when it is back, so nothing needs an outbox of its own. Acting must therefore be harmless to repeat: by event ids,
unique keys or idempotency keys. What fails is held back, alerted and tried again now and then, and nobody waits for it.
"""

from __future__ import annotations

import logging
import math
import sqlite3
from collections.abc import Awaitable, Callable, Collection
from typing import NamedTuple

import trio

from actors import alerts, runtime
from actors.recording import journal
from actors.services import Services
from csms.storage import codec, errors, reader, verify
from csms.storage.records import Stored
from csms.storage.reference import cursors

PAUSE_SECONDS = 0.1
"""How long news gather before they are looked at together."""
AGAIN_SECONDS = 60.0
"""How often what was held back is tried again."""
WINDOW = 20_000
"""Positions that are looked through at a time."""
NOTED_EVERY = 10_000
"""Positions without anything of interest after which the cursor is stored all the same."""

logger = logging.getLogger(__name__)

Act = Callable[[Stored], Awaitable[None]]


class Looked(NamedTuple):
    """Events of interest up to position `until`; `more`: the log goes on behind it."""

    found: list[Stored]
    until: int
    more: bool


class Follower:
    """Calls `act` with every event of `types`, in the order of the log; `serve` is the body of a supervised task."""

    def __init__(self, services: Services, name: str, types: Collection[str], act: Act) -> None:
        self._services = services
        self.name = name
        self._types = frozenset(types)
        self._act = act
        self._at = 0
        self._stored_at = 0
        self._reason = ""

    async def serve(self, task: runtime.Task) -> None:
        """Follow for ever; a new follower begins with the oldest event."""
        known: int | None = await self._services.readers.read(cursors.get, self.name)
        self._at = self._stored_at = known or 0
        task.started()
        seen, tried_at = -1, -math.inf
        while True:
            if trio.current_time() - tried_at >= AGAIN_SECONDS:
                tried_at = trio.current_time()
                await self._again()
                await self._advance(self._at, acted=self._at > self._stored_at)
            if self._services.news.count != seen:
                seen = self._services.news.count
                await self.catch_up()
                await trio.sleep(PAUSE_SECONDS)
                continue
            with trio.move_on_after(max(0.0, AGAIN_SECONDS - (trio.current_time() - tried_at))):
                await self._services.news.since(seen)

    async def catch_up(self) -> None:
        """Act on everything that is there now."""
        more = True
        while more:
            found, until, more = await self._services.readers.read(_look, self._types, self._at)
            for stored in found:
                if not await self._tried(stored):
                    await self._hold_back(stored)
            await self._advance(until, acted=bool(found))

    async def _tried(self, stored: Stored) -> bool:
        """Whether acting went well; what the disk does not allow now ends this task, which comes back."""
        try:
            await self._act(stored)
        except (errors.StorageUnavailable, errors.AppendUnknown, runtime.ActorError):
            raise
        except Exception as error:  # containment: one event must not keep all later ones waiting
            logger.exception("follower_failed follower=%s seq=%d type=%s", self.name, stored.seq, stored.type)
            self._reason = f"{type(error).__name__}: {error}"[:500]
            return False
        return True

    async def _hold_back(self, stored: Stored) -> None:
        since = codec.milliseconds(self._services.now())
        write, reason = self._services.journal, self._reason
        await journal.write(write, cursors.hold_back, self.name, stored.seq, reason, since)
        detail = f"{stored.type} at {stored.seq}: {reason}; it is tried again every {AGAIN_SECONDS:.0f} s"
        alerts.raise_alert(self._services.registry, "held_back", self.name, detail)

    async def _again(self) -> None:
        for waiting in await self._services.readers.read(cursors.held, self.name):
            stored = await self._services.readers.read(_one, waiting.seq)
            if stored is None or await self._tried(stored):
                await journal.write(self._services.journal, cursors.release, self.name, waiting.seq)
            else:
                await self._hold_back(stored)

    async def _advance(self, until: int, *, acted: bool) -> None:
        self._at = until
        if acted or until - self._stored_at >= NOTED_EVERY:
            await journal.write(self._services.journal, cursors.advance, self.name, until)
            self._stored_at = until


def _look(conn: sqlite3.Connection, types: Collection[str], after: int) -> Looked:
    source = reader.Reader(conn, snapshot=True)
    with source.consistent():
        end = verify.last_seq(conn)
        until = min(end, after + WINDOW)
        return Looked(source.of_types(types, after, until), until, until < end)


def _one(conn: sqlite3.Connection, seq: int) -> Stored | None:
    return reader.Reader(conn, snapshot=True).one(seq)
