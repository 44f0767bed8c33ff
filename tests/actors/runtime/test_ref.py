"""call and cast: what is answered, what fails and how, and that every call ends."""

from __future__ import annotations

import math

import pytest
import trio
import trio.testing

from actors.runtime import (
    Actor,
    ActorCrashed,
    Backoff,
    CallsItself,
    CallTimeout,
    ChildSpec,
    NeverHandled,
    NotRunning,
    OutcomeUnknown,
    Restart,
    System,
)
from tests.actors.runtime.examples import COUNTER, Counter, Refused, find


async def test_a_call_returns_the_answer_of_the_handler() -> None:
    async with System([COUNTER]) as system:
        assert await find(system).call(Counter.on_add, amount=3) == 3
        assert await find(system).call(Counter.on_add) == 4


async def test_a_cast_is_handled_after_what_was_sent_before_it() -> None:
    async with System([COUNTER]) as system:
        for _ in range(5):
            find(system).cast(Counter.on_add, 1)
        assert await find(system).call(Counter.on_add, 0) == 5


async def test_a_declared_exception_is_an_answer_and_the_actor_lives_on() -> None:
    async with System([COUNTER]) as system:
        await find(system).call(Counter.on_add, 7)
        with pytest.raises(Refused, match="not today"):
            await find(system).call(Counter.on_refuse)
        assert await find(system).call(Counter.on_add, 0) == 7


async def test_a_call_fails_at_once_when_the_callee_dies_in_the_middle_of_it() -> None:
    async with System([COUNTER]) as system:
        with pytest.raises(ActorCrashed, match="ValueError: boom") as caught:
            await find(system).within(math.inf).call(Counter.on_crash)
        assert trio.current_time() == 0
        assert isinstance(caught.value, OutcomeUnknown)


async def test_a_call_to_an_actor_that_is_gone_fails_at_once_as_never_handled() -> None:
    async with System([ChildSpec("counter", Counter, restart=Restart.TRANSIENT)]) as system:
        ref = find(system)
        assert await ref.call(Counter.on_end) == "bye"
        await ref.wait_exit()
        with pytest.raises(NotRunning) as caught:
            await ref.call(Counter.on_add)
        assert isinstance(caught.value, NeverHandled)
        with pytest.raises(NotRunning):
            ref.cast(Counter.on_add)


async def test_a_call_without_answer_in_time_ends_with_call_timeout() -> None:
    async with System([COUNTER]) as system:
        with pytest.raises(CallTimeout) as caught:
            await find(system).within(2).call(Counter.on_wait, 60)
        assert trio.current_time() == pytest.approx(2, abs=1 / 32)
        assert isinstance(caught.value, OutcomeUnknown)
        assert caught.value.seconds == 2


async def test_a_call_has_a_deadline_by_default() -> None:
    async with System([COUNTER]) as system:
        with pytest.raises(CallTimeout):
            await find(system).call(Counter.on_wait, 3600)
        assert trio.current_time() < 6


async def test_a_late_answer_is_dropped_and_counted() -> None:
    async with System([COUNTER]) as system:
        with pytest.raises(CallTimeout):
            await find(system).within(1).call(Counter.on_wait, 3)
        await trio.sleep(5)
        assert system.dead_letters.late_answers == 1
        assert await find(system).call(Counter.on_add) == 1


async def test_calls_still_queued_wait_through_a_backoff() -> None:
    spec = ChildSpec("counter", Counter, backoff=Backoff(min=20, jitter=0))
    async with System([spec]) as system, trio.open_nursery() as nursery:
        ref = find(system)
        got: list[int] = []

        async def add() -> None:
            got.append(await ref.within(math.inf).call(Counter.on_add, 1))

        ref.cast(Counter.on_crash)
        nursery.start_soon(add)
        await trio.sleep(10)
        assert (got, ref.alive) == ([], False)
        nursery.start_soon(add)  # a call to an actor that is restarting queues too
        await trio.sleep(11)
        assert sorted(got) == [1, 2]


