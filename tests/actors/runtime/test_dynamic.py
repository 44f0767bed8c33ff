"""Dynamic supervisors: children that come and go, each on its own account; parking instead of escalation."""

from __future__ import annotations

import itertools
import math
from functools import partial
from typing import Any

import pytest
import trio
import trio.testing

from actors.runtime import (
    Actor,
    ActorCrashed,
    AlreadyStarted,
    Backoff,
    ChildSpec,
    ChildType,
    DynamicSupervisor,
    NameTaken,
    NotRunning,
    Parked,
    Reason,
    Restart,
    StartFailed,
    Strategy,
    Supervisor,
    System,
    Task,
    TooManyChildren,
    UnknownChild,
)
from tests.actors.runtime.examples import COUNTER, Counter, Diary, Flaky, diaries

QUIET = trio.testing.wait_all_tasks_blocked
EVERY_SECOND = Backoff(min=1, max=1, jitter=0)


def run(supervisor: DynamicSupervisor) -> list[ChildSpec[Any]]:
    return [ChildSpec("group", lambda: supervisor, type=ChildType.SUPERVISOR)]


def row(system: System, child_id: str) -> dict[str, Any]:
    (group,) = system.snapshot()["children"]
    return next(child for child in group["children"] if child["id"] == child_id)


async def test_a_started_child_answers_and_has_a_name(dynamic: DynamicSupervisor) -> None:
    async with System(run(dynamic)) as system:
        ref = await dynamic.start_child(COUNTER)
        assert await ref.call(Counter.on_add) == 1
        assert ref.name == "group/counter"
        assert system.registry.lookup("group/counter", Counter) == ref


async def test_an_id_is_started_once(dynamic: DynamicSupervisor) -> None:
    async with System(run(dynamic)):
        ref = await dynamic.start_child(COUNTER)
        with pytest.raises(AlreadyStarted) as caught:
            await dynamic.start_child(COUNTER)
        assert caught.value.ref == ref
        assert await dynamic.ensure_child(COUNTER) == ref


async def test_ensure_child_starts_one_actor_for_many_callers() -> None:
    starts = itertools.count()

    class Slow(Counter):
        async def init(self) -> None:
            next(starts)
            await trio.sleep(1)

    dynamic = DynamicSupervisor()
    refs: set[object] = set()
    async with System(run(dynamic)):

        async def ensure() -> None:
            refs.add(await dynamic.ensure_child(ChildSpec("slow", Slow)))

        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(ensure)
        assert trio.current_time() == 1
    assert (len(refs), next(starts)) == (1, 1)


async def test_ensure_child_waits_for_one_that_is_ending_and_starts_it_anew(dynamic: DynamicSupervisor) -> None:
    pages: list[str] = []
    spec = ChildSpec("a", partial(Diary, pages, stop_seconds=2), Restart.TRANSIENT)
    async with System(run(dynamic)):
        old = await dynamic.start_child(spec)
        await old.call(Diary.on_end)
        new = await dynamic.ensure_child(spec)
        assert pages == ["group/a init", "group/a terminate normal", "group/a init"]
        assert await new.call(Diary.on_ping) == "pong"
        assert new != old


async def test_max_children_is_a_limit(dynamic: DynamicSupervisor) -> None:
    dynamic.max_children = 1
    async with System(run(dynamic)):
        await dynamic.start_child(ChildSpec("a", Counter))
        with pytest.raises(TooManyChildren, match="max_children"):
            await dynamic.start_child(ChildSpec("b", Counter))
        await dynamic.stop_child("a")
        await dynamic.start_child(ChildSpec("b", Counter))


async def test_stop_child_waits_until_it_has_ended(dynamic: DynamicSupervisor) -> None:
    pages: list[str] = []
    async with System(run(dynamic)) as system:
        ref = await dynamic.start_child(ChildSpec("a", partial(Diary, pages, stop_seconds=2)))
        await dynamic.stop_child("a")
        assert pages[-1] == "group/a terminate shutdown"
        assert "group/a" not in system.registry
        assert not ref.alive
        with pytest.raises(UnknownChild):
            await dynamic.stop_child("a")


async def test_a_supervisor_that_does_not_run_starts_nothing() -> None:
    with pytest.raises(NotRunning):
        await DynamicSupervisor().start_child(COUNTER)


async def test_a_cancelled_starter_does_not_stop_the_child() -> None:
    async def slow(task: Task) -> None:
        await trio.sleep(5)
        task.started()
        await trio.sleep_forever()

    dynamic = DynamicSupervisor()
    async with System(run(dynamic)) as system:
        with trio.move_on_after(1):
            await dynamic.start_child(ChildSpec("slow", partial(Task, slow), shutdown=0))
        assert row(system, "slow")["state"] == "starting"
        await trio.sleep(5)
        assert row(system, "slow")["state"] == "running"


# -- Restarts ------------------------------------------------------------------------


