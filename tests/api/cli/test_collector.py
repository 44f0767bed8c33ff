"""The garbage collector of a server."""

import subprocess
import sys

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
