"""Later: an answer that comes after its handler returned, and leaves nothing behind."""

from __future__ import annotations

import math
from functools import partial

import pytest
import trio
import trio.testing

from actors.runtime import Actor, ActorCrashed, CallTimeout, ChildSpec, Later, System, sys
from tests.actors.runtime.examples import COUNTER, Counter, Refused, find


async def test_a_later_is_answered_while_the_mailbox_goes_on() -> None:
    async with System([COUNTER]) as system, trio.open_nursery() as nursery:
        ref, got = find(system), list[int]()

        async def ask() -> None:
            got.append(await ref.call(Counter.on_later))

        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        assert await ref.call(Counter.on_add) == 1
        assert await ref.call(Counter.on_arrived, "key", 42)
        await trio.testing.wait_all_tasks_blocked()
        assert got == [42]
        assert not await ref.call(Counter.on_arrived, "key", 43)


async def test_a_timed_out_later_leaves_no_slot_behind() -> None:
    async with System([COUNTER]) as system:
        with pytest.raises(CallTimeout):
            await find(system).within(math.inf).call(Counter.on_later, seconds=30)
        assert trio.current_time() == pytest.approx(30, abs=1 / 32)
        assert sys.statistics(find(system))["later"] == 0
        assert not await find(system).call(Counter.on_arrived, "key", 1)


async def test_a_later_without_timeout_ends_with_the_deadline_of_its_caller() -> None:
    async with System([COUNTER]) as system:
        with pytest.raises(CallTimeout):
            await find(system).within(3).call(Counter.on_later)
        assert not await find(system).call(Counter.on_arrived, "key", 1)
        assert sys.statistics(find(system))["later"] == 0


async def test_a_later_without_timeout_ends_when_its_caller_is_cancelled() -> None:
    async with System([COUNTER]) as system:
        with trio.move_on_after(1):
            await find(system).within(math.inf).call(Counter.on_later)
        assert not await find(system).call(Counter.on_arrived, "key", 1)
        assert system.dead_letters.late_answers == 0


async def test_a_later_with_a_timeout_outlives_its_caller() -> None:
    async with System([COUNTER]) as system:
        with trio.move_on_after(1):
            await find(system).call(Counter.on_later, seconds=30)
        assert await find(system).call(Counter.on_arrived, "key", 1)
        assert system.dead_letters.late_answers == 1


async def test_a_later_of_a_cast_ends_by_its_own_timeout() -> None:
    async with System([COUNTER]) as system:
        find(system).cast(Counter.on_later, seconds=10)
        await trio.sleep(9)
        assert sys.statistics(find(system))["later"] == 1
        await trio.sleep(2)
        assert sys.statistics(find(system))["later"] == 0
        assert system.dead_letters.late_answers == 0


async def test_a_later_that_times_out_when_nobody_waits_is_no_late_answer() -> None:
    async with System([COUNTER]) as system:
        with trio.move_on_after(1):
            await find(system).call(Counter.on_later, seconds=30)
        await trio.sleep(31)
        assert sys.statistics(find(system))["later"] == 0
        assert system.dead_letters.late_answers == 0


async def test_a_later_of_a_cast_without_timeout_ends_at_once() -> None:
    async with System([COUNTER]) as system:
        find(system).cast(Counter.on_later)
        assert not await find(system).call(Counter.on_arrived, "key", 1)


async def test_an_answered_later_leaves_no_deadline_behind() -> None:
    async with System([COUNTER]) as system, trio.open_nursery() as nursery:
        nursery.start_soon(partial(find(system).call, Counter.on_later, seconds=30))
        await trio.testing.wait_all_tasks_blocked()
        assert system.timers.pending() == 2  # the call's and its own
        assert await find(system).call(Counter.on_arrived, "key", 1)
        assert system.timers.pending() == 0


async def test_the_callers_of_open_laters_hear_of_a_crash_at_once() -> None:
    async with System([COUNTER]) as system, trio.open_nursery() as nursery:
        ref = find(system).within(math.inf)

        async def ask() -> None:
            with pytest.raises(ActorCrashed):
                await ref.call(Counter.on_later)

        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        ref.cast(Counter.on_crash)


async def test_a_later_may_be_answered_before_its_handler_returns() -> None:
    class Quick(Actor):
        async def on_ask(self) -> Later[str]:
            later = Later[str](timeout=5)
            later.answer("here")
            later.answer("again")
            return later

    async with System([ChildSpec("quick", Quick)]) as system:
        ref = system.registry.lookup("quick", Quick)
        assert ref is not None
        assert await ref.call(Quick.on_ask) == "here"
        assert system.timers.pending() == 0


async def test_a_later_can_fail_with_an_answer() -> None:
    class Slow(Actor):
        def __init__(self) -> None:
            self.later = Later[int]()

        async def on_ask(self) -> Later[int]:
            return self.later

        async def on_refuse(self) -> None:
            self.later.fail(Refused("no"))

    async with System([ChildSpec("slow", Slow)]) as system, trio.open_nursery() as nursery:
        ref = system.registry.lookup("slow", Slow)
        assert ref is not None

        async def ask() -> None:
            with pytest.raises(Refused):
                await ref.call(Slow.on_ask)

        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        await ref.call(Slow.on_refuse)
