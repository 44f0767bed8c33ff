"""What every actor can be asked for free, and that control is never blocked by data."""

from __future__ import annotations

from typing import Any

import trio
import trio.testing

from actors.runtime import Actor, ChildSpec, Restart, System, Traced, sys
from tests.actors.runtime.examples import COUNTER, Counter, find

QUIET = trio.testing.wait_all_tasks_blocked


async def test_get_state_and_status_are_plain_reads_that_work_on_a_stuck_actor() -> None:
    async with System([COUNTER]) as system:
        ref = find(system)
        await ref.call(Counter.on_add, 3)
        ref.cast(Counter.on_wait, 1000)
        ref.cast(Counter.on_add)
        await QUIET()
        assert sys.get_state(ref) == {"count": 3, "pending": {}}
        status = sys.status(ref)
        assert (status["state"], status["mailbox"], status["current"]) == ("running", 1, "on_wait(1000)")
        assert status["status"] == "{'count': 3, 'pending': {}}"
        assert trio.current_time() == 0


async def test_suspend_holds_messages_back_and_resume_lets_them_through() -> None:
    async with System([COUNTER]) as system:
        ref = find(system)
        sys.suspend(ref)
        ref.cast(Counter.on_add, 5)
        await trio.sleep(10)
        assert sys.get_state(ref) == {"count": 0, "pending": {}}
        assert sys.status(ref)["suspended"]
        sys.resume(ref)
        assert await ref.call(Counter.on_add, 0) == 5


async def test_stop_goes_before_all_that_waits_in_a_full_mailbox() -> None:
    class Full(Counter):
        capacity = 10

    async with System([ChildSpec("counter", Full)]) as system:
        ref = find(system)
        ref.cast(Counter.on_wait, 1)
        await QUIET()
        for _ in range(10):
            ref.cast(Counter.on_wait, 100)
    assert trio.current_time() == 1
    assert system.dead_letters.count == 10


async def test_a_suspended_actor_can_be_stopped() -> None:
    async with System([COUNTER]) as system:
        sys.suspend(find(system))
        find(system).cast(Counter.on_add)
        await QUIET()
    assert trio.current_time() == 0


async def test_a_restart_resumes() -> None:
    class Slow(Counter):
        async def on_crash(self, text: str = "boom") -> None:
            await trio.sleep(1)
            raise ValueError(text)

    async with System([ChildSpec("counter", Slow)]) as system:
        ref = find(system)
        ref.cast(Counter.on_crash)
        await QUIET()
        sys.suspend(ref)
        assert await ref.call(Counter.on_add, 2) == 2
        assert not sys.status(ref)["suspended"]


async def test_a_suspended_actor_commits_nothing_either() -> None:
    class Batcher(Counter):
        async def drained(self) -> None:
            self.count += 100

    async with System([ChildSpec("counter", Batcher)]) as system:
        ref = find(system)
        await QUIET()
        sys.suspend(ref)
        ref.cast(Counter.on_add, 1)
        await QUIET()
        assert sys.get_state(ref) == {"count": 100, "pending": {}}


async def test_a_suspended_actor_does_not_passivate() -> None:
    class Sleepy(Counter):
        def idle_after(self) -> float | None:
            return 5

    async with System([ChildSpec("counter", Sleepy, Restart.TRANSIENT)]) as system:
        ref = find(system)
        sys.suspend(ref)
        await trio.sleep(20)
        assert ref.alive
        sys.resume(ref)
        await trio.sleep(6)
        assert not ref.alive


async def test_trace_shows_each_message_until_it_is_switched_off() -> None:
    seen: list[Traced] = []
    async with System([COUNTER]) as system:
        ref = find(system)
        sys.trace(ref, seen.append)
        await ref.call(Counter.on_add, 2)
        await QUIET()
        sys.trace(ref, None)
        await ref.call(Counter.on_add, 3)
        assert [(step.name, step.event, step.method, step.args) for step in seen] == [
            ("counter", "received", "on_add", (2,)),
            ("counter", "handled", "on_add", (2,)),
        ]


async def test_a_tracer_that_fails_does_not_harm_the_actor() -> None:
    def broken(_: Traced) -> None:
        raise RuntimeError("the pencil broke")

    async with System([COUNTER]) as system:
        sys.trace(find(system), broken)
        assert await find(system).call(Counter.on_add) == 1
        assert system.crashes == 0


async def test_statistics_count_over_all_incarnations() -> None:
    async with System([COUNTER]) as system:
        ref = find(system)
        await ref.call(Counter.on_add)
        ref.cast(Counter.on_crash)
        await ref.call(Counter.on_add)
        assert sys.statistics(ref) == {"handled": 3, "dropped": 0, "queued": 0, "later": 0, "restarts": 1}


async def test_the_last_messages_are_remembered_oldest_first() -> None:
    async with System([COUNTER]) as system:
        ref = find(system)
        assert sys.last_messages(ref) == []
        await ref.call(Counter.on_add, 1)
        await ref.call(Counter.on_add, amount=2)
        assert sys.last_messages(ref) == ["on_add(1)", "on_add(amount=2)"]
        for amount in range(3, 10):
            await ref.call(Counter.on_add, amount)
        assert sys.last_messages(ref) == ["on_add(6)", "on_add(7)", "on_add(8)", "on_add(9)"]


async def test_an_actor_decides_what_of_its_messages_and_state_is_shown() -> None:
    class Discreet(Actor):
        def __init__(self) -> None:
            self.password = "secret"

        def status_state(self) -> object:
            return "1 password"

        def describe_message(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
            return f"{method}(...)"

        async def on_login(self, password: str) -> bool:
            return password == self.password

    async with System([ChildSpec("discreet", Discreet)]) as system:
        ref = system.registry.lookup("discreet", Discreet)
        assert ref is not None
        assert await ref.call(Discreet.on_login, "secret")
        assert sys.last_messages(ref) == ["on_login(...)"]
        assert "secret" not in str(sys.status(ref))


async def test_an_actor_that_is_gone_can_still_be_asked() -> None:
    async with System([ChildSpec("counter", Counter, Restart.TEMPORARY)]) as system:
        ref = find(system)
        await ref.call(Counter.on_end)
        await ref.wait_exit()
        assert sys.get_state(ref) is None
        assert sys.status(ref)["state"] == "stopped"
        assert sys.last_messages(ref) == ["on_end"]
