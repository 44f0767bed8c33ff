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
        first.leave()
        await wait_all_tasks_blocked()
        assert door.waiting == 0
        nursery.cancel_scope.cancel()


async def test_who_came_first_enters_first(mock_clock: MockClock) -> None:
    door = admission.Admission(at_once=1, rate=0)
    turn, order = await door.enter(), []

    async def enter(number: int) -> None:
        mine = await door.enter()
        order.append(number)
        mine.leave()

    async with trio.open_nursery() as nursery:
        for number in range(5):
            nursery.start_soon(enter, number)
            await wait_all_tasks_blocked()
        turn.leave()
    assert order == [0, 1, 2, 3, 4]


async def test_a_stalled_handshake_loses_its_slot_but_may_go_on(autojump_clock: MockClock) -> None:
    door = admission.Admission(at_once=1, rate=0)
    stalled = await door.enter()
    await door.enter()
    assert trio.current_time() == admission.PATIENCE
    stalled.leave()  # what it gave back already is not given back twice
    await door.enter()
    assert trio.current_time() == 2 * admission.PATIENCE


async def test_while_one_waits_for_its_client_another_may_enter_and_it_goes_on_without_waiting(
    mock_clock: MockClock,
) -> None:
    door = admission.Admission(at_once=2, rate=0)
    first = await door.enter()
    first.pause()
    second, third = await door.enter(), await door.enter()
    first.resume()  # it counts again: there are three now
    async with trio.open_nursery() as nursery:
        nursery.start_soon(door.enter)
        for turn, entered in ((second, False), (third, True)):
            turn.leave()
            await wait_all_tasks_blocked()
            assert (not nursery.child_tasks) is entered


async def test_a_turn_that_is_over_never_counts_again(mock_clock: MockClock) -> None:
    door = admission.Admission(at_once=1, rate=0)
    first = await door.enter()
    first.leave()
    first.pause()
    first.resume()
    await door.enter()
    assert trio.current_time() == 0


async def test_after_a_burst_they_enter_at_the_rate(autojump_clock: MockClock) -> None:
    door = admission.Admission(at_once=5, rate=10)
    for _ in range(25):
        (await door.enter()).leave()
    assert round(trio.current_time(), 6) == 2.0


async def test_who_gives_up_waiting_leaves_the_line(mock_clock: MockClock) -> None:
    door = admission.Admission(at_once=1, rate=0)
    turn = await door.enter()
    with trio.CancelScope() as scope:
        scope.cancel()
        await door.enter()
    turn.leave()
    await door.enter()
    assert trio.current_time() == 0
