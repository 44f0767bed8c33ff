"""What an actor may do: its life, its end, its batches, and that nobody else suffers from it."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from actors.runtime import (
    Actor,
    ActorCrashed,
    ChildSpec,
    Later,
    Reason,
    Restart,
    StartFailed,
    System,
    Task,
    sys,
)
from tests.actors.runtime.examples import COUNTER, Counter, Diary, diaries, diary, find

QUIET = trio.testing.wait_all_tasks_blocked


async def test_name_system_and_ref_are_there_before_init() -> None:
    class Curious(Actor):
        async def init(self) -> None:
            self.seen = (self.name, self.system.registry.lookup(self.name) == self.ref, self.queued)

        async def on_seen(self) -> tuple[str, bool, int]:
            return self.seen

    async with System([ChildSpec("curious", Curious)]) as system:
        ref = system.registry.lookup("curious", Curious)
        assert ref is not None
        assert await ref.call(Curious.on_seen) == ("curious", True, 0)


async def test_an_actor_knows_in_init_whether_another_incarnation_came_before() -> None:
    known: list[bool] = []

    class Successor(Counter):
        async def init(self) -> None:
            known.append(self.restarted)

    async with System([ChildSpec("successor", Successor)]) as system:
        ref = system.registry.lookup("successor", Successor)
        assert ref is not None
        with pytest.raises(ActorCrashed):
            await ref.call(Counter.on_crash)
        await ref.call(Counter.on_add)
    assert known == [False, True]


async def test_terminate_hears_the_reason() -> None:
    pages: list[str] = []
    async with System(diaries(pages, "a")) as system:
        ref = diary(system, "a")
        await ref.call(Diary.on_end)
        await QUIET()
        with pytest.raises(ActorCrashed):
            await ref.call(Diary.on_crash)
        await QUIET()
    assert [page for page in pages if "terminate" in page] == [
        "a terminate normal",
        "a terminate crashed",
        "a terminate shutdown",
    ]


async def test_drained_runs_when_the_mailbox_is_empty_so_a_batch_needs_no_timer() -> None:
    class Batcher(Actor):
        def __init__(self) -> None:
            self.waiting: list[Later[int]] = []
            self.batches: list[int] = []

        async def on_put(self) -> Later[int]:
            later = Later[int]()
            self.waiting.append(later)
            return later

        async def on_batches(self) -> list[int]:
            return self.batches

        async def drained(self) -> None:
            if self.waiting:
                batch, self.waiting = self.waiting, []
                self.batches.append(len(batch))
                await trio.sleep(1)  # the commit; meanwhile the next batch forms
                for later in batch:
                    later.answer(len(batch))

    async with System([ChildSpec("batcher", Batcher)]) as system:
        ref = system.registry.lookup("batcher", Batcher)
        assert ref is not None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ref.call, Batcher.on_put)
            await trio.sleep(0.5)
            for _ in range(10):
                nursery.start_soon(ref.call, Batcher.on_put)
        assert await ref.call(Batcher.on_batches) == [1, 10]
        assert trio.current_time() == 2


async def test_a_crash_in_drained_fails_whom_it_was_to_answer() -> None:
    class Broken(Actor):
        async def on_ask(self) -> Later[int]:
            self.later = Later[int]()
            return self.later

        async def drained(self) -> None:
            if "later" in vars(self):
                raise OSError("disk full")

    async with System([ChildSpec("broken", Broken)]) as system:
        ref = system.registry.lookup("broken", Broken)
        assert ref is not None
        with pytest.raises(ActorCrashed, match="disk full"):
            await ref.call(Broken.on_ask)


async def test_an_actor_that_always_has_messages_leaves_others_their_turn() -> None:
    class Busy(Actor):
        async def init(self) -> None:
            self.ref.cast(Busy.on_again)

        async def on_again(self) -> None:
            self.ref.cast(Busy.on_again)

    async with System([ChildSpec("busy", Busy, shutdown=1), COUNTER]) as system:
        with trio.fail_after(5):  # virtual time cannot jump while it runs: this would hang, not time out
            assert await find(system).call(Counter.on_add) == 1


async def test_stop_in_init_is_a_normal_end_after_the_start() -> None:
    class Brief(Actor):
        async def init(self) -> None:
            self.stop()

    async with System([ChildSpec("brief", Brief, Restart.TRANSIENT)]) as system:
        await QUIET()
        assert system.snapshot()["children"][0]["last_reason"] == "normal"


async def test_an_error_in_terminate_makes_a_normal_end_a_crash_but_does_not_hide_an_earlier_one() -> None:
    class Clumsy(Counter):
        async def terminate(self, reason: Reason) -> None:
            raise OSError("and the lamp fell over")

    reports: list[str] = []
    async with System(
        [ChildSpec("counter", Clumsy)], on_crash=lambda report: reports.append(f"{report.reason} {report.traceback}")
    ) as system:
        with pytest.raises(ActorCrashed, match="boom"):
            await find(system).call(Counter.on_crash)
        await QUIET()
        assert "ValueError: boom" in reports[0]
        assert "and the lamp fell over" in reports[0]
        await find(system).call(Counter.on_end)
        await QUIET()
        assert reports[1].startswith("crashed: OSError: and the lamp")


async def test_callers_hear_of_a_crash_before_the_cleaning_up() -> None:
    class Slow(Counter):
        async def terminate(self, reason: Reason) -> None:
            await trio.sleep(2)

    async with System([ChildSpec("counter", Slow)]) as system:
        with pytest.raises(ActorCrashed):
            await find(system).call(Counter.on_crash)
        assert trio.current_time() == 0


async def test_cleaning_up_after_a_crash_has_its_grace_and_no_more() -> None:
    class Endless(Counter):
        async def terminate(self, reason: Reason) -> None:
            await trio.sleep_forever()

    async with System([ChildSpec("counter", Endless, shutdown=3)]) as system:
        find(system).cast(Counter.on_crash)
        assert await find(system).call(Counter.on_add) == 1
        assert trio.current_time() == 3
        assert system.snapshot()["children"][0]["last_reason"].startswith("crashed: ValueError: boom")


async def test_an_actor_that_is_asked_to_stop_while_it_commits_ends_right_after() -> None:
    class Committing(Counter):
        async def drained(self) -> None:
            if self.count:
                await trio.sleep(1)

    async with System([ChildSpec("counter", Committing, shutdown=60)]) as system:
        find(system).cast(Counter.on_add)
        await trio.sleep(0.5)
    assert trio.current_time() == 1


async def test_a_task_child_runs_until_it_is_asked_to_stop() -> None:
    seen: list[str] = []

    async def serve(task: Task) -> None:
        seen.append(f"{task.name} serves")
        task.started()
        await task.stopping.wait()
        await trio.sleep(2)  # finish what is under way
        seen.append("finished")

    async with System([ChildSpec("http", lambda: Task(serve), shutdown=10)]) as system:
        assert seen == ["http serves"]
        assert system.snapshot()["children"][0]["state"] == "running"
    assert seen == ["http serves", "finished"]
    assert trio.current_time() == 2


async def test_a_task_child_can_be_looked_at_like_an_actor() -> None:
    async def serve(task: Task) -> None:
        task.started()
        await task.stopping.wait()

    async with System([ChildSpec("http", lambda: Task(serve))]) as system:
        ref = system.registry.lookup("http", Task)
        assert ref is not None
        assert sys.get_state(ref) == {"stopping": False}
        assert ref.alive


async def test_a_task_that_forgets_to_say_started_is_told_so() -> None:
    async def serve(task: Task) -> None:
        await trio.lowlevel.checkpoint()

    with pytest.raises(StartFailed, match=r"call started\(\)"):
        async with System([ChildSpec("http", lambda: Task(serve))]):
            pass
