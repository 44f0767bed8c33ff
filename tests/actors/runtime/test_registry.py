"""Names: they belong to the child, last through its restarts and go with it."""

from __future__ import annotations

import pytest
import trio.testing

from actors.runtime import Actor, Backoff, ChildSpec, NameTaken, Restart, StartFailed, System
from tests.actors.runtime.examples import COUNTER, Counter, Diary, diaries, find

QUIET = trio.testing.wait_all_tasks_blocked


class Named(Actor):
    """Registers one more name."""

    async def init(self) -> None:
        self.system.registry.register("the boss", self.ref)

    async def on_end(self) -> None:
        self.stop()

    async def on_crash(self) -> None:
        raise ValueError("boom")


async def test_a_name_belongs_to_the_child_and_lasts_through_its_restarts() -> None:
    async with System([ChildSpec("counter", Counter, backoff=Backoff(min=2))]) as system:
        ref = find(system)
        ref.cast(Counter.on_crash)
        await QUIET()
        assert not ref.alive
        assert find(system) == ref  # while it waits for its restart
        assert await find(system).call(Counter.on_add) == 1


async def test_a_name_is_released_when_the_child_is_gone_for_good() -> None:
    async with System([ChildSpec("counter", Counter, Restart.TRANSIENT)]) as system:
        ref = find(system)
        ref.cast(Counter.on_end)
        await ref.wait_exit()
        assert "counter" not in system.registry
        assert system.registry.lookup("counter", Counter) is None


async def test_further_names_last_and_go_with_the_child() -> None:
    async with System([ChildSpec("named", Named, Restart.TRANSIENT)]) as system:
        ref = system.registry.lookup("the boss", Named)
        assert ref is not None
        ref.cast(Named.on_crash)
        await QUIET()
        assert system.registry.lookup("the boss", Named) == ref
        ref.cast(Named.on_end)
        await QUIET()
        assert list(system.registry) == []


async def test_a_name_that_is_taken_fails_the_second_one() -> None:
    with pytest.raises(StartFailed, match="the name the boss is taken") as caught:
        async with System([ChildSpec("first", Named), ChildSpec("second", Named)]):
            pass
    assert isinstance(caught.value.__cause__, NameTaken)


async def test_names_can_be_listed_by_prefix() -> None:
    async with System(diaries([], "a", "ab", "b")) as system:
        assert system.registry.names("a") == ["a", "ab"]
        assert len(system.registry) == 3


async def test_a_lookup_with_the_wrong_class_is_an_error_of_the_program() -> None:
    async with System([COUNTER]) as system:
        with pytest.raises(TypeError, match="counter is a Counter, not a Diary"):
            system.registry.lookup("counter", Diary)


async def test_after_the_drain_no_name_is_left() -> None:
    async with System([COUNTER, *diaries([], "a")]) as system:
        assert len(system.registry) == 2
    assert len(system.registry) == 0