async def test_a_cancelled_call_leaves_nothing_behind() -> None:
    async with System([COUNTER]) as system:
        with trio.move_on_after(1):
            await find(system).call(Counter.on_wait, 3)
        assert system.timers.pending() == 0
        await trio.sleep(5)
        assert system.dead_letters.late_answers == 1
        assert await find(system).call(Counter.on_add) == 1


async def test_a_message_whose_caller_left_is_still_handled() -> None:
    async with System([COUNTER]) as system:
        find(system).cast(Counter.on_wait, 2)
        with trio.move_on_after(1):
            await find(system).call(Counter.on_add, 5)
        await trio.sleep(3)
        assert await find(system).call(Counter.on_add, 0) == 5


async def test_an_answered_call_leaves_no_deadline_behind() -> None:
    async with System([COUNTER]) as system:
        for _ in range(10):
            await find(system).call(Counter.on_add)
        assert system.timers.pending() == 0


async def test_an_actor_that_calls_itself_is_told_so_instead_of_waiting_for_ever() -> None:
    class Narcissus(Actor):
        answers = (CallsItself,)

        async def on_look(self) -> None:
            await self.ref.within(math.inf).call(Narcissus.on_look)

    async with System([ChildSpec("narcissus", Narcissus)]) as system:
        ref = system.registry.lookup("narcissus", Narcissus)
        assert ref is not None
        with pytest.raises(CallsItself, match="calls itself"):
            await ref.call(Narcissus.on_look)


async def test_a_subclass_answers_with_its_own_handler() -> None:
    class Double(Counter):
        async def on_add(self, amount: int = 1) -> int:
            return await super().on_add(2 * amount)

    async with System([ChildSpec("counter", Double)]) as system:
        assert await find(system).call(Counter.on_add, 2) == 4


async def test_calls_in_the_queue_of_an_actor_that_goes_for_good_were_never_handled() -> None:
    async with System([ChildSpec("counter", Counter, restart=Restart.TEMPORARY)]) as system:
        ref, errors = find(system).within(math.inf), list[Exception]()

        async def add() -> None:
            with pytest.raises(NotRunning) as caught:
                await ref.call(Counter.on_add)
            errors.append(caught.value)

        ref.cast(Counter.on_wait, 1)
        ref.cast(Counter.on_crash)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(add)
            nursery.start_soon(add)
        assert len(errors) == 2
        ref_again = system.registry.lookup("counter")
        assert ref_again is None


async def test_refs_to_the_same_actor_are_equal_whatever_their_deadline() -> None:
    async with System([COUNTER]) as system:
        ref = find(system)
        assert ref.within(3) == ref
        assert len({ref, ref.within(3)}) == 1
        assert ref != object()


# -- Monitors ------------------------------------------------------------------------


async def test_wait_exit_gives_the_reason_of_the_incarnation_that_it_waited_for() -> None:
    async with System([COUNTER]) as system, trio.open_nursery() as nursery:
        ref, reasons = find(system), list[str]()

        async def watch() -> None:
            reasons.append(str(await ref.wait_exit()))

        nursery.start_soon(watch)
        nursery.start_soon(watch)
        await trio.testing.wait_all_tasks_blocked()
        ref.cast(Counter.on_crash, "first")
        ref.cast(Counter.on_crash, "second")
        await trio.testing.wait_all_tasks_blocked()
        assert len(reasons) == 2
        assert all("ValueError: first" in reason for reason in reasons)


async def test_wait_exit_of_an_actor_that_is_gone_returns_its_last_reason() -> None:
    async with System([ChildSpec("counter", Counter, restart=Restart.TEMPORARY)]) as system:
        ref = find(system)
        await ref.call(Counter.on_end)
        await ref.wait_exit()
        assert str(await ref.wait_exit()) == "normal"
