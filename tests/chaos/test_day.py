"""A day of a network with all bad days in one: an hour of a small one, or with `scripts/test --day` 24 of 200 chargers.

The server is killed, also between commits and answers, stopped in the middle of a reconnect storm, and away for a
while; its actors fail at awaits, its disk is full, its database locked, its clock wrong. Chargers vanish, are cut off,
lose power and have wrong clocks; two places fight for an identity; engineers give orders, dashboards follow, and
hostile peers do what they can. The small one leaves out what takes long and has a test of its own.
"""

import os
import pathlib
import time

import pytest

from tests.chaos import day, plans, reckoning
from tests.e2e import lines

CHARGERS = os.environ.get("CHAOS_DAY")
PLAN = plans.FULL._replace(chargers=int(CHARGERS)) if CHARGERS else plans.SMALL
MEMORY = 64 * 2**20
FILES = TASKS = 16
"""So much more may be in use in the evening than on the next morning: bytes, connections of readers, their threads."""


@pytest.mark.skipif(not pathlib.Path("/proc/self/statm").exists(), reason="only Linux tells what a process uses")
def test_a_day_with_everything(
    tmp_path: pathlib.Path, seed: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    monkeypatch.setattr(lines, "PATIENCE_SECONDS", day.PATIENCE_S)

    def tell(line: object) -> None:
        if CHARGERS:
            with capsys.disabled():
                print(f"{time.monotonic() - began:5.0f} s  {line}", flush=True)  # noqa: T201 - it takes a while

    tell(f"CHAOS_SEED={seed}")
    with day.Day(tmp_path, PLAN, seed, tell) as today:
        today.morning()
        tell(today.use())
        today.pass_by()
        strangers = today.strangers_leave()
        tell(strangers)
        assert strangers["wrong"] == []
        assert set(today.happened) == {name for name in plans.EVENTS if getattr(PLAN, name)}
        assert today.strikes() > 0
        for did in ("order", "fight", "attack", "seen_sessions") if CHARGERS else ("order",):
            assert strangers.get(did, 0) > 0, did
        evening = today.use()
        tell(evening)
        today.tomorrow()
        morning = today.use()
        tell(morning)
        chargers = today.night()
        tell(chargers)
        assert chargers["unacknowledged"] == []
        sessions, records = reckoning.agree(today.server, today.book, chargers["misdated"], today.misled)
        tell(f"{sessions} sessions, {records} records")
        assert PLAN.chargers / 2 < sessions < records
        assert evening.memory < morning.memory + MEMORY
        assert evening.files < morning.files + FILES
        assert evening.tasks - evening.actors < morning.tasks - morning.actors + TASKS
