"""The whole: what opening and leaving a system promise, and the hard deadline in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from functools import partial

import pytest
import trio
import trio.testing

from actors.runtime import ChildSpec, GaveUp, StartFailed, System
from tests.actors.runtime.examples import COUNTER, Counter, Flaky, diaries, find


async def test_the_block_ends_with_an_ordered_drain() -> None:
    pages: list[str] = []
    async with System(diaries(pages, "a", "b")):
        pages.clear()
    assert pages == ["b terminate shutdown", "a terminate shutdown"]


async def test_an_error_in_the_block_comes_out_as_it_is_after_the_drain() -> None:
    pages: list[str] = []
    with pytest.raises(LookupError, match="mine"):
        async with System(diaries(pages, "a")):
            raise LookupError("mine")
    assert pages[-1] == "a terminate shutdown"


async def test_cancelling_the_block_drains_too() -> None:
    pages: list[str] = []
    with trio.move_on_after(5) as scope:
        async with System(diaries(pages, "a")):
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert pages[-1] == "a terminate shutdown"


async def test_stop_ends_the_block() -> None:
    async with System([COUNTER]) as system:
        system.stop()
        await trio.sleep_forever()
    assert trio.current_time() == 0


async def test_a_root_that_gives_up_ends_the_block_with_gave_up() -> None:
    with pytest.raises(GaveUp, match="root gave up"):
        async with System([COUNTER], intensity=0) as system:
            find(system).cast(Counter.on_crash)
            await trio.sleep_forever()


async def test_a_failed_start_names_the_child_that_failed() -> None:
    def script() -> None:
        raise OSError("no")

    with pytest.raises(StartFailed) as caught:
        async with System([COUNTER, ChildSpec("flaky", partial(Flaky, script))]):
            pass
    assert caught.value.name == "flaky"


async def test_two_systems_do_not_know_each_other() -> None:
    async with System([COUNTER]) as one, System([COUNTER]) as two:
        await find(one).call(Counter.on_add, 5)
        assert await find(two).call(Counter.on_add, 1) == 1


async def test_no_task_is_left_behind() -> None:
    before = trio.lowlevel.current_statistics().tasks_living
    async with System([COUNTER, *diaries([], "a", "b")]) as system:
        find(system).cast(Counter.on_crash)
    assert trio.lowlevel.current_statistics().tasks_living == before


def run_script(body: str) -> subprocess.CompletedProcess[str]:
    script = "import time, trio\nfrom actors.runtime import *\n" + textwrap.dedent(body)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)


STUCK = """
    async def stubborn(task):
        task.started()
        await task.stopping.wait()
        {stuck}

    async def main():
        with trio.move_on_after(0.05):
            async with System([ChildSpec("stubborn", lambda: Task(stubborn), shutdown=1)], hard_deadline=0.3):
                await trio.sleep_forever()
        print("drained")

    trio.run(main)
    """


@pytest.mark.parametrize(
    "stuck",
    ["with trio.CancelScope(shield=True): await trio.sleep_forever()", "while True: time.sleep(0.01)"],
    ids=["ignores its cancellation", "blocks the loop"],
)
def test_a_drain_beyond_the_hard_deadline_dumps_the_stacks_and_exits(stuck: str) -> None:
    done = run_script(STUCK.format(stuck=stuck))
    assert done.returncode == 70
    assert "drained" not in done.stdout
    assert "system.hard_deadline: still not stopped after 0.3 s" in done.stderr
    assert "stubborn" in done.stderr


def test_a_drain_in_time_exits_as_usual() -> None:
    done = run_script(STUCK.format(stuck="pass"))
    assert (done.returncode, done.stdout) == (0, "drained\n")
