"""The snapshot of the tree: JSON-able, complete, in order of start."""

from __future__ import annotations

import json

import pytest
import trio.testing

from actors.runtime import ActorCrashed, Backoff, ChildSpec, ChildType, DynamicSupervisor, System
from tests.actors.runtime.examples import COUNTER, Counter, diaries, find

QUIET = trio.testing.wait_all_tasks_blocked


async def test_the_snapshot_shows_each_child_with_its_state() -> None:
    dynamic = DynamicSupervisor(backoff=Backoff(min=10, jitter=0), park_after=2)
    group = ChildSpec("group", lambda: dynamic, type=ChildType.SUPERVISOR)
    async with System([COUNTER, group, *diaries([], "a")]) as system:
        for name in ("fine", "waiting", "bad"):
            await dynamic.start_child(ChildSpec(name, Counter))
        with pytest.raises(ActorCrashed):
            await find(system, "group/bad").call(Counter.on_crash)
        with pytest.raises(ActorCrashed):
            await find(system, "group/bad").within(60).call(Counter.on_crash)
        find(system, "group/waiting").cast(Counter.on_crash)
        find(system, "group/waiting").cast(Counter.on_add)
        await QUIET()
        snapshot = system.snapshot()
    assert json.loads(json.dumps(snapshot)) == snapshot
    counter, group_row, diary_row = snapshot["children"]
    assert counter == {
        "id": "counter",
        "name": "counter",
        "type": "worker",
        "state": "running",
        "incarnation": 1,
        "restarts": 0,
        "last_reason": None,
        "mailbox": 0,
    }
    assert diary_row["id"] == "a"
    assert (group_row["type"], group_row["state"]) == ("supervisor", "running")
    fine, waiting, bad = group_row["children"]
    assert fine["state"] == "running"
    assert (waiting["state"], waiting["incarnation"], waiting["mailbox"]) == ("restarting", 1, 1)
    assert (bad["state"], bad["incarnation"], bad["restarts"]) == ("parked", 2, 1)
    assert bad["last_reason"].startswith("crashed: ValueError: boom")


async def test_a_supervisor_that_has_ended_shows_no_children() -> None:
    async with System([COUNTER]) as system:
        pass
    snapshot = system.snapshot()
    assert (snapshot["id"], snapshot["state"], snapshot["children"]) == ("root", "stopped", [])
