"""Stopping: in reverse order, with a grace for each child, and then cancelled."""

from __future__ import annotations

from functools import partial

import pytest
import trio
import trio.testing

from actors.runtime import ActorCrashed, Backoff, ChildSpec, ChildType, NotRunning, Ref, Supervisor, System, Task
from tests.actors.runtime.examples import COUNTER, Counter, Diary, diaries, diary, find

QUIET = trio.testing.wait_all_tasks_blocked


async def test_children_start_in_order_and_stop_in_reverse() -> None:
    pages: list[str] = []
    inner = ChildSpec("inner", partial(Supervisor, diaries(pages, "x", "y")), type=ChildType.SUPERVISOR)
    async with System([*diaries(pages, "a"), inner, *diaries(pages, "b")]):
        assert pages == ["a init", "inner/x init", "inner/y init", "b init"]
        pages.clear()
    order = [page.split()[0] for page in pages]
    assert order == ["b", "inner/y", "inner/x", "a"]


async def test_a_child_has_its_grace_and_is_then_cancelled() -> None:
    pages: list[str] = []
    specs = [
        ChildSpec("patient", partial(Diary, pages, stop_seconds=9), shutdown=10),
        ChildSpec("late", partial(Diary, pages, stop_seconds=9), shutdown=2),
    ]
    async with System(specs):
        pages.clear()
    assert pages == ["patient terminate shutdown"]
    assert trio.current_time() == 2 + 9


async def test_being_asked_to_stop_does_not_lengthen_an_end_under_way() -> None:
    spec = ChildSpec("slow", partial(Diary, [], stop_seconds=1000), shutdown=10)
    async with System([spec]) as system:
        diary(system, "slow").cast(Diary.on_end)
        await trio.sleep(8)
    assert trio.current_time() == 10


async def test_the_message_in_hand_is_finished_and_answered_within_the_grace() -> None:
    answers: list[int] = []
    async with trio.open_nursery() as nursery:
        async with System([COUNTER]) as system:

            async def ask(counter: Ref[Counter]) -> None:
                answers.append(await counter.call(Counter.on_wait, 3))

            nursery.start_soon(ask, find(system))
            await QUIET()
    assert answers == [0]


async def test_a_handler_that_outlives_the_grace_fails_its_caller() -> None:
    async with trio.open_nursery() as nursery:
        async with System([ChildSpec("counter", Counter, shutdown=2)]) as system:

            async def ask(counter: Ref[Counter]) -> None:
                with pytest.raises(ActorCrashed, match="grace of 2 s"):
                    await counter.call(Counter.on_wait, 1000)

            nursery.start_soon(ask, find(system))
            await QUIET()


async def test_an_actor_that_is_asked_to_stop_refuses_new_messages_at_once() -> None:
    async with trio.open_nursery() as nursery:
        async with System([COUNTER]) as system:
            ref = find(system)
            ref.cast(Counter.on_wait, 4)

            async def ask_while_it_stops() -> None:
                await trio.sleep(1)
                with pytest.raises(NotRunning, match="shutdown"):
                    await ref.call(Counter.on_add)
                assert trio.current_time() == 1

            nursery.start_soon(ask_while_it_stops)
            await QUIET()


async def test_stopping_a_supervisor_that_still_starts_stops_what_it_has_started() -> None:
    pages: list[str] = []

    async def never(task: Task) -> None:
        await trio.sleep_forever()

    specs = [*diaries(pages, "a"), ChildSpec("never", partial(Task, never), shutdown=0, init_timeout=100)]
    with trio.move_on_after(5):
        async with System(specs):
            pytest.fail("it did not start")
    assert pages == ["a init", "a terminate shutdown"]
    assert trio.current_time() == 5


async def test_a_supervisor_keeps_no_child_that_waits_for_a_restart() -> None:
    async with System([ChildSpec("counter", Counter, backoff=Backoff(min=100))]) as system:
        ref = find(system)
        ref.cast(Counter.on_crash)
        await QUIET()
    with pytest.raises(NotRunning):
        await ref.call(Counter.on_add)
    assert "counter" not in system.registry
