"""Bounded mailboxes that outlive their actor, and count what is lost."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from actors.runtime import ChildSpec, MailboxFull, NeverHandled, Overflow, Restart, System
from tests.actors.runtime.examples import COUNTER, Counter, find

QUIET = trio.testing.wait_all_tasks_blocked


async def test_a_full_mailbox_refuses_at_once_and_says_it_was_never_handled() -> None:
    class Tiny(Counter):
        capacity = 2

    async with System([ChildSpec("counter", Tiny)]) as system:
        ref = find(system)
        ref.cast(Counter.on_wait, 1)
        await trio.testing.wait_all_tasks_blocked()
        ref.cast(Counter.on_add)
        ref.cast(Counter.on_add)
        with pytest.raises(MailboxFull, match="2 messages wait") as caught:
            await ref.call(Counter.on_add)
        assert isinstance(caught.value, NeverHandled)
        await trio.sleep(2)
        assert await ref.call(Counter.on_add) == 3


async def test_a_full_mailbox_may_drop_its_oldest_cast_but_never_a_call() -> None:
    class Lossy(Counter):
        capacity = 3
        overflow = Overflow.DROP_OLDEST

    async with System([ChildSpec("counter", Lossy)]) as system, trio.open_nursery() as nursery:
        ref, got = find(system), list[int]()

        async def ask() -> None:
            got.append(await ref.call(Counter.on_add, 100))

        ref.cast(Counter.on_wait, 1)
        await QUIET()
        nursery.start_soon(ask)
        await QUIET()
        for amount in (1, 2, 4, 8):
            ref.cast(Counter.on_add, amount)
        await trio.sleep(2)
        assert got == [100]
        assert await ref.call(Counter.on_add, 0) == 112
        assert system.dead_letters.count == 2
        assert system.dead_letters.recent[0] == ("counter", "on_add", "mailbox full: dropped the oldest")


async def test_the_mailbox_survives_a_crash_and_only_the_poison_message_is_lost() -> None:
    async with System([COUNTER]) as system:
        ref = find(system)
        ref.cast(Counter.on_add, 1)
        ref.cast(Counter.on_crash)
        ref.cast(Counter.on_add, 2)
        ref.cast(Counter.on_add, 4)
        await QUIET()
        assert await ref.call(Counter.on_add, 0) == 6  # the first was handled before; its sum died with the state
        assert system.dead_letters.count == 0


async def test_casts_that_nobody_will_handle_are_counted_dead_letters() -> None:
    async with System([ChildSpec("counter", Counter, Restart.TEMPORARY)]) as system:
        ref = find(system)
        ref.cast(Counter.on_crash)
        ref.cast(Counter.on_add)
        await QUIET()
        assert system.dead_letters.count == 1
        assert system.dead_letters.recent[0][:2] == ("counter", "on_add")
