"""kill -9 again and again while fifty sessions run: what was acknowledged is there once, and every session ends right.

Three kills here; `scripts/test --chaos 1000` for a thousand. The chargers go on through all of them, with what was not
acknowledged in their queues.
"""

import os
import pathlib
import random
import signal
import sys

from tests.chaos import agreement, charging
from tests.e2e import server

KILLS = int(os.environ.get("CHAOS_KILLS") or 3)
UNANSWERED = max(2, KILLS // 10)
CHARGERS = 50
BEFORE_A_KILL = 1000
"""Records, at most: some kills strike while everybody comes back, others in the middle of charging."""


def test_fifty_sessions_survive_every_kill(tmp_path: pathlib.Path, seed: int, dice: random.Random) -> None:
    with server.serving(tmp_path / "data") as running, charging.everywhere(running, CHARGERS, seed) as fleet:
        for _ in range(KILLS):
            fleet.acknowledged(dice.randrange(BEFORE_A_KILL))
            running.kill()
            fleet.offline()
            running.spawn()
        running.ready()
        fleet.leave()
        agreement.agree(running, fleet.told)


def test_what_was_stored_and_not_yet_answered_counts_once(
    tmp_path: pathlib.Path, seed: int, dice: random.Random
) -> None:
    with server.serving(tmp_path / "data") as running, charging.everywhere(running, CHARGERS, seed) as fleet:
        running.kill()
        for _ in range(UNANSWERED):
            running.spawn(sys.executable, "-m", "tests.chaos.mortal", str(dice.randint(20, 200)))
            assert running.ended() == -signal.SIGKILL
        running.start()
        fleet.leave()
        agreement.agree(running, fleet.told)
