"""Which session a 2.x TransactionEvent belongs to, and how it is answered (rules 27-31, 38, 42-46)."""

import random
from typing import Any

import pytest
import trio

from actors.chargers import charger
from csms import config
from csms.domain import commands, events, facts
from csms.storage import queries
from csms.storage.projections import rebuild
from tests.actors import node as nodes
from tests.actors.node import Clock, Connect, Station, Watched
from tests.actors.transacting import Tell, connected, meter, moment, said, telling
from tests.csms.domain.support import seen


@pytest.fixture
def version() -> str:
    """The tables of both versions are one (csms.protocol.v2x), so most tests need only one."""
    return "ocpp2.0.1"


@pytest.fixture
async def station(version: str, connect: Connect, clock: Clock) -> Station:
    """CP-01, booted and available."""
    return await connected(connect, version)


@pytest.fixture
def tell(station: Station) -> Tell:
    """Sends a TransactionEvent; the payload of the answer."""
    return telling(station)


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
async def test_a_whole_session(node: Watched, tell: Tell) -> None:
    answer = await tell("Started", 0, 0, meter(1000, 0), token="CARD", evse=1, chargingState="Charging")
    assert answer == {"idTokenInfo": {"status": "Accepted"}}
    assert await tell("Updated", 1, 60, meter(1500, 60)) == {}
    answer = await tell(
        "Ended", 2, 120, meter(2250, 120), token="CARD", stoppedReason="Local", trigger="StopAuthorized"
    )
    assert answer == {"idTokenInfo": {"status": "Accepted"}, "totalCost": 0}  # rule 45: it is free
    session = await node.only()
    assert seen(session, "status", "energy_wh", "meter_start_wh") == ("finishing", 1250, 1000)
    assert seen(session, "connector_id", "evse_id", "transaction_id") == (1, 1, "T1")
    assert seen(session, "meter_stop_wh", "stop_reason", "flags") == (2250, "Local", ())


# -- Which session (rules 38, 42) ------------------------------------------------------------------------------------


async def test_rule_11_a_charger_that_repeats_everything_makes_one_session(node: Watched, tell: Tell) -> None:
    story: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        (("Started", 0, 0, meter(1000, 0)), {"token": "CARD", "evse": 1, "chargingState": "Charging"}),
        (("Updated", 1, 60, meter(1500, 60)), {}),
        (("Updated", 2, 90), {"chargingState": "SuspendedEV", "trigger": "ChargingStateChanged"}),
        (("Ended", 3, 120, meter(2250, 120)), {"token": "CARD", "stoppedReason": "EVDisconnected"}),
    ]
    first = [await tell(*what, **dict(more)) for what, more in story]
    count = len(await node.log_of("session:"))
    for what, more in [*story, *reversed(story)]:
        assert await tell(*what, **dict(more)) == first[story.index((what, more))]
    assert len(await node.log_of("session:")) == count
    assert seen(await node.only(), "status", "energy_wh", "flags") == ("completed", 1250, ())


async def test_rule_42_the_end_before_the_start(node: Watched, tell: Tell) -> None:
    await tell("Ended", 2, 120, meter(2250, 120), stoppedReason="EVDisconnected")
    await tell("Updated", 1, 60, meter(1500, 60))
    await tell("Started", 0, 0, meter(1000, 0), token="CARD", evse=1)
    assert seen(await node.only(), "status", "energy_wh", "flags") == ("completed", 1250, ())
    shown = await node.read(queries.sessions.list, node.services.now(), flag="gaps")
    assert shown["items"] == [], "what was flagged on the way is made good, in the lists too"


async def test_rule_42_two_chargers_may_name_their_transactions_alike(
    node: Watched, station: Station, connect: Connect, tell: Tell
) -> None:
    await tell("Started", 0, 0, meter(1000, 0), token="CARD", evse=1)
    other = await connect("CP-02", version="ocpp2.0.1")
    await other.result("TransactionEvent", said("Started", 0, 0, meter(5000, 0), token="OTHER", evse=1))
    assert (await node.only()).meter_start_wh == 1000
    assert (await node.only("CP-02")).meter_start_wh == 5000


