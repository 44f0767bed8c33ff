"""Alarms: a message to an actor, later. In virtual time."""

import pytest
import trio
from trio.testing import MockClock

from actors import alarm, runtime

TICK = 1 / 64
"""How late a message may come."""


class Sleeper(runtime.Actor):
    """Sets alarms for itself and notes when they ring."""

    capacity = 2

    def __init__(self) -> None:
        self.rang: list[tuple[str, float]] = []

    async def on_set(self, seconds: float, text: str = "ring") -> alarm.Alarm:
        return alarm.after(self, seconds, Sleeper.on_ring, text)

    async def on_ring(self, text: str) -> None:
        self.rang.append((text, trio.current_time()))

    async def on_rang(self) -> list[tuple[str, float]]:
        return self.rang

    async def on_end(self) -> None:
        self.stop()


def sleeper(system: runtime.System) -> runtime.Ref[Sleeper]:
    ref = system.registry.lookup("sleeper", Sleeper)
    assert ref is not None
    return ref


def spec(restart: runtime.Restart = runtime.Restart.PERMANENT) -> runtime.ChildSpec[Sleeper]:
    return runtime.ChildSpec("sleeper", Sleeper, restart)


@pytest.mark.parametrize("seconds", [0.0, 0.5, 3600.0])
async def test_it_comes_in_time(autojump_clock: MockClock, seconds: float) -> None:
    async with runtime.System([spec()]) as system:
        begun = trio.current_time()
        await sleeper(system).call(Sleeper.on_set, seconds)
        await trio.sleep(seconds + 1)
        [(text, at)] = await sleeper(system).call(Sleeper.on_rang)
    assert text == "ring"
    assert seconds <= at - begun <= seconds + TICK


async def test_a_time_that_has_passed_is_now(autojump_clock: MockClock) -> None:
    async with runtime.System([spec()]) as system:
        await sleeper(system).call(Sleeper.on_set, -100)
        await trio.sleep(TICK)
        assert len(await sleeper(system).call(Sleeper.on_rang)) == 1


async def test_they_come_in_the_order_of_their_times(autojump_clock: MockClock) -> None:
    async with runtime.System([spec()]) as system:
        for seconds in (2, 1, 3):
            await sleeper(system).call(Sleeper.on_set, seconds, str(seconds))
        await trio.sleep(4)
        assert [text for text, _ in await sleeper(system).call(Sleeper.on_rang)] == ["1", "2", "3"]


async def test_a_cancelled_one_never_comes_and_cancelling_again_is_fine(autojump_clock: MockClock) -> None:
    async with runtime.System([spec()]) as system:
        set_ = await sleeper(system).call(Sleeper.on_set, 1)
        set_.cancel()
        set_.cancel()
        await trio.sleep(2)
        assert await sleeper(system).call(Sleeper.on_rang) == []
        assert system.timers.pending() == 0


async def test_cancelling_one_that_came_is_fine(autojump_clock: MockClock) -> None:
    async with runtime.System([spec()]) as system:
        set_ = await sleeper(system).call(Sleeper.on_set, 1)
        await trio.sleep(2)
        set_.cancel()
        assert len(await sleeper(system).call(Sleeper.on_rang)) == 1


async def test_an_actor_that_is_too_busy_is_told_a_little_later(autojump_clock: MockClock) -> None:
    async with runtime.System([spec()]) as system:
        ref = sleeper(system)
        await ref.call(Sleeper.on_set, 1)
        runtime.sys.suspend(ref)
        for _ in range(Sleeper.capacity):
            ref.cast(Sleeper.on_rang)
        await trio.sleep(5)
        runtime.sys.resume(ref)
        await trio.sleep(alarm.BUSY_SECONDS + TICK)
        assert len(await ref.call(Sleeper.on_rang)) == 1


async def test_one_that_is_put_off_can_still_be_cancelled(autojump_clock: MockClock) -> None:
    async with runtime.System([spec()]) as system:
        ref = sleeper(system)
        set_ = await ref.call(Sleeper.on_set, 1)
        runtime.sys.suspend(ref)
        for _ in range(Sleeper.capacity):
            ref.cast(Sleeper.on_rang)
        await trio.sleep(2)
        set_.cancel()
        runtime.sys.resume(ref)
        await trio.sleep(5)
        assert await ref.call(Sleeper.on_rang) == []


async def test_one_set_before_a_crash_reaches_the_next_incarnation(autojump_clock: MockClock) -> None:
    async with runtime.System([spec()]) as system:
        ref = sleeper(system)
        await ref.call(Sleeper.on_set, 1)
        await ref.call(Sleeper.on_end)  # permanent: it is started again
        await trio.sleep(2)
        assert len(await ref.call(Sleeper.on_rang)) == 1


async def test_an_actor_that_is_gone_has_nothing_to_be_told(autojump_clock: MockClock) -> None:
    async with runtime.System([spec(runtime.Restart.TEMPORARY)]) as system:
        ref = sleeper(system)
        await ref.call(Sleeper.on_set, 1)
        await ref.call(Sleeper.on_end)
        await trio.sleep(2)
        assert (system.timers.pending(), system.dead_letters.count, system.crashes) == (0, 0, 0)
