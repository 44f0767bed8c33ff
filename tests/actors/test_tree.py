"""The supervision tree as a whole: its shape, its order, what it takes up again after an end, and whom it tells."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
import trio

from actors import runtime, session, tree
from actors.chargers import charger
from actors.connections import quarantine
from actors.recording import journal
from actors.recording.journal import Journal
from csms import config
from csms.domain import events
from csms.storage import checkpoints, errors, lookups
from csms.storage.log import Append, Log
from csms.storage.reference import chargers
from tests.actors import node as nodes
from tests.actors.node import Connect, Station, Watched
from tests.csms.storage.support import Teller, started

ROW = re.compile(r"^ *(?:\|-|`-|├─|└─) (\w+) +(.*(?:\n +\|  +.*)*)$", re.MULTILINE)


async def http(task: runtime.Task) -> None:
    """Stands for the server of api/."""
    task.started()
    await task.stopping.wait()


HTTP = runtime.ChildSpec("http", lambda: runtime.Task(http))


@contextmanager
def log_before(settings: config.Settings) -> Iterator[Teller]:
    """What a server that was killed left in the log."""
    with Log.open(settings.data) as log:
        yield Teller(log)


def restarts(node: Watched) -> dict[str, int]:
    return {each["id"]: each["restarts"] for each in node.actors()["children"]}


# -- Shape -------------------------------------------------------------------------------------------------------------


def below_root(node: Watched) -> dict[str, Any]:
    return {each["id"]: each for each in node.actors()["children"]}


async def test_the_drawing_is_the_tree(settings: config.Settings) -> None:
    async with nodes.running(settings, HTTP) as node:
        assert [name for name, _ in ROW.findall(tree.__doc__ or "")] == list(below_root(node))


async def test_the_drawing_names_what_is_in_the_background(node: Watched) -> None:
    told = dict(ROW.findall(tree.__doc__ or ""))["background"]
    inside = [each["id"] for each in below_root(node)["background"]["children"]]
    assert [word for word in re.findall(r"\w+", told) if word in inside] == inside
    assert "one_for_one" in told


async def test_everything_runs_but_what_runs_once(node: Watched) -> None:
    states = {name: row["state"] for name, row in below_root(node).items()}
    assert states.pop("recovery") == "stopped"
    assert set(states.values()) == {"running"}


async def test_chargers_and_sessions_are_in_the_tree_by_their_ids(node: Watched, station: Station) -> None:
    await station.start()
    [state] = await node.sessions_of()
    rows = below_root(node)
    assert [each["name"] for each in rows["chargers"]["children"]] == ["chargers/CP-01"]
    assert [each["name"] for each in rows["sessions"]["children"]] == [f"sessions/{state.id}"]


# -- Order -------------------------------------------------------------------------------------------------------------


class Lives(trio.abc.Instrument):
    """When tasks of the tree began and ended, by name."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.ended: list[str] = []

    def task_spawned(self, task: trio.lowlevel.Task) -> None:
        self.began.append(task.name)

    def task_exited(self, task: trio.lowlevel.Task) -> None:
        self.ended.append(task.name)


async def test_it_starts_in_the_order_of_the_drawing_and_stops_in_reverse(settings: config.Settings) -> None:
    lives = Lives()
    trio.lowlevel.add_instrument(lives)
    async with nodes.running(settings, HTTP) as node:
        drawn = list(below_root(node))
    trio.lowlevel.remove_instrument(lives)
    assert [name for name in lives.began if name in drawn] == drawn
    assert [name for name in lives.ended if name in drawn] == ["recovery", *(x for x in drawn[::-1] if x != "recovery")]


async def test_what_chargers_said_last_is_stored_before_the_journal_ends(
    settings: config.Settings, nursery: trio.Nursery
) -> None:
    async with nodes.running(settings) as node:
        await nodes.furnish(node)
        station: Station = await nursery.start(nodes.run, f"{node.url}/CP-01")
        await station.start()
    with Log.open(settings.data, readonly=True) as log:
        assert lookups.online_chargers(log.connection) == []
        assert len(lookups.open_session_ids(log.connection)) == 1


async def test_a_port_that_is_taken_keeps_it_from_starting(settings: config.Settings, node: Watched) -> None:
    assert node.front.gateway is not None
    port = node.front.gateway.endpoints[0].port
    with pytest.raises(runtime.StartFailed, match=str(port)):
        async with nodes.running(nodes.made(settings.data.with_name("other"), ocpp_port=port)):
            raise AssertionError("it must not start")


# -- Crashes stay where they are ---------------------------------------------------------------------------------------


async def crash(monkeypatch: pytest.MonkeyPatch, ref: runtime.Ref[Journal]) -> None:
    async def poison(self: Journal) -> None:
        raise RuntimeError("poison")

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "on_checkpoint", poison)
        poison.__name__ = "on_checkpoint"
        with pytest.raises(runtime.ActorCrashed):
            await ref.call(Journal.on_checkpoint)


