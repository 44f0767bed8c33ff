"""Handshakes one after the other, in virtual time."""

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from csms.gateway import admission


async def test_no_more_than_at_once_are_inside(mock_clock: MockClock) -> None:
    door = admission.Admission(at_once=2, rate=0)
    first, _second = await door.enter(), await door.enter()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(door.enter)
        nursery.start_soon(door.enter)
        await wait_all_tasks_blocked()
        assert door.waiting == 1  # the other one is next in line
        door.leave(first)
        await wait_all_tasks_blocked()
        assert door.waiting == 0
        nursery.cancel_scope.cancel()


async def test_who_came_first_enters_first(mock_clock: MockClock) -> None:
    door = admission.Admission(at_once=1, rate=0)
    ticket, order = await door.enter(), []

    async def enter(number: int) -> None:
        mine = await door.enter()
        order.append(number)
        door.leave(mine)

    async with trio.open_nursery() as nursery:
        for number in range(5):
            nursery.start_soon(enter, number)
            await wait_all_tasks_blocked()
        door.leave(ticket)
    assert order == [0, 1, 2, 3, 4]


async def test_a_stalled_handshake_loses_its_slot_but_may_go_on(autojump_clock: MockClock) -> None:
    door = admission.Admission(at_once=1, rate=0)
    stalled = await door.enter()
    await door.enter()
    assert trio.current_time() == admission.PATIENCE
    door.leave(stalled)  # what it gave back already is not given back twice
    await door.enter()
    assert trio.current_time() == 2 * admission.PATIENCE


async def test_after_a_burst_they_enter_at_the_rate(autojump_clock: MockClock) -> None:
    door = admission.Admission(at_once=5, rate=10)
    for _ in range(25):
        door.leave(await door.enter())
    assert round(trio.current_time(), 6) == 2.0


async def test_who_gives_up_waiting_leaves_the_line(mock_clock: MockClock) -> None:
    door = admission.Admission(at_once=1, rate=0)
    ticket = await door.enter()
    with trio.CancelScope() as scope:
        scope.cancel()
        await door.enter()
    door.leave(ticket)
    assert await door.enter()
