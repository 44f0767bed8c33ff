"""kill -9 again and again while fifty sessions run: what was acknowledged is there once, and every session ends right.

Three kills here; `scripts/test --chaos 1000` for a thousand. The chargers go on through all of them, with what was not
acknowledged in their queues.
"""

import os
import pathlib
import random
import signal
import sys

import pytest

from tests.chaos import agreement, charging
from tests.e2e import server

KILLS = int(os.environ.get("CHAOS_KILLS") or 3)
UNANSWERED = max(2, KILLS // 10)
CHARGERS = 50
SOME = 15
FEWER = max(1, KILLS // 3)
"""The versions of OCPP differ in what chargers say, not in how it is stored."""
BEFORE_A_KILL = 1000
"""Records, at most: some kills strike while everybody comes back, others in the middle of charging."""


@pytest.mark.parametrize(
    ("protocol", "chargers", "kills"), [("1.6", CHARGERS, KILLS), ("2.0.1", SOME, FEWER), ("2.1", SOME, FEWER)]
)
def test_sessions_everywhere_survive_every_kill(
    tmp_path: pathlib.Path, seed: int, dice: random.Random, protocol: str, chargers: int, kills: int
) -> None:
    with server.serving(tmp_path / "data") as running, charging.everywhere(running, chargers, seed, protocol) as fleet:
        for _ in range(kills):
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
