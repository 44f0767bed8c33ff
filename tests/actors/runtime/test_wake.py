"""What tasks are woken with is an outcome like any other."""

from collections.abc import AsyncGenerator, Generator

import trio

from actors.runtime import wake


async def test_a_task_gets_the_value() -> None:
    task = trio.lowlevel.current_task()
    trio.lowlevel.current_trio_token().run_sync_soon(trio.lowlevel.reschedule, task, wake.Answer("energy"))
    assert await trio.lowlevel.wait_task_rescheduled(lambda _: trio.lowlevel.Abort.FAILED) == "energy"


async def test_nothing_wakes_any_number_of_times() -> None:
    task, token = trio.lowlevel.current_task(), trio.lowlevel.current_trio_token()
    for _ in range(2):
        token.run_sync_soon(trio.lowlevel.reschedule, task, wake.NOTHING)
        assert await trio.lowlevel.wait_task_rescheduled(lambda _: trio.lowlevel.Abort.FAILED) is None


async def test_generators_are_resumed_with_it() -> None:
    got: list[object] = []

    def plain() -> Generator[str, object, None]:
        got.append((yield "ready"))
        yield "done"

    async def asynchronous() -> AsyncGenerator[str, object]:
        got.append((yield "ready"))
        yield "done"

    one, two = plain(), asynchronous()
    assert (next(one), await anext(two)) == ("ready", "ready")
    assert wake.Answer(1).send(one) == "done"
    assert await wake.Answer(2).asend(two) == "done"
    assert got == [1, 2]
    await two.aclose()