async def test_a_name_that_is_used_again_after_its_transaction_is_over_is_another_one(
    node: Watched, tell: Tell, clock: Clock
) -> None:
    await tell("Started", 0, 0, meter(1000, 0), token="CARD", evse=1)
    await tell("Ended", 1, 60, meter(1500, 60), stoppedReason="EVDisconnected")
    clock.forward(hours=1)
    await tell("Started", 0, 3600, meter(1500, 3600), token="CARD", evse=1)
    await tell("Updated", 1, 3660, meter(1800, 3660))
    assert [each.energy_wh for each in await node.sessions_of()] == [500, 300]


async def test_a_charger_that_counts_anew_ends_nothing_and_begins_another(
    node: Watched, tell: Tell, clock: Clock
) -> None:
    clock.forward(minutes=6)
    await tell("Started", 0, 0, meter(1000, 0), token="CARD", evse=1)
    await tell("Updated", 1, 60, meter(1500, 60))
    await tell("Started", 0, 300, meter(0, 300), token="OTHER", evse=1)
    await tell("Updated", 1, 360, meter(250, 360))
    old, new = await node.sessions_of()
    assert seen(old, "energy_wh", "flags") == (500, ("superseded",))
    assert seen(new, "energy_wh", "flags") == (250, ())


async def test_rule_38_the_next_transaction_on_an_evse_supersedes_one_that_never_ended(
    node: Watched, tell: Tell
) -> None:
    await tell("Started", 0, 0, token="CARD", evse=1)
    await tell("Started", 0, 300, token="OTHER", evse=1, transaction_id="T2")
    await tell("Started", 0, 300, token="OTHER", evse=2, transaction_id="T3")
    assert [each.flags for each in await node.sessions_of()] == [("superseded",), (), ()]


async def test_rule_38_the_older_one_is_over_also_when_it_is_told_last(node: Watched, tell: Tell) -> None:
    await tell("Started", 0, 300, token="OTHER", evse=1, transaction_id="T2")
    await tell("Started", 0, 0, token="CARD", evse=1)
    assert [each.flags for each in await node.sessions_of()] == [(), ("superseded",)]


async def test_a_session_goes_on_after_the_server_was_restarted(
    settings: config.Settings, nursery: trio.Nursery
) -> None:
    for story in (
        said("Started", 0, 0, meter(1000, 0), token="CARD", evse=1),
        said("Updated", 2, 120, meter(1500, 120)),
    ):
        async with nodes.running(settings) as node:
            if story["seqNo"] == 0:
                await nodes.furnish(node)
            node.services.now = Clock()
            station = await nodes.connector(node, nursery)(version="ocpp2.0.1")
            await station.result("TransactionEvent", story)
            found = await node.only()
            await station.close()
            assert seen(found, "status", "energy_wh") == ("active", 500 if story["seqNo"] else 0)


# -- Answers (rules 27-31) -------------------------------------------------------------------------------------------


async def test_rule_28_a_token_that_charges_elsewhere_is_concurrent_but_not_on_a_retry(tell: Tell) -> None:
    await tell("Started", 0, 0, token="CARD", evse=1)
    first = await tell("Started", 0, 10, token="CARD", evse=2, transaction_id="T2")
    assert first["idTokenInfo"]["status"] == "ConcurrentTx"
    again = await tell("Started", 0, 10, token="CARD", evse=2, transaction_id="T2")
    assert again["idTokenInfo"]["status"] == "Accepted"


async def test_rule_31_a_refused_token_is_kept_with_its_reason_and_so_is_the_transaction(
    node: Watched, tell: Tell
) -> None:
    await tell("Started", 0, 0, evse=1)
    answer = await tell("Updated", 1, 10, token="STRANGER", trigger="Authorized")
    assert answer["idTokenInfo"]["status"] == "Invalid"
    assert seen(await node.only(), "status", "authorization") == ("active", "Invalid")
    [refused] = (await node.read(queries.authorizations.list, charger_id="CP-01"))["items"]
    assert (refused["status"], refused["id_token"]) == ("Invalid", "STRANGER")


