"""Actors that the tests share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import trio

from actors.runtime import Actor, ChildSpec, Later, Reason, Ref, System


class Refused(Exception):
    """An answer that is an exception."""


class Counter(Actor):
    """Adds; crashes, refuses, waits or ends when told."""

    answers = (Refused,)

    def __init__(self) -> None:
        self.count = 0
        self.pending: dict[str, Later[int]] = {}

    async def on_add(self, amount: int = 1) -> int:
        """The new sum."""
        self.count += amount
        return self.count

    async def on_crash(self, text: str = "boom") -> None:
        """An exception that is no answer."""
        raise ValueError(text)

    async def on_refuse(self) -> None:
        """An exception that is an answer."""
        raise Refused("not today")

    async def on_wait(self, seconds: float) -> int:
        """Keep the mailbox waiting."""
        await trio.sleep(seconds)
        return self.count

    async def on_end(self) -> str:
        """End normally."""
        self.stop()
        return "bye"

    async def on_later(self, key: str = "key", seconds: float | None = None) -> Later[int]:
        """Answered by `on_arrived`."""
        later = Later[int](timeout=seconds, on_end=lambda: self.pending.pop(key, None))
        self.pending[key] = later
        return later

    async def on_arrived(self, key: str, value: int) -> bool:
        """Whether somebody waited for that key."""
        later = self.pending.get(key)
        if later is not None:
            later.answer(value)
        return later is not None


class Diary(Actor):
    """Writes its life into a list: `name init`, `name terminate REASON`."""

    def __init__(self, pages: list[str], stop_seconds: float = 0.0) -> None:
        self.pages = pages
        self.stop_seconds = stop_seconds

    async def init(self) -> None:
        """Written before the start is acknowledged."""
        self.pages.append(f"{self.name} init")

    async def terminate(self, reason: Reason) -> None:
        """Written at the end."""
        await trio.sleep(self.stop_seconds)
        self.pages.append(f"{self.name} terminate {reason.kind}")

    async def on_crash(self) -> None:
        """An exception that is no answer."""
        raise ValueError("boom")

    async def on_end(self) -> None:
        """End normally."""
        self.stop()

    async def on_ping(self) -> str:
        """To see whether it answers."""
        return "pong"


def diaries(pages: list[str], *ids: str, **spec: Any) -> list[ChildSpec[Diary]]:
    """One diary an id, all in the same pages."""
    return [ChildSpec(one, partial(Diary, pages), **spec) for one in ids]


def find(system: System, name: str = "counter") -> Ref[Counter]:
    """The counter of that name, which must be there."""
    ref = system.registry.lookup(name, Counter)
    assert ref is not None
    return ref


def diary(system: System, name: str) -> Ref[Diary]:
    """The diary of that name, which must be there."""
    ref = system.registry.lookup(name, Diary)
    assert ref is not None
    return ref


class Flaky(Actor):
    """Its `init` asks `script` what to do: an exception in it is raised."""

    def __init__(self, script: Callable[[], object]) -> None:
        self.script = script

    async def init(self) -> None:
        """Succeeds or not."""
        self.script()

    async def on_crash(self) -> None:
        """An exception that is no answer."""
        raise ValueError("boom")

    async def on_ping(self) -> str:
        """To see whether it answers."""
        return "pong"


COUNTER = ChildSpec("counter", Counter)
