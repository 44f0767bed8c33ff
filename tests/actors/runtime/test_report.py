"""Crash reports: one structured record that says who, what, with which state, and what was decided."""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import Any

import pytest
import trio
import trio.testing

from actors.runtime import (
    ActorCrashed,
    Backoff,
    ChildSpec,
    ChildType,
    CrashReport,
    DynamicSupervisor,
    Kind,
    Supervisor,
    System,
    Task,
)
from tests.actors.runtime.examples import COUNTER, Counter, find

QUIET = trio.testing.wait_all_tasks_blocked


async def test_a_crash_is_one_structured_record(caplog: pytest.LogCaptureFixture) -> None:
    inner = ChildSpec("inner", partial(Supervisor, [COUNTER]), type=ChildType.SUPERVISOR)
    async with System([inner]) as system:
        ref = find(system, "inner/counter")
        await ref.call(Counter.on_add, 7)
        ref.cast(Counter.on_crash, "bang")
        ref.cast(Counter.on_add, 1)
        await QUIET()
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert record.getMessage().startswith("actor.crashed name=inner/counter")
    crash: dict[str, Any] = vars(record)["crash"]
    assert crash["name"] == "inner/counter"
    assert crash["ancestors"] == ["", "inner"]
    assert crash["incarnation"] == 1
    assert crash["reason"].startswith("crashed: ValueError: bang (examples.py:")
    assert crash["last_message"] == "on_crash('bang')"
    assert crash["state"] == "{'count': 7, 'pending': {}}"
    assert crash["mailbox"] == 1
    assert "in on_crash" in crash["traceback"]
    assert crash["decision"] == "restart"
    assert json.loads(json.dumps(crash)) == crash


async def test_the_application_hears_of_each_crash_and_what_was_decided() -> None:
    reports: list[CrashReport] = []
    dynamic = DynamicSupervisor(park_after=2, backoff=Backoff(min=1))
    group = ChildSpec("group", lambda: dynamic, type=ChildType.SUPERVISOR)
    async with System([group], on_crash=reports.append) as system:
        ref = await dynamic.start_child(COUNTER)
        for _ in range(2):
            with pytest.raises(ActorCrashed):
                await ref.call(Counter.on_crash)
        await QUIET()
        assert [report.decision for report in reports] == ["restart", "park"]
        assert system.crashes == 2


async def test_a_normal_end_is_no_crash() -> None:
    reports: list[CrashReport] = []
    async with System([COUNTER], on_crash=reports.append) as system:
        await find(system).call(Counter.on_end)
        await QUIET()
    assert reports == []


async def test_a_callback_that_fails_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: CrashReport) -> None:
        raise RuntimeError("pager is flat")

    async with System([COUNTER], on_crash=broken) as system:
        find(system).cast(Counter.on_crash)
        assert await find(system).call(Counter.on_add) == 1
    assert "actor.callback_failed" in caplog.text


async def test_a_report_of_an_actor_whose_state_cannot_be_shown() -> None:
    class Broken(Counter):
        def status_state(self) -> object:
            raise KeyError("no state")

        def describe_message(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
            raise KeyError("no words")

    reports: list[CrashReport] = []
    async with System([ChildSpec("counter", Broken)], on_crash=reports.append) as system:
        find(system).cast(Counter.on_crash)
        await QUIET()
    assert reports[0].state == "<KeyError in status_state>"
    assert reports[0].last_message == "on_crash(... KeyError in its description)"


async def test_a_child_that_outlived_its_grace_is_reported_as_killed() -> None:
    reports: list[CrashReport] = []
    async with System([ChildSpec("counter", Counter, shutdown=2)], on_crash=reports.append) as system:
        find(system).cast(Counter.on_wait, 100)
        await QUIET()
    (report,) = reports
    assert report.reason.kind is Kind.KILLED
    assert report.last_message == "on_wait(100)"


async def test_a_task_that_ignores_cancellation_is_reported_with_its_stack_and_never_claimed_dead(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def stubborn(task: Task) -> None:
        task.started()
        with trio.CancelScope(shield=True):
            await trio.sleep(18)

    async with System([ChildSpec("stubborn", partial(Task, stubborn), shutdown=1)]) as system:
        (before,) = system.snapshot()["children"]
    stuck = [one.getMessage() for one in caplog.records if "actor.stuck" in one.getMessage()]
    assert before["state"] == "running"
    assert len(stuck) == 3  # after 6, 11 and 16 s
    assert "name=stubborn seconds=6" in stuck[0]
    assert "in stubborn" in stuck[0]
    assert trio.current_time() == 18