async def test_a_crash_of_the_journal_restarts_nobody_else(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    await crash(monkeypatch, node.services.journal)
    await station.start()
    assert {name: count for name, count in restarts(node).items() if count} == {"journal": 1}
    assert len(node.have(events.Connected)) == 1


async def test_a_crash_in_the_background_never_reaches_a_socket(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*args: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(quarantine, "alert", broken)
        node._alert("test", "CP-01", "")
        await node.until(lambda: node.system.crashes)
        await station.result("Heartbeat", {})
    assert set(restarts(node).values()) == {0}


async def test_after_a_crash_of_the_journal_pages_read_anew(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    with node.hub.subscribe() as subscription:
        await crash(monkeypatch, node.services.journal)
        await station.status("Faulted")
        assert await _topics_until(subscription, "chargers") == ["reset", "chargers"]


async def test_after_a_commit_of_unknown_outcome_pages_read_anew(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "PROBE_SECONDS", 0.01)
    real = node.log.append_batch

    def unsure(appends: list[Append]) -> list[errors.StorageError]:
        monkeypatch.setattr(node.log, "append_batch", real)
        real(appends)
        return [errors.AppendUnknown("I/O") for _ in appends]

    with node.hub.subscribe() as subscription:
        monkeypatch.setattr(node.log, "append_batch", unsure)
        with pytest.raises(nodes.Closed):
            await station.status("Faulted")
        assert (await _topics_until(subscription, "reset"))[-1] == "reset"


async def _topics_until(subscription: Any, topic: str) -> list[str]:
    topics: list[str] = []
    while topic not in topics:
        item = await subscription.next(nodes.PATIENCE)
        assert item is not None, topics
        topics.append(item.topic)
    return topics


# -- Taking up again ---------------------------------------------------------------------------------------------------


async def test_sessions_that_were_open_are_awake_again_and_ended_ones_are_not(settings: config.Settings) -> None:
    with log_before(settings) as teller:
        teller.tell("s1", started(key="1"))
        teller.tell("s2", started(key="2", connector_id=2))
        teller.stay("s3")
    async with nodes.running(settings) as node:
        assert [node.session_actor(each) is not None for each in ("s1", "s2", "s3")] == [True, True, False]


async def test_chargers_that_were_online_are_offline_and_their_orders_unknown(settings: config.Settings) -> None:
    with log_before(settings) as teller:
        teller.say("CP-01", events.Connected(epoch=3, protocol="1.6"))
        teller.say("CP-01", events.CommandRequested(command_id="c1", command="reset", by="me"))
        teller.say("CP-02", events.Connected(epoch=1, protocol="1.6"), events.Disconnected(epoch=1))
    async with nodes.running(settings) as node:
        assert await node.read(lookups.online_chargers) == []
        assert [each.event for each in node.stored] == [
            events.Disconnected(epoch=3, reason="the server lost the connection"),
            events.CommandEnded(
                command_id="c1",
                status="unknown",
                detail="the server restarted before the charger answered; the outcome is unknown",
            ),
        ]
        assert node.actor("CP-01") is None, "its actor is not even woken for that"


async def test_many_that_were_online_share_commits(settings: config.Settings) -> None:
    with log_before(settings) as teller:
        for number in range(50):
            teller.say(f"CP-{number}", events.Connected(epoch=1, protocol="1.6"))
    async with nodes.running(settings) as node:
        assert len(node.have(events.Disconnected)) == 50
        state = runtime.sys.get_state(node.services.journal)
        assert isinstance(state, dict)
        assert state["commits"] < 10


async def test_a_charge_goes_on_where_it_was(settings: config.Settings, nursery: trio.Nursery) -> None:
    async with nodes.running(settings) as node:
        await nodes.furnish(node)
        station: Station = await nursery.start(nodes.run, f"{node.url}/CP-01")
        number = (await station.start(meter=0))["transactionId"]
    async with nodes.running(settings) as node:
        station = await nursery.start(nodes.run, f"{node.url}/CP-01")
        await station.meter(number, 700)
        await station.stop(number, 1500)
        [state] = await node.sessions_of()
    assert (state.status, str(state.energy_wh)) == ("completed", "1500")


async def test_a_session_that_cannot_be_rebuilt_holds_up_nothing_and_is_told(
    settings: config.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with log_before(settings) as teller:
        teller.tell("s1", started(key="1"))
        teller.tell("s2", started(key="2", connector_id=2))
    real = lookups.session_events

    def damaged(conn: sqlite3.Connection, session_id: str) -> object:
        return real(conn, session_id) if session_id != "s1" else [None]

    monkeypatch.setattr(lookups, "session_events", damaged)
    async with nodes.running(settings) as node:
        assert node.front.gateway is not None
        alert = await node.recorded(events.AlertRaised)
        assert (alert.kind, alert.subject) == ("session_parked", "s1")
        assert alert.detail.startswith("init failed")
        parked = node.session_actor("s1")
        assert parked is not None
        with pytest.raises(runtime.Parked):
            await session.view(parked)
        assert (other := node.session_actor("s2")) is not None
        assert await session.view(other) is not None


async def test_a_charger_that_cannot_be_rebuilt_is_parked_and_told_and_the_others_serve(
    node: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.chargers.park_after = 2
    real = lookups.charger_state
    monkeypatch.setattr(lookups, "charger_state", lambda conn, key: real(conn, key) if key == "CP-02" else 1 / 0)
    with pytest.raises(runtime.StartFailed):
        await node.charger("CP-01")
    alert = await node.recorded(events.AlertRaised)
    assert (alert.kind, alert.subject) == ("charger_parked", "CP-01")
    with pytest.raises(runtime.Parked):
        await node.charger("CP-01")
    await (await connect("CP-02")).boot()


# -- Now and then ------------------------------------------------------------------------------------------------------


async def test_checkpoints_are_written(
    settings: config.Settings, monkeypatch: pytest.MonkeyPatch, nursery: trio.Nursery
) -> None:
    monkeypatch.setattr(tree, "CHECKPOINT_SECONDS", 0.01)
    with log_before(settings) as teller:
        teller.tell("s1", started())
    async with nodes.running(settings) as node:
        done = trio.Event()

        def tracer(step: runtime.Traced) -> None:
            if (step.event, step.method) == ("handled", "on_checkpoint"):
                done.set()

        runtime.sys.trace(node.services.journal, tracer)
        await done.wait()
        written = await node.read(checkpoints.last)
    assert written is not None
    assert written.events == 1


# -- A disk that takes nothing -----------------------------------------------------------------------------------------


async def test_a_full_disk_sends_chargers_away_is_told_and_mends_by_itself(
    node: Watched, station: Station, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "PROBE_SECONDS", 0.01)
    monkeypatch.setattr("actors.alerts.RETRY_SECONDS", 0.01)
    node.log.connection.execute("PRAGMA query_only = ON")
    with pytest.raises(nodes.Closed) as closed:
        await station.start()
    assert closed.value.code == 1013
    assert not node.healthy
    node.log.connection.execute("PRAGMA query_only = OFF")
    alert = await node.recorded(events.AlertRaised)
    assert (alert.kind, alert.subject) == ("storage_unavailable", "journal")
    await node.until(lambda: node.healthy)
    again = await connect()
    await again.start()


# -- What others use ---------------------------------------------------------------------------------------------------


async def test_an_unknown_charger_is_told_by_its_name(node: Watched) -> None:
    with pytest.raises(tree.UnknownCharger, match="CP-99") as unknown:
        await node.charger("CP-99")
    assert unknown.value.charger_id == "CP-99"


async def test_a_charger_is_woken_in_its_stored_spelling(node: Watched) -> None:
    assert (await node.charger("cp-01")).name == "chargers/CP-01"
    assert await node.charger("CP-01") == await node.charger("cp-01")


async def test_a_change_is_told_to_an_actor_that_is_awake_only(node: Watched) -> None:
    node.charger_changed("CP-01")
    assert node.actor("CP-01") is None
    ref = await node.charger("CP-01")
    node.charger_changed("CP-01")
    await charger.live(ref)
    assert "on_changed" in runtime.sys.last_messages(ref)


async def test_a_removed_charger_is_sent_away_and_what_it_said_forgotten(node: Watched, station: Station) -> None:
    await node.write(chargers.remove, "CP-01", None)
    assert node.services.traces.of("CP-01")
    node.charger_removed("CP-01")
    assert (await station.closed()).code == 1008
    assert node.services.traces.of("CP-01") == []


async def test_an_actor_that_is_too_busy_to_be_told_costs_nobody_anything(node: Watched) -> None:
    ref = await node.charger("CP-01")
    runtime.sys.suspend(ref)
    for _ in range(charger.Charger.capacity):
        ref.cast(charger.Charger.on_live)
    node.charger_changed("CP-01")
    runtime.sys.resume(ref)


async def test_what_was_written_is_read(node: Watched) -> None:
    def note(conn: sqlite3.Connection, value: int, *, name: str) -> None:
        conn.execute("UPDATE counters SET value = ? WHERE name = ?", (value, name))

    def noted(conn: sqlite3.Connection, name: str) -> int:
        found: int = conn.execute("SELECT value FROM counters WHERE name = ?", (name,)).fetchone()[0]
        return found

    await node.write(note, 41, name="transaction")
    assert await node.read(partial(noted, name="transaction")) == 41
