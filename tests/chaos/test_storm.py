"""SIGTERM while everybody comes back at once: a clean end, whoever was let in by then, and no record lost by it."""

import pathlib
import random

from tests.chaos import agreement, charging
from tests.e2e import server

CHARGERS = 60


def test_a_stop_in_a_reconnect_storm_is_clean_and_loses_nothing(
    tmp_path: pathlib.Path, seed: int, dice: random.Random
) -> None:
    with server.serving(tmp_path / "data") as running, charging.everywhere(running, CHARGERS, seed) as fleet:
        running.kill()
        fleet.offline()
        running.spawn()
        fleet.acknowledged(dice.randint(1, CHARGERS))
        assert running.stop() == 0
        fleet.offline()
        running.spawn()
        running.ready()
        fleet.leave()
        agreement.agree(running, fleet.told)
