"""What every actor is given: the clock, the journal's address, the neighbours."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio
import trio.testing

from actors import runtime, services
from actors.recording import readers
from actors.recording.journal import Journal
from actors.services import Services
from csms import config
from csms.storage import lookups
from tests.actors.node import PATIENCE, Watched


def test_now_is_utc_to_the_millisecond_as_the_log_keeps_it() -> None:
    before = datetime.now(UTC)
    now = services.utc_now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert timedelta(milliseconds=-1) < now - before < timedelta(minutes=1)


def alone(tmp_path: Path) -> Services:
    dynamic = runtime.DynamicSupervisor()
    return Services(config.Settings(data=tmp_path), readers.Readers(tmp_path), dynamic, dynamic)


def test_without_a_tree_there_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="journal"):
        _ = alone(tmp_path).journal


def test_no_two_nodes_share_anything(tmp_path: Path) -> None:
    one, other = alone(tmp_path), alone(tmp_path)
    one.links["CP-01"] = object()
    one.traces.add("CP-01", services.utc_now(), "in", "[2]")
    assert (other.links, other.traces.of("CP-01"), len(other.registry)) == ({}, [], 0)


async def test_long_questions_hold_up_no_look_up(node: Watched) -> None:
    go = threading.Event()
    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(node.read, lambda conn: go.wait(PATIENCE))
        await trio.testing.wait_all_tasks_blocked()
        assert await node.services.look_ups.read(lookups.known_charger, "nobody") is None
        go.set()


async def test_the_journals_ref_outlives_its_restarts(node: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = node.services.journal

    async def poison(self: Journal) -> None:
        raise RuntimeError("poison")

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "on_checkpoint", poison)
        poison.__name__ = "on_checkpoint"
        with pytest.raises(runtime.ActorCrashed):
            await journal.call(Journal.on_checkpoint)
    await journal.call(Journal.on_checkpoint)
    assert node.services.journal is journal


async def test_a_commit_may_take_as_long_as_the_disk_does(autojump_clock: trio.testing.MockClock) -> None:
    class Slow(Journal):
        """Takes its time."""

        def __init__(self) -> None:
            """Has no log."""

        async def drained(self) -> None:
            """Has nothing to commit."""

        async def terminate(self, reason: runtime.Reason) -> None:
            """Has nothing to commit."""

        async def on_checkpoint(self) -> None:
            await trio.sleep(3600)

    made = alone(Path())
    async with runtime.System([runtime.ChildSpec("journal", Slow)]) as system:
        made.registry = system.registry
        await made.journal.call(Journal.on_checkpoint)
