"""One connection from its attachment to its end: every frame is handled, tried again, or kept aside. None is lost."""

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
import trio

from actors import runtime
from actors.chargers import charger
from actors.connections import conversation
from actors.recording import journal
from csms import config
from csms.domain import events
from csms.storage import errors
from csms.storage.records import Append, Fence
from tests.actors import node as nodes
from tests.actors.node import Closed, Connect, Station, Watched


@contextmanager
def failing(
    monkeypatch: pytest.MonkeyPatch, *, times: int = 1_000, handled: bool = False, method: str = "on_frame"
) -> Iterator[None]:
    """Crash the charger's actor at its next messages of a kind: before it handles them, or after."""
    real: Callable[..., Any] = getattr(charger.Charger, method)
    left = times

    @functools.wraps(real)
    async def poison(self: charger.Charger, *args: Any) -> Any:
        nonlocal left
        left -= 1
        result = await real(self, *args) if left < 0 or handled else None
        if left >= 0:
            raise RuntimeError("poison")
        return result

    with monkeypatch.context() as patch:
        patch.setattr(charger.Charger, method, poison)
        yield


def readonly(node: Watched, *, on: bool) -> None:
    """Make the disk refuse every write, or take them again."""
    node.log.connection.execute(f"PRAGMA query_only = {'ON' if on else 'OFF'}")


# -- A crash keeps the socket, and the frame is tried once more --------------------------------------------------------


@pytest.mark.parametrize("handled", [False, True])
async def test_a_frame_in_a_crash_is_answered_and_counts_once(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch, handled: bool
) -> None:
    with failing(monkeypatch, times=1, handled=handled):
        started = await station.start(meter=0)
    with failing(monkeypatch, times=1, handled=handled):
        await station.meter(started["transactionId"], 700)
    with failing(monkeypatch, times=1, handled=handled):
        await station.stop(started["transactionId"], 1500)
    [session] = await node.sessions_of()
    assert session.transaction_id == str(started["transactionId"])
    assert (session.energy_wh, session.samples) == (Decimal(1500), 1)
    assert len(node.have(events.SessionStarted) + node.have(events.SessionStopped)) == 2
    assert node.have(events.FrameQuarantined) == []


