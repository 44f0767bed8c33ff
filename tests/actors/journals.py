"""A journal of its own for a test, and its commits, which a test can hold or make fail."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import trio

from actors import runtime
from actors.recording import journal
from actors.recording.journal import Journal
from csms.storage import errors
from csms.storage.log import Append, Appended, Log
from tests.actors.node import PATIENCE
from tests.csms.storage.support import append, noted, payloads


class Commits:
    """The log's commits as they are made: their sizes. `hold` keeps them waiting until `go`; one may `crash`."""

    def __init__(self, log: Log, patch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.begun = trio.Event()
        self._crashes = 0
        self._real = log.append_batch
        self._go = threading.Event()
        self._go.set()
        patch.setattr(log, "append_batch", self._commit)

    def hold(self) -> None:
        self._go.clear()

    def go(self) -> None:
        self._go.set()

    def crash(self, number: int) -> None:
        """Fail at the `number`-th commit from the start."""
        self._crashes = number

    def _commit(self, requests: list[Append]) -> object:
        self.sizes.append(len(requests))
        trio.from_thread.run_sync(self.begun.set)
        assert self._go.wait(PATIENCE)
        if len(self.sizes) == self._crashes:
            raise RuntimeError("boom")
        return self._real(requests)


class Running:
    """A journal, and what it told."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.published: list[str] = []
        self.health: list[bool] = []
        self.outcomes: dict[str, Appended | Exception] = {}
        self.system = runtime.System([runtime.ChildSpec("journal", self._made)])

    def _made(self) -> Journal:
        return Journal(self.log, lambda committed: self.published.extend(_texts(committed)), self.health.append)

    @property
    def ref(self) -> runtime.Ref[Journal]:
        found = self.system.registry.lookup("journal", Journal)
        assert found is not None
        return found.within(PATIENCE)

    async def append(self, text: str, stream: str = "a", *, expected: int | None = None, id: bytes = b"") -> Appended:
        """Append a note and wait."""
        return await journal.append(self.ref, append(stream, noted(text), expected=expected, ids=[id] if id else []))

    async def tried(self, text: str, request: Append | None = None) -> None:
        """Append, and keep what came of it."""
        try:
            self.outcomes[text] = await journal.append(self.ref, request or append("a", noted(text)))
        except (runtime.ActorError, errors.StorageError) as error:
            self.outcomes[text] = error

    def send(self, *texts: str) -> None:
        """Append notes in this order, without waiting."""
        for text in texts:
            self.ref.cast(Journal.on_append, append("a", noted(text)))

    def notes(self, stream: str = "a") -> list[str]:
        """What another process can read."""
        with Log.open(self.log.directory, readonly=True) as log:
            return payloads(log, stream)


def _texts(committed: journal.Committed) -> Iterator[str]:
    return (str(getattr(stored.event, "payload", "")) for _, result in committed for stored in result.stored)


@asynccontextmanager
async def running(log: Log) -> AsyncIterator[Running]:
    made = Running(log)
    async with made.system:
        yield made


def readonly(log: Log, *, on: bool) -> None:
    """Make the disk refuse every write, or take them again."""
    log.connection.execute(f"PRAGMA query_only = {'ON' if on else 'OFF'}")


def pause_after_one(ref: runtime.Ref[Journal]) -> None:
    """Let it take one message and stand still before it commits."""

    def tracer(step: runtime.Traced) -> None:
        if step.event == "handled":
            runtime.sys.suspend(ref)

    runtime.sys.trace(ref, tracer)