async def test_a_child_backs_off_longer_with_each_failure_in_a_row() -> None:
    times: list[float] = []
    dynamic = DynamicSupervisor(backoff=Backoff(min=1, max=5, jitter=0), park_after=100)
    spec = ChildSpec("flaky", partial(Flaky, lambda: times.append(trio.current_time())))
    async with System(run(dynamic)):
        ref = await dynamic.start_child(spec)
        for _ in range(5):
            with pytest.raises(ActorCrashed):
                await ref.within(math.inf).call(Flaky.on_crash)
        await trio.sleep(10)
    assert times == [0, 1, 3, 7, 12, 17]


async def test_a_child_that_ran_long_enough_begins_anew() -> None:
    times: list[float] = []
    dynamic = DynamicSupervisor(backoff=Backoff(min=1, max=64, jitter=0, reset_after=60), park_after=3)
    async with System(run(dynamic)):
        ref = await dynamic.start_child(ChildSpec("flaky", partial(Flaky, lambda: times.append(trio.current_time()))))
        for _ in range(10):
            await trio.sleep(100)
            ref.cast(Flaky.on_crash)
        await trio.sleep(10)
        assert ref.alive
    assert [time % 100 for time in times] == [0, *[1] * 10]


async def test_jitter_spreads_restarts_but_never_shortens_the_pause() -> None:
    times: list[float] = []
    dynamic = DynamicSupervisor(backoff=Backoff(min=10, jitter=0.5))
    async with System(run(dynamic)):
        for number in range(50):
            script = partial(_note_second_start, times, itertools.count())
            ref = await dynamic.start_child(ChildSpec(str(number), partial(Flaky, script)))
            ref.cast(Flaky.on_crash)
        await trio.sleep(20)
    assert len(set(times)) == 50
    assert 10 <= min(times) < max(times) <= 15


def _note_second_start(times: list[float], count: itertools.count[int]) -> None:
    if next(count) == 1:
        times.append(trio.current_time())


async def test_one_bad_child_is_parked_and_its_siblings_notice_nothing() -> None:
    parked: list[tuple[str, str]] = []

    def on_parked(child_id: str, reason: Reason) -> None:
        parked.append((child_id, str(reason)))

    dynamic = DynamicSupervisor(backoff=EVERY_SECOND, park_after=3, on_parked=on_parked)
    async with System(run(dynamic)) as system:
        good = await dynamic.start_child(ChildSpec("good", Counter))
        bad = await dynamic.start_child(ChildSpec("bad", Counter))
        for _ in range(3):
            with pytest.raises(ActorCrashed):
                await bad.within(math.inf).call(Counter.on_crash)
        with pytest.raises(Parked, match="boom"):
            await bad.call(Counter.on_add)
        assert [child for child, _ in parked] == ["bad"]
        assert "boom" in parked[0][1]
        assert row(system, "bad")["state"] == "parked"
        assert await good.call(Counter.on_add) == 1
        assert system.snapshot()["children"][0]["restarts"] == 0


async def test_parking_is_by_failures_in_a_row_since_with_backoff_no_intensity_would_ever_trip() -> None:
    dynamic = DynamicSupervisor(backoff=Backoff(min=1, max=30, jitter=0), park_after=4)
    starts = itertools.count()

    def script() -> None:
        next(starts)
        raise ValueError("its log does not fold")

    async with System(run(dynamic)) as system:
        with pytest.raises(StartFailed):
            await dynamic.start_child(ChildSpec("bad", partial(Flaky, script)))
        await trio.sleep(3600)
        assert row(system, "bad")["state"] == "parked"
        assert next(starts) == 4


async def test_a_failed_first_start_goes_to_the_waiter_and_the_child_is_tried_again() -> None:
    attempts = itertools.count(1)

    def script() -> None:
        if next(attempts) == 1:
            raise OSError("not yet")

    dynamic = DynamicSupervisor(backoff=EVERY_SECOND)
    spec = ChildSpec("flaky", partial(Flaky, script))
    async with System(run(dynamic)):
        with pytest.raises(StartFailed, match="not yet") as caught:
            await dynamic.start_child(spec)
        assert isinstance(caught.value.__cause__, OSError)
        ref = await dynamic.ensure_child(spec)
        assert await ref.call(Flaky.on_ping) == "pong"  # queued through the backoff
        assert trio.current_time() == 1


async def test_a_temporary_child_that_cannot_start_is_gone(dynamic: DynamicSupervisor) -> None:
    def script() -> None:
        raise OSError("never")

    async with System(run(dynamic)) as system:
        with pytest.raises(StartFailed):
            await dynamic.start_child(ChildSpec("flaky", partial(Flaky, script), Restart.TEMPORARY))
        assert dynamic.children == {}
        assert "group/flaky" not in system.registry


