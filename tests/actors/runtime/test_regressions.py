"""Defects seen in earlier actor libraries on trio, each of which must never come back."""

from __future__ import annotations

import itertools
import math
from functools import partial

import pytest
import trio
import trio.testing

from actors.runtime import (
    Actor,
    ActorCrashed,
    Backoff,
    ChildSpec,
    ChildType,
    DynamicSupervisor,
    MailboxFull,
    Ref,
    Restart,
    StartFailed,
    System,
    Task,
)
from tests.actors.runtime.examples import Counter, Diary, Flaky, diaries, diary, find

QUIET = trio.testing.wait_all_tasks_blocked


async def test_a_call_does_not_hang_when_the_server_dies() -> None:
    async with System([ChildSpec("counter", Counter, Restart.TEMPORARY)]) as system:
        with pytest.raises(ActorCrashed):
            await find(system).within(math.inf).call(Counter.on_crash)


async def test_an_init_failure_is_not_masked_by_another_error() -> None:
    class Doomed(Actor):
        async def init(self) -> None:
            try:
                raise OSError("the real reason")
            finally:
                self.system.registry.register("lamp", self.ref)

        async def terminate(self, reason: object) -> None:
            raise RuntimeError("must not run: there was no start")

    with pytest.raises(StartFailed, match="OSError: the real reason") as caught:
        async with System([ChildSpec("doomed", Doomed)]):
            pass
    assert isinstance(caught.value.__cause__, OSError)


async def test_started_is_not_reported_before_the_child_runs() -> None:
    ready: list[str] = []

    async def serve(task: Task) -> None:
        await trio.sleep(3)
        ready.append("listens")
        task.started()
        await trio.sleep_forever()

    async with System([ChildSpec("http", partial(Task, serve), shutdown=0)]):
        assert ready == ["listens"]


async def test_a_restart_loop_is_not_hot() -> None:
    starts = itertools.count()

    def script() -> None:
        next(starts)
        raise ValueError("for ever")

    dynamic = DynamicSupervisor(backoff=Backoff(min=1, max=30), park_after=10**6)
    async with System([ChildSpec("group", lambda: dynamic, type=ChildType.SUPERVISOR)]):
        with pytest.raises(StartFailed):
            await dynamic.start_child(ChildSpec("flaky", partial(Flaky, script)))
        await trio.sleep(3600)
        assert 100 < next(starts) <= 5 + 3600 / 30 + 1


async def test_a_mailbox_of_capacity_0_cannot_exist() -> None:
    class Closed(Counter):
        capacity = 0

    with pytest.raises(StartFailed, match="holds at least 1 message"):
        async with System([ChildSpec("counter", Closed)]):
            pass


async def test_two_actors_that_send_to_each_other_cannot_block_each_other() -> None:
    class Peer(Actor):
        capacity = 1
        other: Ref[Peer]

        async def on_meet(self, other: Ref[Peer]) -> None:
            self.other = other

        async def on_ball(self, left: int) -> int:
            try:
                for _ in range(3):
                    self.other.cast(Peer.on_ball, left - 1) if left else None
            except MailboxFull:
                return left
            return 0

    async with System([ChildSpec("a", Peer), ChildSpec("b", Peer)]) as system:
        a, b = system.registry.lookup("a", Peer), system.registry.lookup("b", Peer)
        assert a is not None
        assert b is not None
        await a.call(Peer.on_meet, b)
        await b.call(Peer.on_meet, a)
        assert await a.within(math.inf).call(Peer.on_ball, 5) == 5


async def test_exceptions_do_not_leak_through_a_nursery_and_cancel_all_siblings() -> None:
    class Nested(Actor):
        async def on_nested(self) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)
                raise ValueError("inside")

    pages: list[str] = []
    async with System([ChildSpec("nested", Nested), *diaries(pages, "sibling")]) as system:
        ref = system.registry.lookup("nested", Nested)
        assert ref is not None
        with pytest.raises(ActorCrashed, match="ValueError: inside"):
            await ref.call(Nested.on_nested)
        assert await diary(system, "sibling").call(Diary.on_ping) == "pong"
        assert pages == ["sibling init"]
