"""The garbage collector of a server."""

import gc
import subprocess
import sys

import pytest
import trio
import trio.testing

from api.cli import collector

PROGRAM = """
import gc
from api.cli import collector
collector.settle()
print(gc.isenabled(), gc.get_freeze_count() > 1000)
print(gc.get_threshold() == (collector.YOUNG, collector.MIDDLE, collector.OLD))
cycle = []
cycle.append(cycle)
del cycle
print(gc.collect() > 0)
"""


def test_what_is_loaded_is_never_looked_at_again_and_new_cycles_still_are() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    assert ran.stdout.split() == ["True"] * 4


async def test_it_looks_by_the_clock_at_the_youngest_and_now_and_then_at_the_middle_ones(
    autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    monkeypatch.setattr(gc, "collect", looks.append)
    with trio.move_on_after(2 * collector.MIDDLE_EVERY * collector.EVERY_S + collector.EVERY_S / 2):
        await collector.tidy()
    assert looks == ([0] * (collector.MIDDLE_EVERY - 1) + [1]) * 2