async def test_a_parked_child_can_be_started_by_hand_with_a_clean_count() -> None:
    broken = True

    def script() -> None:
        if broken:
            raise ValueError("broken")

    dynamic = DynamicSupervisor(backoff=EVERY_SECOND, park_after=2)
    spec = ChildSpec("flaky", partial(Flaky, script))
    async with System(run(dynamic)) as system:
        with pytest.raises(StartFailed):
            await dynamic.start_child(spec)
        await trio.sleep(5)
        with pytest.raises(Parked):
            await dynamic.ensure_child(spec)
        with pytest.raises(StartFailed):
            await dynamic.restart_child("flaky")
        assert row(system, "flaky")["state"] == "restarting"
        broken = False
        await dynamic.restart_child("flaky")
        ref = system.registry.lookup("group/flaky", Flaky)
        assert ref is not None
        assert await ref.call(Flaky.on_ping) == "pong"


async def test_a_start_by_hand_makes_the_old_due_time_void() -> None:
    dynamic = DynamicSupervisor(backoff=Backoff(min=10, jitter=0))
    async with System(run(dynamic)):
        ref = await dynamic.start_child(COUNTER)
        ref.cast(Counter.on_crash)  # due at 10
        await trio.sleep(1)
        await dynamic.restart_child("counter")
        await trio.sleep(1)
        ref.cast(Counter.on_crash)  # due at 12
        await trio.sleep(9)
        assert not ref.alive
        await trio.sleep(2)
        assert ref.alive


async def test_a_child_whose_name_is_taken_never_was(dynamic: DynamicSupervisor) -> None:
    async with System([COUNTER, *run(dynamic)]) as system:
        counter = system.registry.lookup("counter")
        assert counter is not None
        system.registry.register("group/counter", counter)
        with pytest.raises(NameTaken):
            await dynamic.start_child(COUNTER)
        assert dynamic.children == {}


@pytest.mark.parametrize("park_after", [1, 100])
async def test_a_parked_or_waiting_child_can_be_removed(park_after: int) -> None:
    dynamic = DynamicSupervisor(backoff=Backoff(min=100), park_after=park_after)
    async with System(run(dynamic)) as system:
        ref = await dynamic.start_child(COUNTER)
        ref.cast(Counter.on_crash)
        await QUIET()
        await dynamic.stop_child("counter")
        assert "group/counter" not in system.registry
        await dynamic.start_child(COUNTER)


async def test_calls_queued_for_a_child_that_is_parked_were_never_handled() -> None:
    dynamic = DynamicSupervisor(park_after=1)
    async with System(run(dynamic)), trio.open_nursery() as nursery:
        ref = await dynamic.start_child(COUNTER)
        ref.cast(Counter.on_crash)

        async def ask() -> None:
            with pytest.raises(Parked):
                await ref.within(math.inf).call(Counter.on_add)

        nursery.start_soon(ask)


# -- The end -----------------------------------------------------------------------------


async def test_children_drain_in_batches_last_started_first() -> None:
    pages: list[str] = []
    dynamic = DynamicSupervisor(drain_batch=2, drain_pause=1)
    async with System(run(dynamic)):
        for spec in diaries(pages, "a", "b", "c", "d", "e"):
            await dynamic.start_child(spec)
        pages.clear()
    ended = [page.split()[0].removeprefix("group/") for page in pages]
    assert [set(ended[:2]), set(ended[2:4]), set(ended[4:])] == [{"e", "d"}, {"c", "b"}, {"a"}]
    assert trio.current_time() == 2


async def test_the_same_object_runs_again_after_its_supervisor_was_restarted() -> None:
    class Fragile(Actor):
        async def on_crash(self) -> None:
            raise ValueError("boom")

    dynamic = DynamicSupervisor(park_after=1)
    specs = [ChildSpec("fragile", Fragile), *run(dynamic)]
    async with System(specs, strategy=Strategy.ONE_FOR_ALL) as system:
        old = await dynamic.start_child(COUNTER)
        parked = await dynamic.start_child(ChildSpec("parked", Counter))
        parked.cast(Counter.on_crash)
        await QUIET()
        fragile = system.registry.lookup("fragile", Fragile)
        assert fragile is not None
        fragile.cast(Fragile.on_crash)
        await QUIET()
        with pytest.raises(NotRunning):
            await old.call(Counter.on_add)
        new = await dynamic.start_child(COUNTER)
        assert await new.call(Counter.on_add) == 1
        assert list(dynamic.children) == ["counter"]


async def test_a_child_may_be_a_supervisor_itself(dynamic: DynamicSupervisor) -> None:
    spec = ChildSpec("pair", partial(Supervisor, [COUNTER]), type=ChildType.SUPERVISOR)
    async with System(run(dynamic)) as system:
        await dynamic.start_child(spec)
        ref = system.registry.lookup("group/pair/counter", Counter)
        assert ref is not None
        assert await ref.call(Counter.on_add) == 1
        await dynamic.stop_child("pair")
        assert system.registry.names("group/") == []
