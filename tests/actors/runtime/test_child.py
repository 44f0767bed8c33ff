"""Containment: what happens in a child stays in its task, whatever it is."""

from __future__ import annotations

import contextvars
import gc
import weakref
from functools import partial

import pytest
import trio
import trio.testing

from actors.runtime import (
    Actor,
    ActorCrashed,
    ChildSpec,
    ChildType,
    CrashReport,
    DynamicSupervisor,
    NotRunning,
    Restart,
    StartFailed,
    System,
    Task,
    sys,
)
from tests.actors.runtime.conftest import run_in_virtual_time
from tests.actors.runtime.examples import COUNTER, Counter, diaries, diary, find

QUIET = trio.testing.wait_all_tasks_blocked


async def test_an_exception_never_leaves_its_task_and_cancels_no_sibling() -> None:
    pages: list[str] = []
    async with System([COUNTER, *diaries(pages, "a", "b")]) as system:
        find(system).cast(Counter.on_crash)
        await QUIET()
        assert pages == ["a init", "b init"]
        assert diary(system, "a").alive


async def test_the_error_half_of_a_group_mixed_with_cancelled_is_contained_too() -> None:
    reports: list[CrashReport] = []

    async def mixed(task: Task) -> None:
        async def fail_when_cancelled() -> None:
            try:
                await trio.sleep_forever()
            finally:
                raise ValueError("while being cancelled")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(fail_when_cancelled)
            nursery.start_soon(trio.sleep_forever)
            task.started()

    async with System([ChildSpec("mixed", partial(Task, mixed), shutdown=0)], on_crash=reports.append):
        pass
    assert [str(report.reason).split(" (")[0] for report in reports] == ["crashed: ValueError: while being cancelled"]


async def test_keyboard_interrupt_goes_through_and_takes_the_system_down() -> None:
    async def interrupted(task: Task) -> None:
        task.started()
        await trio.sleep(1)
        raise KeyboardInterrupt

    pages: list[str] = []
    reports: list[CrashReport] = []
    with pytest.raises(BaseExceptionGroup) as caught:
        specs = [*diaries(pages, "a"), ChildSpec("task", partial(Task, interrupted))]
        async with System(specs, on_crash=reports.append):
            await trio.sleep_forever()
    assert [(report.name, report.decision) for report in reports if report.name] == [("task", "stopped")]
    assert caught.group_contains(KeyboardInterrupt)
    assert pages == ["a init", "a terminate shutdown"]


async def test_the_starter_going_away_does_not_take_the_child_along(
    dynamic: DynamicSupervisor, group: ChildSpec[DynamicSupervisor]
) -> None:
    async with System([group]):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(dynamic.start_child, COUNTER)
            await QUIET()
            nursery.cancel_scope.cancel()
        assert (await dynamic.ensure_child(COUNTER)).alive


async def test_a_stop_during_init_waits_no_longer_than_the_grace(
    dynamic: DynamicSupervisor, group: ChildSpec[DynamicSupervisor]
) -> None:
    class Slow(Actor):
        async def init(self) -> None:
            await trio.sleep(50)

    async with System([group]), trio.open_nursery() as nursery:

        async def start() -> None:
            with pytest.raises(StartFailed):
                await dynamic.start_child(ChildSpec("slow", Slow, shutdown=3, init_timeout=100))

        nursery.start_soon(start)
        await trio.sleep(1)
        await dynamic.stop_child("slow")
        assert trio.current_time() == 4


async def test_a_stop_before_the_first_step_of_the_task_is_heeded(
    dynamic: DynamicSupervisor, group: ChildSpec[DynamicSupervisor]
) -> None:
    async def polite(task: Task) -> None:
        task.started()
        await task.stopping.wait()

    async with System([group]):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(dynamic.start_child, ChildSpec("polite", partial(Task, polite), shutdown=60))
            while "polite" not in dynamic.children:
                await trio.lowlevel.checkpoint()
            await dynamic.stop_child("polite")
        assert trio.current_time() == 0


