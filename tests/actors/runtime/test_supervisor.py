"""Static supervisors: restart types, strategies, intensity, order of start and stop."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import pytest
import trio
import trio.testing

from actors.runtime import (
    Actor,
    Backoff,
    ChildSpec,
    ChildType,
    GaveUp,
    NotRunning,
    Restart,
    StartFailed,
    Strategy,
    Supervisor,
    System,
    Task,
)
from tests.actors.runtime.examples import COUNTER, Counter, Diary, Flaky, diaries, diary, find

QUIET = trio.testing.wait_all_tasks_blocked


def states(system: System) -> dict[str, str]:
    return {child["id"]: child["state"] for child in system.snapshot()["children"]}


# -- 1. Child specs --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("restart", "message", "after"),
    [
        (Restart.PERMANENT, Diary.on_end, "running"),
        (Restart.PERMANENT, Diary.on_crash, "running"),
        (Restart.TRANSIENT, Diary.on_end, "stopped"),
        (Restart.TRANSIENT, Diary.on_crash, "running"),
        (Restart.TEMPORARY, Diary.on_end, "stopped"),
        (Restart.TEMPORARY, Diary.on_crash, "stopped"),
    ],
)
async def test_the_restart_type_decides_after_an_end(restart: Restart, message: Any, after: str) -> None:
    async with System(diaries([], "a", restart=restart)) as system:
        diary(system, "a").cast(message)
        await QUIET()
        assert states(system) == {"a": after}


async def test_a_child_that_was_killed_counts_as_abnormal() -> None:
    async def run(task: Task) -> None:
        task.started()
        if next(starts) == 1:
            raise ExceptionGroup("two at once", [ValueError("one"), ValueError("two")])
        await trio.sleep_forever()

    starts = itertools.count(1)
    async with System([ChildSpec("task", partial(Task, run), Restart.TRANSIENT, shutdown=0)]) as system:
        await QUIET()
        assert states(system) == {"task": "running"}


def test_ids_must_differ_and_make_good_names() -> None:
    with pytest.raises(ValueError, match="different ids"):
        Supervisor([COUNTER, COUNTER])
    with pytest.raises(ValueError, match="slash"):
        ChildSpec("a/b", Counter)


async def test_the_spec_must_say_what_type_the_child_is() -> None:
    with pytest.raises(StartFailed, match="is a supervisor"):
        async with System([ChildSpec("group", partial(Supervisor, [COUNTER]))]):
            pass


async def test_a_start_that_makes_no_process_is_refused_with_advice() -> None:
    make: Any = lambda: "hello"  # noqa: E731 - typed as Any, since mypy would not let this happen
    spec: ChildSpec[Any] = ChildSpec("text", make)
    with pytest.raises(StartFailed, match="made a str; make an Actor, Task or supervisor"):
        async with System([spec]):
            pass


# -- 2. Strategies -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (Strategy.ONE_FOR_ONE, ["b terminate crashed", "b init"]),
        (
            Strategy.REST_FOR_ONE,
            ["b terminate crashed", "c terminate shutdown", "b init", "c init"],
        ),
        (
            Strategy.ONE_FOR_ALL,
            ["b terminate crashed", "c terminate shutdown", "a terminate shutdown", "a init", "b init", "c init"],
        ),
    ],
)
async def test_the_strategy_says_who_restarts_with_a_child_and_in_which_order(
    strategy: Strategy, expected: list[str]
) -> None:
    pages: list[str] = []
    async with System(diaries(pages, "a", "b", "c"), strategy=strategy) as system:
        pages.clear()
        diary(system, "b").cast(Diary.on_crash)
        await QUIET()
        assert pages == expected
        assert states(system) == {"a": "running", "b": "running", "c": "running"}


@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE])
async def test_siblings_taken_down_together_are_due_together(strategy: Strategy) -> None:
    pages: list[str] = []
    backoff = Backoff(min=10, jitter=0)
    specs = [*diaries(pages, "a", backoff=backoff), *diaries(pages, "b")]
    async with System(specs, strategy=strategy) as system:
        pages.clear()
        diary(system, "a").cast(Diary.on_crash)
        await trio.sleep(9)
        assert pages == ["a terminate crashed", "b terminate shutdown"]
        assert states(system) == {"a": "restarting", "b": "restarting"}
        await trio.sleep(2)
        assert pages[2:] == ["a init", "b init"]


async def test_a_group_waits_for_its_longest_backoff() -> None:
    pages: list[str] = []
    specs = [
        *diaries(pages, "a", backoff=Backoff(min=1, jitter=0)),
        *diaries(pages, "b", backoff=Backoff(min=10, jitter=0)),
    ]
    async with System(specs, strategy=Strategy.REST_FOR_ONE) as system:
        diary(system, "b").cast(Diary.on_crash)
        await trio.sleep(1)
        diary(system, "a").cast(Diary.on_crash)
        pages.clear()
        await trio.sleep(8)
        assert pages == ["a terminate crashed"]
        await trio.sleep(2)
        assert pages[1:] == ["a init", "b init"]


async def test_a_temporary_sibling_is_not_restarted_with_the_group() -> None:
    pages: list[str] = []
    specs = [*diaries(pages, "a"), *diaries(pages, "b", restart=Restart.TEMPORARY)]
    async with System(specs, strategy=Strategy.ONE_FOR_ALL) as system:
        ref = diary(system, "b")
        diary(system, "a").cast(Diary.on_crash)
        await QUIET()
        assert states(system) == {"a": "running", "b": "stopped"}
        with pytest.raises(NotRunning):
            await ref.call(Diary.on_ping)


async def test_a_sibling_that_had_ended_normally_starts_again_with_its_group() -> None:
    pages: list[str] = []
    specs = [*diaries(pages, "a"), *diaries(pages, "b", restart=Restart.TRANSIENT)]
    async with System(specs, strategy=Strategy.ONE_FOR_ALL) as system:
        ref = diary(system, "b")
        await ref.call(Diary.on_end)
        await QUIET()
        assert states(system)["b"] == "stopped"
        diary(system, "a").cast(Diary.on_crash)
        await QUIET()
        assert await ref.call(Diary.on_ping) == "pong"


async def test_a_sibling_that_crashes_while_the_group_restarts_is_restarted_with_it() -> None:
    pages: list[str] = []
    specs = [*diaries(pages, "a"), ChildSpec("b", partial(Diary, pages, stop_seconds=2)), *diaries(pages, "c")]
    async with System(specs, strategy=Strategy.ONE_FOR_ALL) as system:
        diary(system, "c").cast(Diary.on_crash)
        await trio.sleep(1)  # b still stops
        diary(system, "a").cast(Diary.on_crash)
        await trio.sleep(5)
        assert pages[-3:] == ["a init", "b init", "c init"]
        assert states(system) == {"a": "running", "b": "running", "c": "running"}


# -- 3. Intensity --------------------------------------------------------------------------


async def test_more_restarts_than_the_intensity_in_the_period_escalate() -> None:
    with pytest.raises(GaveUp, match="ValueError: boom"):
        async with System([COUNTER], intensity=2, period=5) as system:
            for _ in range(3):
                find(system).cast(Counter.on_crash)
            await trio.sleep_forever()
    assert trio.current_time() == 0


async def test_restarts_spread_over_more_than_the_period_do_not_escalate() -> None:
    async with System([COUNTER], intensity=2, period=5) as system:
        for _ in range(10):
            find(system).cast(Counter.on_crash)
            await trio.sleep(3)
        assert await find(system).call(Counter.on_add) == 1


async def test_escalation_restarts_the_supervisor_below_its_parent() -> None:
    pages: list[str] = []
    inner = partial(Supervisor, diaries(pages, "a", "b"), intensity=0)
    outer = [*diaries(pages, "first"), ChildSpec("inner", inner, type=ChildType.SUPERVISOR)]
    async with System(outer) as system:
        pages.clear()
        diary(system, "inner/a").cast(Diary.on_crash)
        await QUIET()
        assert pages == [
            "inner/a terminate crashed",
            "inner/b terminate shutdown",
            "inner/a init",
            "inner/b init",
        ]
        (_, row) = system.snapshot()["children"]
        assert (row["state"], row["restarts"]) == ("running", 1)
        assert "gave up" in row["last_reason"]


async def test_a_supervisor_that_is_restarted_counts_anew_even_if_it_is_the_same_object() -> None:
    inner = Supervisor(diaries([], "a"), intensity=1)
    async with System([ChildSpec("inner", lambda: inner, type=ChildType.SUPERVISOR)]) as system:
        for _ in range(3):
            diary(system, "inner/a").cast(Diary.on_crash)
            await QUIET()
        assert system.snapshot()["children"][0]["restarts"] == 1


async def test_a_backoff_grows_below_a_static_supervisor_too() -> None:
    times: list[float] = []
    backoff = Backoff(min=1, max=60, jitter=0, reset_after=60)
    spec = ChildSpec("flaky", partial(Flaky, lambda: times.append(trio.current_time())), backoff=backoff)
    async with System([spec]) as system:
        ref = system.registry.lookup("flaky", Flaky)
        assert ref is not None
        for _ in range(3):
            ref.cast(Flaky.on_crash)
        await trio.sleep(100)
        ref.cast(Flaky.on_crash)
        await trio.sleep(2)
    assert times == [0, 1, 3, 7, 101]


async def test_a_restart_of_a_group_counts_once() -> None:
    async with System(diaries([], "a", "b", "c"), strategy=Strategy.ONE_FOR_ALL, intensity=1, period=5) as system:
        diary(system, "a").cast(Diary.on_crash)
        await QUIET()
        assert states(system) == {"a": "running", "b": "running", "c": "running"}


async def test_a_failing_restart_counts_too() -> None:
    attempts = itertools.count(1)

    def script() -> None:
        if next(attempts) > 1:
            raise OSError("no disk")

    with pytest.raises(GaveUp, match="no disk"):
        async with System([ChildSpec("flaky", partial(Flaky, script))], intensity=3) as system:
            ref = system.registry.lookup("flaky", Flaky)
            assert ref is not None
            ref.cast(Flaky.on_crash)
            await trio.sleep_forever()
    assert next(attempts) == 5  # the first, and three restarts; the fourth would have been too many


# -- 4. Starts -------------------------------------------------------------------------------


async def test_a_start_is_acknowledged_after_init() -> None:
    class Slow(Actor):
        async def init(self) -> None:
            await trio.sleep(3)

        async def on_ping(self) -> str:
            return "pong"

    async with System([ChildSpec("slow", Slow)]):
        assert trio.current_time() == 3


async def test_an_init_error_goes_to_the_starter_with_its_reason() -> None:
    def script() -> None:
        raise OSError("port 80 is taken")

    pages: list[str] = []
    with pytest.raises(StartFailed, match="flaky could not start: init failed: OSError: port 80 is taken") as caught:
        async with System([*diaries(pages, "a", "b"), ChildSpec("flaky", partial(Flaky, script))]):
            pytest.fail("it did not start")
    assert isinstance(caught.value.__cause__, OSError)
    assert pages == ["a init", "b init", "b terminate shutdown", "a terminate shutdown"]


async def test_init_has_a_deadline() -> None:
    class Stuck(Actor):
        async def init(self) -> None:
            await trio.sleep_forever()

    with pytest.raises(StartFailed, match="init took longer than 3 s"):
        async with System([ChildSpec("stuck", Stuck, init_timeout=3)]):
            pytest.fail("it did not start")
    assert trio.current_time() == 3


async def test_a_sibling_that_crashes_during_the_start_of_the_supervisor_is_restarted() -> None:
    async def slow(task: Task) -> None:
        await trio.sleep(5)
        task.started()
        await trio.sleep_forever()

    async def hasty(task: Task) -> None:
        task.started()
        if next(runs) == 1:
            raise ValueError("too early")
        await trio.sleep_forever()

    runs = itertools.count(1)
    specs = [ChildSpec("hasty", partial(Task, hasty), shutdown=0), ChildSpec("slow", partial(Task, slow), shutdown=0)]
    async with System(specs) as system:
        await QUIET()
        assert states(system) == {"hasty": "running", "slow": "running"}
        assert system.snapshot()["children"][0]["restarts"] == 1
