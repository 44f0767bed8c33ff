"""Random trees, crashes and stop orders against models: order, intensity, names, orphans, and that every call ends."""

from __future__ import annotations

import logging
import math
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.runtime import (
    Actor,
    ActorError,
    Backoff,
    ChildSpec,
    ChildType,
    DynamicSupervisor,
    GaveUp,
    Reason,
    Restart,
    StartFailed,
    Strategy,
    Supervisor,
    System,
)
from tests.actors.runtime.conftest import run_in_virtual_time

QUIET = trio.testing.wait_all_tasks_blocked
EXAMPLES = settings(max_examples=150, deadline=None)

restarts = st.sampled_from(Restart)
strategies = st.sampled_from(Strategy)


@pytest.fixture(autouse=True, scope="module")
def no_crash_records() -> Iterator[None]:
    """Thousands of crash reports that nobody would read."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class Subject(Actor):
    """Writes `+name` when it starts and `-name` when it has ended; fails its start when told to."""

    def __init__(self, log: list[str], fails: Callable[[], bool] = lambda: False) -> None:
        self.log = log
        self.fails = fails

    async def init(self) -> None:
        if self.fails():
            raise OSError("no start")
        self.log.append(f"+{self.name}")

    async def terminate(self, reason: Reason) -> None:
        self.log.append(f"-{self.name}")

    async def on_crash(self) -> None:
        raise ValueError("boom")

    async def on_end(self) -> None:
        self.stop()

    async def on_wait(self, seconds: float) -> str:
        await trio.sleep(seconds)
        return "done"


def in_virtual_time(main: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        with trio.fail_after(10**6):  # virtual: reached only if something waits for ever
            await main()

    run_in_virtual_time(bounded)


# -- One static supervisor against a model of OTP's rules --------------------------------


class Model:
    """What a supervisor without backoff does, one event at a time: the log, and whether it gave up."""

    def __init__(self, kinds: list[Restart], strategy: Strategy, intensity: int, period: float) -> None:
        self.kinds, self.strategy, self.intensity, self.period = kinds, strategy, intensity, period
        self.running = [True] * len(kinds)
        self.times: list[float] = []
        self.log = [f"+{child}" for child in range(len(kinds))]
        self.gave_up = False

    def end(self, child: int, now: float, *, crash: bool) -> None:
        if self.gave_up or not self.running[child]:
            return
        self.running[child] = False
        self.log.append(f"-{child}")
        kind = self.kinds[child]
        if kind is Restart.TEMPORARY or (kind is Restart.TRANSIENT and not crash):
            return
        self.times = [time for time in self.times if now - time <= self.period] + [now]
        if len(self.times) > self.intensity:
            self.gave_up = True
            self.stop_all()
        else:
            self.restart(child)

    def restart(self, child: int) -> None:
        everyone = range(len(self.kinds))
        group = {
            Strategy.ONE_FOR_ONE: [child],
            Strategy.ONE_FOR_ALL: list(everyone),
            Strategy.REST_FOR_ONE: list(everyone[child:]),
        }[self.strategy]
        self.stop(group)
        for one in group:
            if one == child or self.kinds[one] is not Restart.TEMPORARY:
                self.running[one] = True
                self.log.append(f"+{one}")

    def stop(self, group: list[int]) -> None:
        for one in reversed(group):
            if self.running[one]:
                self.running[one] = False
                self.log.append(f"-{one}")

    def stop_all(self) -> None:
        self.stop(list(range(len(self.kinds))))


steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["crash", "end"]), st.integers(0, 3)),
        st.tuples(st.just("sleep"), st.integers(1, 8)),
    ),
    max_size=12,
)


@EXAMPLES
@given(st.lists(restarts, min_size=1, max_size=4), strategies, st.integers(0, 4), st.integers(1, 10), steps)
def test_a_supervisor_does_what_otp_would_do_in_the_same_order(
    kinds: list[Restart], strategy: Strategy, intensity: int, period: int, commands: list[tuple[str, int]]
) -> None:
    log: list[str] = []
    model = Model(kinds, strategy, intensity, period)
    specs = [ChildSpec(str(number), partial(Subject, log), kind) for number, kind in enumerate(kinds)]

    async def main() -> None:
        try:
            async with System(specs, strategy=strategy, intensity=intensity, period=period) as system:
                for what, number in commands:
                    if what == "sleep":
                        await trio.sleep(number)
                        continue
                    ref = system.registry.lookup(str(number), Subject)
                    if ref is not None:
                        ref.cast(Subject.on_crash if what == "crash" else Subject.on_end)
                        model.end(number, trio.current_time(), crash=what == "crash")
                        await QUIET()
                    assert log == model.log
                    assert sorted(system.registry) == [str(one) for one, runs in enumerate(model.running) if runs]
        except GaveUp:
            assert model.gave_up
        else:
            assert not model.gave_up
            model.stop_all()
        assert log == model.log

    in_virtual_time(main)


# -- One dynamic supervisor against a model of backoff and parking ------------------------


@EXAMPLES
@given(
    st.lists(st.tuples(st.sampled_from(["crash", "crash", "end", "sleep"]), st.integers(0, 40)), max_size=25),
    st.lists(st.booleans(), max_size=12),
    st.sampled_from([Restart.PERMANENT, Restart.TRANSIENT]),
    st.integers(1, 5),
)
def test_a_dynamic_child_backs_off_and_parks_as_the_model_says(
    commands: list[tuple[str, int]], init_fails: list[bool], kind: Restart, park_after: int
) -> None:
    backoff = Backoff(min=1, max=8, jitter=0, reset_after=20)
    starts: list[tuple[float, bool]] = []
    parked: list[str] = []
    script = iter(init_fails)

    def fails() -> bool:
        starts.append((trio.current_time(), next(script, False)))
        return starts[-1][1]

    async def main() -> None:
        dynamic = DynamicSupervisor(
            backoff=backoff, park_after=park_after, on_parked=lambda child_id, _: parked.append(child_id)
        )
        ends: list[tuple[float, bool]] = []
        async with System([ChildSpec("group", lambda: dynamic, type=ChildType.SUPERVISOR)]) as system:
            try:
                ref = await dynamic.start_child(ChildSpec("child", partial(Subject, [], fails), kind))
            except StartFailed:
                pass
            for what, seconds in commands:
                ref_now = system.registry.lookup("group/child", Subject)
                if what == "sleep" or ref_now is None or not ref_now.alive:
                    await trio.sleep(seconds)
                    continue
                ref = ref_now
                ends.append((trio.current_time(), what == "crash"))
                ref.cast(Subject.on_crash if what == "crash" else Subject.on_end)
                await QUIET()
            await trio.sleep(100)
        assert starts == expected_starts(starts, ends, kind, park_after, backoff, parked)

    in_virtual_time(main)


def expected_starts(
    starts: list[tuple[float, bool]],
    ends: list[tuple[float, bool]],
    kind: Restart,
    park_after: int,
    backoff: Backoff,
    parked: list[str],
) -> list[tuple[float, bool]]:
    """When each start must have been, from what made the starts fail and the runs end."""
    expected, failures, due = [], 0, 0.0
    endings, outcomes = iter(ends), iter(starts)
    while True:
        failed = next(outcomes, (0.0, False))[1]
        expected.append((due, failed))
        if failed:
            ended, ran, abnormal = due, 0.0, True
        else:
            ended, abnormal = next(endings, (math.inf, False))
            ran = ended - due
        if ended == math.inf or not (abnormal or kind is Restart.PERMANENT):
            assert parked == []
            return expected
        failures = 1 if ran >= backoff.reset_after else failures + 1
        if failures >= park_after:
            assert parked == ["child"]
            return expected
        due = ended + min(backoff.max, backoff.min * 2 ** (failures - 1))


# -- Whole trees under fire: no model, but what must always hold ----------------------------


def leaf(number: int, kind: Restart) -> Callable[[list[str]], ChildSpec[Any]]:
    return lambda log: ChildSpec(f"leaf{number}", partial(Subject, log), kind, shutdown=3)


def branch(
    number: int, below: list[Callable[[list[str]], ChildSpec[Any]]], strategy: Strategy, intensity: int, kind: Restart
) -> Callable[[list[str]], ChildSpec[Any]]:
    def make(log: list[str]) -> ChildSpec[Any]:
        specs = {spec.id: spec for spec in (one(log) for one in below)}
        start = partial(Supervisor, list(specs.values()), strategy=strategy, intensity=intensity)
        return ChildSpec(f"branch{number}", start, kind, type=ChildType.SUPERVISOR)

    return make


trees = st.recursive(
    st.builds(leaf, st.integers(0, 5), restarts),
    lambda below: st.builds(
        branch, st.integers(0, 5), st.lists(below, max_size=4), strategies, st.integers(0, 3), restarts
    ),
    max_leaves=10,
)
shots = st.lists(
    st.tuples(st.sampled_from(["crash", "end", "call", "give up calling", "sleep", "new", "drop"]), st.integers(0, 99)),
    max_size=40,
)


@EXAMPLES
@given(st.lists(trees, min_size=1, max_size=4), strategies, st.integers(0, 6), shots)
def test_no_orphan_no_lost_name_no_overlap_and_every_call_ends(
    roots: list[Callable[[list[str]], ChildSpec[Any]]],
    strategy: Strategy,
    intensity: int,
    commands: list[tuple[str, int]],
) -> None:
    log: list[str] = []
    calls: Tally[str] = Tally()

    async def main() -> None:
        before = trio.lowlevel.current_statistics().tasks_living
        dynamic = DynamicSupervisor(backoff=Backoff(min=1, max=4, jitter=0.5), park_after=3)
        specs = {spec.id: spec for spec in (one(log) for one in roots)}
        specs["group"] = ChildSpec("group", lambda: dynamic, type=ChildType.SUPERVISOR)
        system = System(specs.values(), strategy=strategy, intensity=intensity)
        async with trio.open_nursery() as callers:
            try:
                async with system:
                    await fire(system, dynamic, callers, commands, log, calls)
            except GaveUp:
                pass
            assert list(system.registry) == []
        assert trio.lowlevel.current_statistics().tasks_living == before
        assert calls["asked"] == calls["answered"] + calls["failed"] + calls["left"]
        assert_lives_do_not_overlap(log)
        assert system.timers.pending() == 0

    in_virtual_time(main)


async def fire(
    system: System,
    dynamic: DynamicSupervisor,
    callers: trio.Nursery,
    commands: list[tuple[str, int]],
    log: list[str],
    calls: Tally[str],
) -> None:
    for what, number in commands:
        names = [name for name in system.registry if "leaf" in name]
        if what == "sleep":
            await trio.sleep(number / 20)
            await QUIET()
            assert_names_match(system)
        elif what == "new":
            spec = ChildSpec(f"leaf{number % 5}", partial(Subject, log, lambda n=number: n % 7 == 0))  # type: ignore[misc]
            callers.start_soon(ignoring_errors, partial(dynamic.ensure_child, spec))
        elif what == "drop":
            callers.start_soon(ignoring_errors, partial(dynamic.stop_child, f"leaf{number % 5}"))
        elif names:
            await shoot(system, names[number % len(names)], what, callers, calls)


async def shoot(system: System, name: str, what: str, callers: trio.Nursery, calls: Tally[str]) -> None:
    ref = system.registry.lookup(name, Subject)
    assert ref is not None

    async def call(patience: float) -> None:
        calls["asked"] += 1
        with trio.move_on_after(patience) as scope:
            try:
                await ref.within(math.inf).call(Subject.on_wait, 0.5)
                calls["answered"] += 1
            except ActorError:
                calls["failed"] += 1
        calls["left"] += scope.cancelled_caught

    match what:
        case "call":
            callers.start_soon(call, math.inf)
        case "give up calling":
            callers.start_soon(call, 0.7)
        case _:
            message = Subject.on_crash if what == "crash" else Subject.on_end
            await ignoring_errors(partial(cast, ref, message))


async def cast(ref: Any, message: Any) -> None:
    ref.cast(message)


async def ignoring_errors(call: Callable[[], Awaitable[object]]) -> None:
    try:
        await call()
    except ActorError:
        pass


def assert_names_match(system: System) -> None:
    """A child has its name from its first start until it is gone for good, and no other time."""
    wanted = {
        child["name"]
        for child in everyone(system.snapshot())
        if child["name"] and child["state"] in ("starting", "running", "stopping", "restarting", "parked")
    }
    assert set(system.registry) == wanted


def everyone(child: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield child
    for one in child.get("children", ()):
        yield from everyone(one)


def assert_lives_do_not_overlap(log: list[str]) -> None:
    """Of one name at most one incarnation runs at a time. (A killed one writes no end, but then none was killed.)"""
    alive: set[str] = set()
    for entry in log:
        name = entry[1:]
        if entry[0] == "+":
            assert name not in alive
            alive.add(name)
        else:
            alive.discard(name)
    assert alive == set()