async def test_rule_29_a_token_that_stands_for_none_is_accepted(node: Watched, station: Station) -> None:
    payload = said("Started", 0, 0, evse=1) | {"idToken": {"idToken": "", "type": "NoAuthorization"}}
    answer = await station.result("TransactionEvent", payload)
    assert answer["idTokenInfo"] == {"status": "Accepted"}
    assert seen(await node.only(), "token", "token_type", "authorization") == (None, "NoAuthorization", "Accepted")
    asked = await station.result("Authorize", {"idToken": {"idToken": "", "type": "NoAuthorization"}})
    assert asked["idTokenInfo"] == {"status": "Accepted"}


async def test_rule_27_the_token_that_began_may_end_though_it_was_blocked_meanwhile(node: Watched, tell: Tell) -> None:
    await tell("Started", 0, 0, token="CARD", evse=1)
    await node.add("token.add", id_token="FORMER", blocked=True)
    other = await tell("Updated", 1, 10, token="FORMER", trigger="StopAuthorized")
    assert other["idTokenInfo"]["status"] == "Blocked"
    own = await tell("Ended", 2, 20, token="card")
    assert own["idTokenInfo"]["status"] == "Accepted"


async def test_a_master_pass_ends_any_transaction_and_begins_none(node: Watched, station: Station, tell: Tell) -> None:
    await node.add("token.add", id_token="MASTER", group_id="WARDENS")
    variable = {"component": {"name": "AuthCtrlr"}, "variable": {"name": "MasterPassGroupId"}}
    station.answers["SetVariables"] = {"setVariableResult": [variable | {"attributeStatus": "Accepted"}]}
    ref = await charger.ensure(node.services, "CP-01")
    written = commands.SetConfiguration(key="AuthCtrlr.MasterPassGroupId", value="wardens")
    await charger.execute(node.services, ref, written, by="test")
    refused = await tell("Started", 0, 0, token="MASTER", evse=2, transaction_id="T2")
    assert refused["idTokenInfo"]["status"] == "Invalid"
    await tell("Started", 0, 0, token="CARD", evse=1)
    ended = await tell("Ended", 1, 60, token="MASTER", stoppedReason="MasterPass")
    assert ended["idTokenInfo"] == {
        "status": "Accepted",
        "groupIdToken": {"idToken": "WARDENS", "type": "Central"},
    }
    with pytest.raises(charger.TokenRefused, match="begins none"):
        await charger.start_session(ref, connector_id=1, id_token=facts.IdToken("MASTER"), by="test")


async def test_rule_13_an_event_that_cannot_be_read_is_acknowledged_and_kept(node: Watched, station: Station) -> None:
    payload = said("Paused", 0, 0, token="CARD")
    assert await station.result("TransactionEvent", payload) == {}
    await node.recorded(events.FrameQuarantined)
    assert await node.sessions_of() == []


# -- Statuses, history and the meter of the EVSE (rules 25, 43, 46) --------------------------------------------------


