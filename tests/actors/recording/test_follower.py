"""Followers act on each event of theirs at least once, whatever fails or crashes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from actors import runtime
from actors.recording import follower, journal
from csms.domain import events
from csms.storage import verify
from csms.storage.records import Append, Entry, New, Stored
from csms.storage.reference import cursors
from tests.actors import node as nodes

ALERT = "AlertRaised"


async def raised(node: nodes.Watched, *kinds: str) -> None:
    """Alerts in the log, as any actor stores them."""
    for kind in kinds:
        entry = Entry(events.SYSTEM_STREAM, None, (New(events.AlertRaised(kind=kind, subject="x")),))
        await journal.append(node.services.journal, Append(entries=(entry,), at=node.services.now()))


class Acting:
    """Acts by remembering; fails at what it is told to fail at."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.failing: set[str] = set()

    async def __call__(self, stored: Stored) -> None:
        assert isinstance(stored.event, events.AlertRaised)
        if stored.event.kind in self.failing:
            raise ValueError(f"cannot act on {stored.event.kind}")
        self.seen.append(stored.event.kind)


def following(node: nodes.Watched, act: follower.Act) -> follower.Follower:
    return follower.Follower(node.services, "test", [ALERT], act)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[nodes.Watched]:
    async with nodes.running(nodes.made(tmp_path / "data")) as node:
        yield node


async def test_a_follower_acts_on_what_was_there_and_on_what_comes(node: nodes.Watched) -> None:
    await raised(node, "first")
    act = Acting()
    spec = runtime.ChildSpec("follower", lambda: runtime.Task(following(node, act).serve), shutdown=0)
    async with runtime.System([spec]):
        await nodes.until(lambda: act.seen == ["first"])
        await raised(node, "second", "third")
        await nodes.until(lambda: act.seen == ["first", "second", "third"])


async def test_one_that_comes_back_goes_on_where_it_was(node: nodes.Watched) -> None:
    act = Acting()
    await raised(node, "first")
    await following(node, act).catch_up()
    await raised(node, "second")
    again = following(node, act)
    known: int | None = await node.read(cursors.get, "test")
    assert known is not None
    again._at = known
    await again.catch_up()
    assert act.seen == ["first", "second"]


async def test_what_cannot_be_acted_on_is_held_back_alerted_and_nobody_waits_for_it(node: nodes.Watched) -> None:
    act = Acting()
    act.failing.add("bad")
    await raised(node, "bad", "good")
    follows = following(node, act)
    await follows.catch_up()
    assert act.seen == ["good"]
    (held,) = await node.read(cursors.held, "test")
    assert held.reason == "ValueError: cannot act on bad"
    assert await node.read(cursors.lowest) == held.seq - 1
    act.failing.clear()
    await follows._again()
    assert act.seen == ["good", "bad"]
    assert await node.read(cursors.held, "test") == []


async def test_a_cancelled_follower_has_not_acted(node: nodes.Watched) -> None:
    async def never(stored: Stored) -> None:
        await trio.sleep_forever()

    await raised(node, "first")
    with trio.move_on_after(0.05):
        await following(node, never).catch_up()
    assert await node.read(cursors.get, "test") is None
    assert await node.read(cursors.held, "test") == []
    assert await node.read(verify.last_seq) > 0
