"""What was acknowledged survives kill -9, once, and the log goes on as if nothing had happened."""

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import tests
from csms.storage import verify
from csms.storage.log import Log
from tests.csms.storage.support import NOW

KILLS = 6
ROOT = Path(tests.__file__).parent.parent


def _append_until_killed(directory: Path, acknowledgements: int) -> list[str]:
    """Let a process append until it acknowledged so many events, kill it there, and return all that it acknowledged."""
    command = [sys.executable, "-m", "tests.csms.storage.appender", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(acknowledgements)]
        process.kill()
        told += process.stdout.readlines()
    return [line.decode().strip() for line in told if line.endswith(b"\n")]


def test_what_was_acknowledged_survives_kill_9_once(directory: Path) -> None:
    dice = random.Random(7)
    acknowledged: list[str] = []
    for _ in range(KILLS):
        acknowledged += _append_until_killed(directory, dice.randrange(1, 400))
    with Log.open(directory) as log:
        stored = Counter(event.event_id.hex() for event in log.read_all())
        log.checkpoint(NOW)
        assert list(verify.findings(log.connection)) == []
    assert len(acknowledged) >= KILLS
    assert [given for given in acknowledged if stored[given] != 1] == []
    assert max(stored.values()) == 1