async def test_rule_25_a_connector_shows_what_its_transaction_says(node: Watched, station: Station, tell: Tell) -> None:
    statuses = []
    occupied = {"timestamp": moment(0), "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
    await station.result("StatusNotification", occupied)
    statuses.append((await node.state()).state.connectors[1].status)
    for number, (kind, state) in enumerate(
        [("Started", "EVConnected"), ("Updated", "Charging"), ("Updated", "SuspendedEV"), ("Ended", "EVConnected")]
    ):
        await tell(kind, number, number + 1, evse=1, chargingState=state, trigger="ChargingStateChanged")
        statuses.append((await node.state()).state.connectors[1].status)
    assert statuses == ["Preparing", "Preparing", "Charging", "SuspendedEV", "Finishing"]
    free = occupied | {"timestamp": moment(10), "connectorStatus": "Available"}
    await station.result("StatusNotification", free)
    assert seen(await node.only(), "status", "idle_s") == ("completed", 7)


@pytest.mark.parametrize("how", [{"offline": True}, {}], ids=["offline", "long ago"])
async def test_rule_43_history_changes_the_session_and_no_status_and_raises_no_alert(
    node: Watched, tell: Tell, clock: Clock, how: dict[str, Any]
) -> None:
    clock.forward(days=7)
    before = (await node.state()).state.connectors[1]
    await tell("Started", 0, 5, meter(1000, 5), token="CARD", evse=1, chargingState="Charging", **how)
    for number in range(1, 100):
        state = "SuspendedEV" if number % 2 else "Charging"
        await tell("Updated", number, 5 + number, meter(1000 + number, 5 + number), chargingState=state, **how)
    await tell("Ended", 100, 200, meter(1200, 200), token="CARD", **how)
    session = await node.only()
    assert seen(session, "status", "energy_wh", "flags", "authorization") == (
        "completed",
        200,
        ("offline",),
        "Accepted",
    )
    assert session.idle_s > 0
    assert (await node.state()).state.connectors[1] == before
    assert node.have(events.AlertRaised) == []


async def test_rule_43_a_status_that_is_older_than_the_known_one_is_none(node: Watched, tell: Tell) -> None:
    await tell("Started", 0, 0, evse=1, chargingState="Charging")
    await tell("Updated", 2, 20, chargingState="SuspendedEV")
    await tell("Updated", 1, 10, chargingState="SuspendedEVSE")
    assert (await node.state()).state.connectors[1].status == "SuspendedEV"
    assert (await node.only()).connector_status == "SuspendedEV"


async def test_rule_46_meter_values_of_an_evse_are_those_of_its_transaction(
    node: Watched, station: Station, tell: Tell
) -> None:
    await tell("Started", 0, 0, token="CARD", evse=1)
    for seconds, wh in ((10, 1000), (20, 1600), (20, 1600)):
        await station.result("MeterValues", {"evseId": 1, "meterValue": [meter(wh, seconds)]})
    await station.result("MeterValues", {"evseId": 2, "meterValue": [meter(77, 20)]})
    assert seen(await node.only(), "energy_wh", "samples") == (600, 2)
    [elsewhere] = node.have(events.ChargerMeterRecorded)
    assert (elsewhere.connector_id, elsewhere.evse_id) == (2, 2)


async def test_rule_46_what_the_meter_showed_before_the_transaction_is_not_its_energy(
    node: Watched, station: Station, tell: Tell
) -> None:
    await tell("Started", 0, 0, token="CARD", evse=1)
    await station.result("MeterValues", {"evseId": 1, "meterValue": [meter(100_000, 10), meter(101_000, 20)]})
    late = {"evseId": 1, "meterValue": [meter(90_000, -4 * 3600), meter(101_500, 30)]}
    for _ in range(2):
        await station.result("MeterValues", late)
    assert seen(await node.only(), "energy_wh", "samples", "flags") == (1500, 3, ())
    [before] = node.have(events.ChargerMeterRecorded)
    assert [reading.values[0].value for reading in before.readings] == ["90000"]


async def test_the_lists_show_what_the_log_folds_to_after_any_disorder(
    node: Watched, station: Station, clock: Clock
) -> None:
    clock.forward(hours=5)
    told = [
        said("Started", 0, 0, evse=1, transaction_id=name, trigger="CablePluggedIn", chargingState="EVConnected")
        for name in "ABC"
    ]
    for name in "ABC":
        told.append(said("Updated", 1, 10, token="CARD", transaction_id=name, trigger="Authorized"))
        told += [
            said("Updated", number, 60 * number, meter(1000 + (number * 7919) % 501, 60 * number), transaction_id=name)
            for number in range(2, 12)
        ]
        told.append(said("Ended", 12, 900, meter(1600, 900), transaction_id=name, stoppedReason="EVDisconnected"))
    for payload in random.Random(7).sample(told, len(told)):
        await station.result("TransactionEvent", payload)
        assert await node.read(lambda conn: [*rebuild.diff(conn)]) == []
    assert {each.status for each in await node.sessions_of()} == {"completed"}