async def test_a_child_does_not_inherit_the_context_of_whoever_happened_to_start_it(
    dynamic: DynamicSupervisor, group: ChildSpec[DynamicSupervisor]
) -> None:
    request = contextvars.ContextVar("request", default="none")

    class Asked(Actor):
        async def on_context(self) -> str:
            return request.get()

    async with System([group]):
        request.set("GET /")
        ref = await dynamic.start_child(ChildSpec("asked", Asked))
        assert await ref.call(Asked.on_context) == "none"


async def test_a_dead_actor_is_not_kept_in_memory() -> None:
    class Heavy(Actor):
        async def on_crash(self) -> None:
            raise ValueError("boom")

        async def on_self(self) -> weakref.ref[Heavy]:
            return weakref.ref(self)

    async with System([ChildSpec("heavy", Heavy)]) as system:
        ref = system.registry.lookup("heavy", Heavy)
        assert ref is not None
        first = await ref.call(Heavy.on_self)
        ref.cast(Heavy.on_crash)
        await QUIET()
        gc.collect()
        assert first() is None


async def test_a_handler_that_is_cancelled_from_within_is_a_crash_of_nobody_else() -> None:
    class Scoped(Actor):
        async def on_scoped(self) -> bool:
            with trio.move_on_after(1) as scope:
                await trio.sleep_forever()
            return scope.cancelled_caught

    async with System([ChildSpec("scoped", Scoped)]) as system:
        ref = system.registry.lookup("scoped", Scoped)
        assert ref is not None
        assert await ref.call(Scoped.on_scoped)


async def test_the_name_is_free_before_anybody_can_see_that_the_child_is_gone() -> None:
    async with System([ChildSpec("counter", Counter, Restart.TEMPORARY)]) as system:
        ref = find(system)
        seen: list[bool] = []

        async def watch() -> None:
            await ref.wait_exit()
            seen.append("counter" in system.registry)

        async def ask() -> None:
            with pytest.raises((ActorCrashed, NotRunning)):
                await ref.call(Counter.on_wait, 5)
            seen.append("counter" in system.registry)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch)
            await QUIET()
            ref.cast(Counter.on_end)
            nursery.start_soon(ask)
        assert seen == [False, False]


def test_an_interrupt_in_a_handler_ends_the_run() -> None:
    class Interrupted(Actor):
        async def on_interrupt(self) -> None:
            raise KeyboardInterrupt

    async def main() -> None:
        async with System([ChildSpec("interrupted", Interrupted)]) as system:
            ref = system.registry.lookup("interrupted", Interrupted)
            assert ref is not None
            ref.cast(Interrupted.on_interrupt)
            await trio.sleep_forever()

    with pytest.raises(BaseExceptionGroup) as caught:
        run_in_virtual_time(main)
    assert caught.group_contains(KeyboardInterrupt)


# -- When it is gone ---------------------------------------------------------------------------------------------------


def inside(supervisor: DynamicSupervisor) -> list[ChildSpec[DynamicSupervisor]]:
    return [ChildSpec("group", lambda: supervisor, type=ChildType.SUPERVISOR)]


@pytest.mark.parametrize("restart", [Restart.TRANSIENT, Restart.TEMPORARY])
async def test_nothing_is_left_of_a_child_that_is_gone_even_if_garbage_is_never_collected(
    dynamic: DynamicSupervisor, restart: Restart, no_collector: None
) -> None:
    def start() -> Counter:
        return Counter()

    async with System(inside(dynamic)):
        spec = ChildSpec("child", start, restart=restart)
        ref = await dynamic.start_child(spec)
        await ref.call(Counter.on_add)
        if restart is Restart.TRANSIENT:
            await dynamic.stop_child("child")
        else:
            ref.cast(Counter.on_crash)
            await ref.wait_exit()
        await QUIET()
        with pytest.raises(NotRunning):
            await ref.call(Counter.on_add)
        assert sys.status(ref)["state"] == "stopped"
        left = weakref.ref(start)
        del start, spec, ref
        assert left() is None


async def test_nothing_is_left_of_a_parked_child_that_was_removed(no_collector: None) -> None:
    def start() -> Counter:
        raise ValueError("broken")

    dynamic = DynamicSupervisor(park_after=1)
    async with System(inside(dynamic)):
        with pytest.raises(StartFailed):
            await dynamic.start_child(ChildSpec("child", start))
        await dynamic.stop_child("child")
        left = weakref.ref(start)
        del start
        assert left() is None