async def test_a_crash_is_nothing_that_the_charger_notices(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = node.services.links["CP-01"]
    with failing(monkeypatch, times=1):
        await station.result("Heartbeat", {})
    assert node.services.links["CP-01"] is link
    assert (len(node.have(events.Connected)), node.have(events.Disconnected)) == (1, [])


# -- What fails twice --------------------------------------------------------------------------------------------------


async def test_a_transaction_record_that_fails_twice_is_kept_aside_and_acknowledged(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing(monkeypatch):
        answer = await station.start()
    assert answer["idTagInfo"] == {"status": "Accepted"}
    assert answer["transactionId"] > 0
    kept = await node.recorded(events.FrameQuarantined)
    assert json.loads(kept.frame)[2] == "StartTransaction"
    assert "poison" in kept.reason
    assert node.have(events.AlertRaised)[0].kind == "frame_quarantined"


async def test_any_other_call_that_fails_twice_gets_an_error(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing(monkeypatch):
        assert (await station.call("Heartbeat", {}))[2] == "InternalError"
    assert node.have(events.FrameQuarantined) == []


async def test_an_answer_of_the_charger_is_answered_with_nothing(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(station.heard)
    with failing(monkeypatch):
        await station.send('[3,"c1",{"status":"Accepted"}]')
        await station.call("Heartbeat", {})
    assert len(station.heard) == before + 1


async def test_after_a_frame_that_failed_the_next_one_is_handled(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing(monkeypatch):
        await station.call("Heartbeat", {})
    assert "currentTime" in await station.result("Heartbeat", {})


async def test_a_parked_charger_keeps_its_socket_and_its_records_are_kept_aside(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.chargers.park_after = 2
    with failing(monkeypatch):
        await station.call("Heartbeat", {})
    await node.recorded(events.AlertRaised, where=lambda alert: alert.kind == "charger_parked")
    await station.meter(1, 100)
    assert (await station.call("Heartbeat", {}))[2] == "InternalError"
    assert json.loads(node.have(events.FrameQuarantined)[0].frame)[2] == "MeterValues"


async def test_a_parked_charger_that_is_restarted_is_served_again(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.chargers.park_after = 2
    with failing(monkeypatch):
        await station.call("Heartbeat", {})
    alert = await node.recorded(events.AlertRaised, where=lambda alert: alert.kind == "charger_parked")
    assert alert.detail.endswith("csms actor restart chargers/CP-01")
    await node.restart("chargers/CP-01")
    assert "currentTime" in (await station.call("Heartbeat", {}))[2]


@pytest.mark.parametrize("name", ["journal", "chargers", "chargers/CP-99", "nothing/CP-01", ""])
async def test_what_is_no_charger_and_no_session_cannot_be_restarted(node: Watched, name: str) -> None:
    with pytest.raises(runtime.UnknownChild):
        await node.restart(name)


async def test_a_session_that_cannot_be_told_is_no_crash_of_its_charger(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = (await station.start())["transactionId"]
    [state] = await node.sessions_of()

    async def poison(*args: object) -> None:
        raise RuntimeError("poison")

    with monkeypatch.context() as patch:
        patch.setattr("actors.session.Session.on_meter", poison)
        poison.__name__ = "on_meter"
        await station.meter(number, 1500)
    assert state.id in node.have(events.FrameQuarantined)[0].reason
    ref = node.actor()
    assert ref is not None
    assert runtime.sys.statistics(ref)["restarts"] == 0


# -- A busy actor ------------------------------------------------------------------------------------------------------


async def test_a_frame_for_an_actor_that_is_too_busy_waits_and_is_given_again(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(conversation, "BUSY_SECONDS", 0.3)
    ref = await node.charger("CP-01")
    runtime.sys.suspend(ref)
    for _ in range(charger.Charger.capacity):
        ref.cast(charger.Charger.on_live)
    station.expect("1")
    await station.send('[2,"1","Heartbeat",{}]')
    await node.until(lambda: "told_again" in caplog.text)
    runtime.sys.resume(ref)
    assert (await station.reply("1"))[0] == 3


@pytest.mark.parametrize("behind", [False, True], ids=["the charger's actor", "the session's actor"])
async def test_a_record_that_nobody_has_time_for_is_not_acknowledged_and_counts_when_it_comes_again(
    node: Watched, station: Station, connect: Connect, monkeypatch: pytest.MonkeyPatch, behind: bool
) -> None:
    number = (await station.start(meter=0))["transactionId"]
    slow, call = ("on_meter" if behind else "on_frame"), runtime.Ref.call

    async def overloaded(self: runtime.Ref[Any], message: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if message.__name__ == slow:
            raise runtime.CallTimeout(self.name, 60)
        return await call(self, message, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(runtime.Ref, "call", overloaded)
        with pytest.raises(Closed) as closed:
            await station.meter(number, 700)
    assert closed.value.code == 1013
    assert not node.have(events.FrameQuarantined)
    again = await connect()
    await again.meter(number, 700)
    assert (await node.only()).energy_wh == Decimal(700)


# -- Nothing false is acknowledged -------------------------------------------------------------------------------------


async def test_a_frame_that_cannot_be_stored_is_not_answered_and_the_charger_sent_away(
    node: Watched, station: Station
) -> None:
    readonly(node, on=True)
    with pytest.raises(Closed) as closed:
        await station.start()
    assert closed.value.code == 1013
    readonly(node, on=False)


async def test_a_frame_that_cannot_even_be_kept_aside_is_not_answered(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    readonly(node, on=True)
    with failing(monkeypatch), pytest.raises(Closed) as closed:
        await station.start()
    assert closed.value.code == 1013
    readonly(node, on=False)


async def test_a_frame_whose_keeping_is_of_unknown_outcome_is_not_answered(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing(monkeypatch), monkeypatch.context() as patch, pytest.raises(Closed):
        patch.setattr(node.log, "append_batch", lambda appends: [errors.AppendUnknown("I/O") for _ in appends])
        await station.start()
    assert node.have(events.FrameQuarantined) == []


async def test_a_connection_that_was_superseded_elsewhere_is_closed_without_an_answer(
    node: Watched, station: Station
) -> None:
    claimed = Append(entries=(), at=node.services.now(), claim=Fence("CP-01", 99))
    await journal.append(node.services.journal, claimed)
    with pytest.raises(Closed) as closed:
        await station.start()
    assert closed.value.code == 1000
    assert await node.sessions_of() == []


# -- Coming and going --------------------------------------------------------------------------------------------------


async def test_a_charger_whose_actor_cannot_be_started_is_told_to_come_later(
    node: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.chargers.park_after = 1
    with failing(monkeypatch, method="init"):
        station = await connect(attached=False)
        assert (await station.closed()).code == 1013
    assert node.services.links == {}


async def test_an_attachment_in_a_crash_is_tried_once_more(
    node: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing(monkeypatch, times=1, handled=True, method="on_attach"):
        station = await connect()
        await station.boot()
    assert (await charger.live(await node.charger("CP-01"))).online


async def test_the_end_of_a_connection_is_recorded_with_its_reason(node: Watched, station: Station) -> None:
    await station.close()
    assert (await node.recorded(events.Disconnected)).reason


async def test_an_end_that_cannot_be_told_leaves_no_dead_link_behind(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing(monkeypatch, method="on_detach"):
        await station.close()
        await node.until(lambda: node.services.links == {})
    assert not (await charger.live(await node.charger("CP-01"))).online


async def test_the_end_of_an_old_connection_leaves_the_new_ones_link(
    node: Watched, station: Station, connect: Connect
) -> None:
    newer = await connect()
    await station.closed()
    await newer.result("Heartbeat", {})
    assert list(node.services.links) == ["CP-01"]


async def test_a_server_that_stops_records_that_its_chargers_are_gone(
    settings: config.Settings, nursery: trio.Nursery
) -> None:
    async with nodes.running(settings) as node:
        await nodes.furnish(node)
        station: Station = await nursery.start(nodes.run, f"{node.url}/CP-01")
        await station.boot()
    assert (await station.closed()).code == 1001
    [gone] = node.have(events.Disconnected)
    assert gone.reason == "restart"
