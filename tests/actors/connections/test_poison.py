"""A stream in the log that makes no sense: its one actor is parked and a person told; everybody else goes on."""

from collections.abc import Callable

import pytest
import trio

from actors import runtime, session
from actors.chargers import charger
from actors.recording import journal
from csms.domain import events
from csms.storage.records import Append, Entry, New
from tests.actors.node import Connect, Station, Watched
from tests.csms.storage import support

LATER = "2026-03-01T09:30:00Z"
NONSENSE = events.Notified(action="Nonsense", payload="{}")


async def poison(node: Watched, stream: str) -> None:
    """What no session's stream can hold, and what this program cannot even read."""
    appended = Append(entries=(Entry(stream, None, (New(NONSENSE),)),), at=node.services.now())
    await journal.append(node.services.journal, appended)
    future = "UPDATE types SET name = 'OfTheFuture' WHERE name = 'Notified'"
    await trio.to_thread.run_sync(support.tamper, node.settings.data, future)


async def parked(node: Watched, kind: str, restart: Callable[[], object]) -> events.AlertRaised:
    """Make the actor start anew; the alert that tells of its end."""
    restart()
    return await node.recorded(events.AlertRaised, where=lambda alert: alert.kind == kind)


@pytest.fixture
async def number(node: Watched, station: Station) -> int:
    """A transaction on connector 1 whose session cannot be rebuilt any more."""
    number: int = (await station.start(meter=1000))["transactionId"]
    state = await node.only()
    await poison(node, events.session_stream(state.id))
    ref = await session.ensure(node.services, state.id)
    alert = await parked(node, "session_parked", lambda: ref.cast(session.Session.on_meter, None, None))  # type: ignore[arg-type]
    assert alert.subject == state.id
    return number


async def test_records_of_a_parked_session_are_kept_aside_and_acknowledged(
    node: Watched, station: Station, number: int
) -> None:
    await station.meter(number, 1500)
    assert await station.stop(number, 3000, LATER) == {}
    kept = node.have(events.FrameQuarantined)
    assert ["MeterValues" in kept[0].frame, "StopTransaction" in kept[1].frame] == [True, True]
    alerts = node.have(events.AlertRaised, lambda alert: alert.kind == "frame_quarantined")
    assert [alert.subject for alert in alerts] == ["CP-01", "CP-01"]


async def test_a_repeated_start_of_a_parked_session_gets_a_number_all_the_same(station: Station, number: int) -> None:
    assert (await station.start(meter=1000))["transactionId"] > 0


async def test_the_charger_of_a_parked_session_goes_on(node: Watched, station: Station, number: int) -> None:
    await station.status("Charging")
    await station.status("Available")
    await station.boot()
    assert (await node.state()).state.connectors[1].status == "Available"


@pytest.mark.parametrize("connector_id", [1, 2])
async def test_other_sessions_of_its_charger_go_on(
    node: Watched, station: Station, number: int, connector_id: int
) -> None:
    other = (await station.start(meter=0, connector_id=connector_id, id_tag="OTHER", at=LATER))["transactionId"]
    await station.meter(other, 500, LATER)
    await station.stop(other, 700, LATER)
    _, state = await node.sessions_of()
    assert (state.status, str(state.energy_wh)) == ("completed", "700")


async def test_other_chargers_go_on(node: Watched, number: int, connect: Connect) -> None:
    other = await connect("CP-02")
    its = (await other.start(id_tag="OTHER"))["transactionId"]
    await other.stop(its, 3000, LATER)
    assert (await node.only("CP-02")).energy_wh == 2000


async def test_a_parked_session_is_tried_again_when_somebody_says_so(
    node: Watched, station: Station, number: int
) -> None:
    state = await node.only()
    with pytest.raises(runtime.StartFailed):
        await node.sessions.restart_child(state.id)
    await station.result("Heartbeat", {})


@pytest.fixture
async def lost(node: Watched, station: Station) -> Station:
    """CP-01, whose own stream cannot be read any more; its socket is open."""
    await poison(node, events.charger_stream("CP-01"))
    ref = await node.charger("CP-01")
    alert = await parked(node, "charger_parked", lambda: ref.cast(charger.Charger.on_attach, None))  # type: ignore[arg-type]
    assert alert.subject == "CP-01"
    return station


async def test_transaction_records_of_a_parked_charger_are_kept_aside_and_acknowledged(
    node: Watched, lost: Station
) -> None:
    assert (await lost.start())["transactionId"] > 0
    assert "StartTransaction" in node.have(events.FrameQuarantined)[0].frame
    assert await node.sessions_of() == []


async def test_other_calls_of_a_parked_charger_get_an_error(lost: Station) -> None:
    assert (await lost.call("Heartbeat", {}))[2] == "InternalError"


async def test_a_parked_charger_that_comes_again_is_sent_away(lost: Station, connect: Connect) -> None:
    again = await connect(attached=False)
    assert (await again.closed()).code == 1013


async def test_the_others_go_on_without_a_parked_charger(node: Watched, lost: Station, connect: Connect) -> None:
    other = await connect("CP-02")
    its = (await other.start())["transactionId"]
    await other.stop(its, 3000, LATER)
    assert (await node.only("CP-02")).energy_wh == 2000
