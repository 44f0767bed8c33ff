"""Actors that end when nothing is said to them for a while, and lose no message by it."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from actors.runtime import ChildSpec, DynamicSupervisor, Reason, Restart, System
from tests.actors.runtime.examples import Counter

QUIET = trio.testing.wait_all_tasks_blocked


class Sleepy(Counter):
    """Passivates after 10 s; its end takes 2 s."""

    def idle_after(self) -> float | None:
        return 10

    async def terminate(self, reason: Reason) -> None:
        await trio.sleep(2)


SLEEPY = ChildSpec("sleepy", Sleepy, Restart.TRANSIENT)


async def test_an_idle_actor_passivates_and_frees_its_name(dynamic: DynamicSupervisor, group: ChildSpec[Any]) -> None:
    async with System([group]) as system:
        ref = await dynamic.start_child(SLEEPY)
        reason = await ref.wait_exit()
        assert str(reason) == "idle"
        assert trio.current_time() == pytest.approx(12, abs=1 / 32)
        assert "group/sleepy" not in system.registry
        assert dynamic.children == {}
        assert system.timers.pending() == 0
        assert system.crashes == 0


async def test_each_message_puts_passivation_off(dynamic: DynamicSupervisor, group: ChildSpec[Any]) -> None:
    async with System([group]):
        ref = await dynamic.start_child(SLEEPY)
        for _ in range(5):
            await trio.sleep(9)
            await ref.call(Counter.on_add)
        await ref.wait_exit()
        assert trio.current_time() == pytest.approx(45 + 12, abs=1 / 16)


async def test_a_message_that_comes_while_it_passivates_is_not_lost(
    dynamic: DynamicSupervisor, group: ChildSpec[Any]
) -> None:
    async with System([group]) as system:
        ref = await dynamic.start_child(SLEEPY)
        await trio.sleep(11)
        assert await ref.call(Counter.on_add, 5) == 5  # a new incarnation
        assert trio.current_time() == pytest.approx(12, abs=1 / 32)
        assert system.snapshot()["children"][0]["children"][0]["incarnation"] == 2


async def test_an_actor_that_has_reason_to_stay_does_not_passivate(
    dynamic: DynamicSupervisor, group: ChildSpec[Any]
) -> None:
    class Busy(Sleepy):
        def idle_after(self) -> float | None:
            return 10 if self.count else None

    async with System([group]):
        ref = await dynamic.start_child(ChildSpec("busy", Busy, Restart.TRANSIENT))
        await trio.sleep(1000)
        await ref.call(Counter.on_add)
        await ref.wait_exit()
        assert trio.current_time() == pytest.approx(1012, abs=1 / 32)


async def test_passivation_below_a_static_supervisor_loses_no_message_either() -> None:
    async with System([SLEEPY]) as system:
        ref = system.registry.lookup("sleepy", Sleepy)
        assert ref is not None
        await trio.sleep(11)
        assert await ref.call(Counter.on_add, 5) == 5


async def test_an_actor_that_stops_leaves_no_idle_timer_behind(
    dynamic: DynamicSupervisor, group: ChildSpec[Any]
) -> None:
    async with System([group]) as system:
        await dynamic.start_child(SLEEPY)
        await QUIET()
        assert system.timers.pending() == 1
        await dynamic.stop_child("sleepy")
        assert system.timers.pending() == 0


async def test_a_call_in_the_very_tick_of_passivation_is_answered(
    dynamic: DynamicSupervisor, group: ChildSpec[Any]
) -> None:
    async with System([group]):
        ref = await dynamic.start_child(SLEEPY)
        for shift in range(-3, 4):
            await trio.sleep_until(trio.current_time() + 10 + shift / 64)
            assert await ref.call(Counter.on_add) >= 1
