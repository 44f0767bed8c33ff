"""A disk that hangs for hours is no actor's fault: none crashes of it or is parked, and all goes on when it is back."""

from collections.abc import AsyncIterator

import pytest
import trio
import trio.testing

from actors import runtime, session
from actors.chargers import charger
from actors.chargers.charger import Charger
from actors.recording import journal
from actors.session import Session
from csms.domain import events
from csms.storage.records import Append, Entry, New
from tests.actors.journals import Commits
from tests.actors.node import Connect, Station, Watched

HOUR = 3600.0
PARKED = 8
"""Failures in a row."""
FAULTED = '[2, "s", "StatusNotification", {"connectorId": 2, "errorCode": "NoError", "status": "Faulted"}]'


@pytest.fixture
async def commits(node: Watched, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Commits]:
    """The node's commits."""
    made = Commits(node.log, monkeypatch)
    yield made
    made.go()


async def hang(node: Watched, commits: Commits, nursery: trio.Nursery) -> None:
    """From now on the disk hangs, in the middle of a commit."""
    commits.hold()
    commits.begun = trio.Event()
    note = Entry(events.SYSTEM_STREAM, None, (New(events.Notified(action="Note", payload="{}")),))
    nursery.start_soon(journal.append, node.services.journal, Append(entries=(note,), at=node.services.now()))
    await commits.begun.wait()


async def in_vain(node: Watched) -> None:
    """Ask for the charger's actor while it is rebuilt: nobody is made to wait as long as the disk."""
    with pytest.raises(runtime.CallTimeout):
        await charger.ensure(node.services, "CP-01")


async def hours(clock: trio.testing.MockClock) -> None:
    """More of them than it takes to park an actor that fails each time; then time goes on as usual."""
    clock.rate = 0
    for _ in range(2 * PARKED):
        await trio.testing.wait_all_tasks_blocked()
        clock.jump(HOUR)
    await trio.testing.wait_all_tasks_blocked()
    clock.rate = 1


async def test_who_waits_for_a_commit_waits_as_long_as_the_disk_takes(
    node: Watched, station: Station, commits: Commits, nursery: trio.Nursery, mock_clock: trio.testing.MockClock
) -> None:
    await hang(node, commits, nursery)
    await station.send(FAULTED)
    await node.until(lambda: node.chargers.children["CP-01"].mailbox.current is not None)
    await hours(mock_clock)
    commits.go()
    await node.recorded(events.StatusChanged, where=lambda told: told.status == "Faulted")
    assert node.chargers.children["CP-01"].incarnation == 1


async def test_a_charger_that_is_rebuilt_meanwhile_is_not_parked(
    node: Watched,
    station: Station,
    connect: Connect,
    commits: Commits,
    nursery: trio.Nursery,
    mock_clock: trio.testing.MockClock,
) -> None:
    await hang(node, commits, nursery)
    actor = node.actor()
    assert actor is not None
    actor.cast(Charger.on_close, "no code", None, None)  # type: ignore[arg-type,call-arg]
    await hours(mock_clock)
    async with trio.open_nursery() as asking:
        asking.start_soon(in_vain, node)
        await hours(mock_clock)
    commits.go()
    again = await connect()
    await again.status("Faulted", 2)
    assert node.chargers.children["CP-01"].incarnation == 2


async def test_nor_is_a_session(
    node: Watched,
    station: Station,
    commits: Commits,
    nursery: trio.Nursery,
    mock_clock: trio.testing.MockClock,
) -> None:
    await station.start(meter=1000)
    session_id = (await node.only()).id
    ref = await session.ensure(node.services, session_id)
    await hang(node, commits, nursery)
    ref.cast(Session.on_status, None, None)  # type: ignore[arg-type]
    await hours(mock_clock)
    commits.go()
    state = await session.view(ref)
    assert state is not None
    assert state.status == "active"
    assert node.sessions.children[session_id].incarnation == 2
