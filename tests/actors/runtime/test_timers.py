"""Bucketed deadlines: never early, at most a tick late, in order, contained."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import trio

from actors.runtime import Timers
from actors.runtime.timers import TICKS


class Entry:
    """Calls back."""

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback = callback

    def expire(self) -> None:
        self.callback()


@asynccontextmanager
async def running() -> AsyncIterator[Timers]:
    timers = Timers()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(timers.run)
        yield timers
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("seconds", [0, 0.001, 1 / TICKS, 0.5, 3, 1000.3])
async def test_an_entry_expires_never_early_and_at_most_a_tick_late(seconds: float) -> None:
    async with running() as timers:
        at: list[float] = []
        timers.add(seconds, Entry(lambda: at.append(trio.current_time())))
        await trio.sleep(seconds + 1)
        assert seconds <= at[0] <= seconds + 1 / TICKS


async def test_an_earlier_entry_that_comes_later_is_not_kept_waiting() -> None:
    async with running() as timers:
        seen: list[str] = []
        timers.add(100, Entry(lambda: seen.append("late")))
        await trio.sleep(1)
        timers.add(1, Entry(lambda: seen.append("early")))
        await trio.sleep(2)
        assert seen == ["early"]
        await trio.sleep(100)
        assert seen == ["early", "late"]


async def test_entries_of_one_tick_expire_in_the_order_they_came() -> None:
    async with running() as timers:
        seen: list[int] = []
        for number in range(20):
            timers.add(1, Entry(lambda number=number: seen.append(number)))  # type: ignore[misc]
        await trio.sleep(2)
        assert seen == list(range(20))


async def test_a_discarded_entry_never_expires_even_in_the_same_tick() -> None:
    async with running() as timers:
        seen: list[str] = []
        second = Entry(lambda: seen.append("second"))
        timers.add(1, Entry(lambda: timers.discard(key, second)))
        key = timers.add(1, second)
        await trio.sleep(2)
        assert seen == []
        assert timers.pending() == 0
        timers.discard(key, second)  # again is no error


async def test_an_entry_that_raises_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise ValueError("no")

    async with running() as timers:
        seen: list[str] = []
        timers.add(1, Entry(broken))
        timers.add(1, Entry(lambda: seen.append("mine")))
        timers.add(2, Entry(lambda: seen.append("later")))
        await trio.sleep(3)
        assert seen == ["mine", "later"]
    assert "timers.expire_failed" in caplog.text


async def test_an_entry_may_add_itself_again() -> None:
    async with running() as timers:
        at: list[float] = []

        def again() -> None:
            at.append(trio.current_time())
            timers.add(1, entry)

        entry = Entry(again)
        timers.add(1, entry)
        await trio.sleep(3.5)
        assert len(at) == 3


async def test_what_was_to_expire_in_a_day_and_is_discarded_leaves_nothing_until_then() -> None:
    async with running() as timers:
        kept = Entry(lambda: None)
        timers.add(3600, kept)
        for _ in range(1000):
            entry = Entry(lambda: None)
            timers.discard(timers.add(86_400, entry), entry)
            await trio.sleep(0.1)
        assert timers.pending() == 1
        assert len(timers._buckets) + len(timers._keys) < 200


async def test_an_entry_expires_in_a_bucket_that_was_left_and_taken_again() -> None:
    async with running() as timers:
        seen: list[str] = []
        timers.add(1, Entry(lambda: seen.append("near")))
        for name in ("first", "second"):
            entry = Entry(lambda name=name: seen.append(name))  # type: ignore[misc]
            key = timers.add(1000, entry)
            if name == "first":
                timers.discard(key, entry)
        await trio.sleep(1001)
        assert seen == ["near", "second"]
