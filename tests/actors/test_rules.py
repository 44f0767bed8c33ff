"""Rules of OCPP that need the whole node: what a charger sees of it, over a real socket."""

import json
from typing import Any

import pytest
import trio

from actors import runtime
from actors.chargers import charger, orders, outbound
from actors.connections import patience
from csms import config
from csms.domain import commands, events
from csms.storage import queries
from csms.storage.reference import chargers
from tests.actors import node as nodes
from tests.actors.node import Connect, Station, Watched

# -- Rule 2: order -----------------------------------------------------------------------------------------------------


async def test_rule_2_a_charger_that_is_held_up_holds_up_no_other(
    node: Watched, connect: Connect, station: Station
) -> None:
    other = await connect("CP-02")
    ref = await node.charger("CP-01")
    runtime.sys.suspend(ref)
    station.expect("waits")
    await station.send('[2,"waits","Heartbeat",{}]')
    assert "currentTime" in await other.result("Heartbeat", {})
    assert "waits" not in station.heard
    runtime.sys.resume(ref)
    await station.reply("waits")


# -- Rules 18 to 20: registration --------------------------------------------------------------------------------------


def trigger(message: str) -> commands.Raw:
    return commands.Raw(action="TriggerMessage", payload={"requestedMessage": message})


async def order(node: Watched, command: commands.AnyCommand) -> outbound.Executed:
    return await charger.execute(node.services, await node.charger("CP-01"), command, by="test")


async def register(node: Watched, registration: str) -> None:
    await node.write(chargers.change, "CP-01", {"registration": registration})
    node.charger_changed("CP-01")
    await node.recorded(events.RegistrationChanged, where=lambda event: event.registration == registration)


async def test_rule_18_registration_and_transactions_outlive_a_restart(
    settings: config.Settings, nursery: trio.Nursery
) -> None:
    async with nodes.running(settings) as node:
        await nodes.furnish(node)
        station = await nodes.connector(node, nursery)()
        number = (await station.start(meter=0))["transactionId"]
        await node.write(chargers.change, "CP-02", {"registration": "pending"})
    async with nodes.running(settings) as node:
        connect = nodes.connector(node, nursery)
        first = await (await connect()).stop(number, 700)  # no boot comes after a mere reconnect
        refused = await (await connect("CP-02")).call("Heartbeat", {})
        assert "idTagInfo" not in first
        assert (await node.only()).energy_wh == 700
        assert refused[2] == "SecurityError"


async def test_rule_19_an_accepted_charger_is_not_asked_to_boot_raw_either(node: Watched, station: Station) -> None:
    with pytest.raises(orders.NotAllowed):
        await order(node, trigger("BootNotification"))
    assert station.waiting == 0


async def test_rule_19_one_that_becomes_rejected_is_sent_nothing_at_all(node: Watched, connect: Connect) -> None:
    await node.charger("CP-01")
    await register(node, "pending")
    station = await connect()
    await register(node, "rejected")
    assert (await station.boot())["status"] == "Rejected"
    assert station.waiting == 0
    assert (await station.call("Heartbeat", {}))[2] == "SecurityError"


async def test_rule_20_what_was_triggered_raw_may_be_said_too(node: Watched, connect: Connect) -> None:
    await node.charger("CP-01")
    await register(node, "pending")
    station = await connect()
    station.answers = {"TriggerMessage": {"status": "Accepted"}}
    await order(node, trigger("Heartbeat"))
    assert "currentTime" in await station.result("Heartbeat", {})
    assert (await station.call("Authorize", {"idTag": "CARD"}))[2] == "SecurityError"


async def test_rule_20_what_the_charger_refused_to_send_was_not_triggered(node: Watched, connect: Connect) -> None:
    await node.charger("CP-01")
    await register(node, "pending")
    station = await connect()
    station.answers = {"TriggerMessage": {"status": "Rejected"}}
    await order(node, trigger("Heartbeat"))
    assert (await station.call("Heartbeat", {}))[2] == "SecurityError"


# -- Rule 16: pings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "own", "expected"),
    [
        ({}, None, (30.0, 90.0)),
        ({"ping_interval": 10.0, "offline_after": 25.0}, None, (10.0, 25.0)),
        ({"ping_interval": 0.0, "heartbeat_interval": 120}, None, (0.0, 360.0)),
        ({"heartbeat_interval": 120}, 0, (0.0, 360.0)),
        ({"ping_interval": 0.0}, 20, (20.0, 90.0)),
        ({}, 60, (60.0, 180.0)),
        ({"offline_after": 0.0}, 0, (0.0, 0.0)),
    ],
    ids=["default", "set", "off", "off for one", "on for one", "rarer for one", "never offline"],
)
def test_rule_16_without_pings_three_heartbeats_of_silence_are_the_limit(
    settings: config.Settings, changes: dict[str, Any], own: int | None, expected: tuple[float, float]
) -> None:
    assert patience.limits(nodes.made(settings.data, **changes), own) == expected


async def test_rule_16_settings_and_the_charger_s_own_policy_reach_its_connection(
    settings: config.Settings, nursery: trio.Nursery
) -> None:
    async with nodes.running(nodes.made(settings.data, ping_interval=40.0, heartbeat_interval=100)) as node:
        await nodes.furnish(node)
        await node.write(chargers.change, "CP-02", {"ping_interval_s": 0})
        for charger_id in ("CP-01", "CP-02"):
            await nursery.start(nodes.run, f"{node.url}/{charger_id}")
        await node.until(lambda: len(node.services.links) == 2)
        assert policies(node) == {"CP-01": (40.0, 90.0), "CP-02": (0.0, 300.0)}


async def test_rule_16_pings_may_be_off_for_all(settings: config.Settings, nursery: trio.Nursery) -> None:
    changes: dict[str, Any] = {"ping_interval": 0.0, "heartbeat_interval": 100, "unknown_chargers": "accept"}
    async with nodes.running(nodes.made(settings.data, **changes)) as node:
        await nursery.start(nodes.run, f"{node.url}/NEW")
        await node.until(lambda: node.services.links)
        assert policies(node) == {"NEW": (0.0, 300.0)}


@pytest.fixture
async def silent(node: Watched, connect: Connect) -> Station:
    """CP-01, booted, which is sent no pings."""
    await node.write(chargers.change, "CP-01", {"ping_interval_s": 0})
    station = await connect()
    assert (await station.boot())["interval"] == 300
    return station


async def beat(node: Watched, station: Station, value: str, status: str) -> float:
    """An operator sets the heartbeat interval; the limit afterwards."""
    station.answers["ChangeConfiguration"] = {"status": status}
    await order(node, commands.SetConfiguration(key="heartbeatInterval", value=value))
    return policies(node)["CP-01"][1]


@pytest.mark.parametrize(
    ("value", "status", "limit"),
    [
        ("600", "Accepted", 1800.0),
        ("60", "Accepted", 180.0),
        ("0", "Accepted", 0.0),
        ("600", "RebootRequired", 1800.0),
        ("60", "RebootRequired", 900.0),
        ("600", "Rejected", 900.0),
        ("often", "Accepted", 900.0),
    ],
)
async def test_rule_16_the_limit_follows_the_heartbeats_that_an_operator_sets(
    node: Watched, silent: Station, value: str, status: str, limit: float
) -> None:
    assert await beat(node, silent, value, status) == limit


async def test_rule_16_a_shorter_interval_that_waits_for_the_reboot_counts_after_it(
    node: Watched, silent: Station
) -> None:
    await beat(node, silent, "60", "RebootRequired")
    assert (await silent.boot())["interval"] == 60
    assert policies(node)["CP-01"] == (0.0, 180.0)


async def test_rule_16_the_heartbeats_that_an_operator_set_outlast_a_restart_of_the_server(
    settings: config.Settings, nursery: trio.Nursery
) -> None:
    async with nodes.running(settings) as node:
        await nodes.furnish(node)
        await node.write(chargers.change, "CP-01", {"ping_interval_s": 0})
        await beat(node, await nodes.connector(node, nursery)(), "600", "Accepted")
    async with nodes.running(settings) as node:
        station = await nodes.connector(node, nursery)()
        assert policies(node)["CP-01"] == (0.0, 1800.0)
        assert (await station.boot())["interval"] == 600


async def test_rule_16_an_interval_that_was_set_raw_counts_too(node: Watched, silent: Station) -> None:
    silent.answers["ChangeConfiguration"] = {"status": "Accepted"}
    payload = {"key": "HeartbeatInterval", "value": "600"}
    await order(node, commands.Raw(action="ChangeConfiguration", payload=payload))
    assert policies(node)["CP-01"] == (0.0, 1800.0)


async def test_rule_16_with_pings_heartbeats_make_no_difference(node: Watched, station: Station) -> None:
    assert await beat(node, station, "600", "Accepted") == 90.0


def policies(node: Watched) -> dict[str, tuple[float, float]]:
    assert node.front.gateway is not None
    return {each.identity: (each.ping_interval, each.offline_after) for each in node.front.gateway}


# -- Rules 9, 13, 17, 22, 47: whatever a charger sends -----------------------------------------------------------------

RESULT, ERROR = 3, 4


def sample(value: Any, at: Any = nodes.AT, **more: Any) -> dict[str, Any]:
    return {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": [{"value": value, **more}]}]}


def start(**changes: Any) -> dict[str, Any]:
    return {"connectorId": 2, "idTag": "OTHER", "meterStart": 0, "timestamp": nodes.AT} | changes


VALUES: list[Any] = [
    "1e3",
    "1E-3",
    "1,5",
    "1.234,5",
    "",
    "NaN",
    "-Infinity",
    "9" * 400,
    "1e999999999",
    "-1e-999999999",
    " 12 ",
]
VALUES += ["0x10", "\u0661\u0662", "12 kWh", 12, 12.5, None, True, {"a": 1}]
TIMES: list[Any] = [
    "2026-03-01T10:00:00",
    "1970-01-01T00:00:00Z",
    "2026-03-01T10:00:00.123456789Z",
    "2026-03-01 10:00:00+05:30",
]
TIMES += ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2026-02-30T10:00:00Z", "2026-W10-1", "now", "", None, 7]


@pytest.mark.parametrize(
    "payload",
    [
        *[sample(value) for value in VALUES],
        *[sample("1", at) for at in TIMES],
        sample("1", unit="\u2603", context="Bogus"),
        sample("1", measurand="", phase=3),
        sample("1") | {"connectorId": 2**70, "transactionId": 2**70},
        sample("1") | {"connectorId": "1", "transactionId": "-1"},
        {"connectorId": -1, "meterValue": []},
        {},
    ],
    ids=lambda payload: json.dumps(payload)[:120],
)
async def test_rule_13_meter_values_are_acknowledged_whatever_they_hold(
    node: Watched, station: Station, payload: dict[str, Any]
) -> None:
    number = (await station.start())["transactionId"]
    assert await station.result("MeterValues", payload) == {}
    await station.stop(number, 5000)
    assert node.system.crashes == 0
    [session] = await node.sessions_of()
    assert session.energy_wh >= 0


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        *[("StartTransaction", start(meterStart=value)) for value in (-3, 0.5, "7", 1e300, 2**70, None)],
        *[("StartTransaction", start(timestamp=at)) for at in TIMES],
        *[("StartTransaction", start(idTag=tag)) for tag in ("", " ", "A" * 300, "a\0b", 7, None)],
        ("StartTransaction", start(connectorId=0)),
        ("StartTransaction", {}),
        *[("StopTransaction", {"transactionId": n, "meterStop": 5, "timestamp": nodes.AT}) for n in (-1, 0, 2**70)],
        *[("StopTransaction", {"transactionId": -1, "meterStop": 5, "timestamp": at}) for at in TIMES],
        ("StopTransaction", {"transactionId": 9, "meterStop": "1e-999999999", "timestamp": "x", "transactionData": {}}),
        ("StopTransaction", {"transactionId": 9, "meterStop": 1, "timestamp": nodes.AT, "idTag": "A" * 300}),
        ("StopTransaction", {}),
    ],
    ids=lambda value: json.dumps(value)[:120],
)
async def test_rule_13_a_record_of_a_transaction_is_never_refused(
    node: Watched, station: Station, action: str, payload: dict[str, Any]
) -> None:
    answer = await station.result(action, payload)
    assert action == "StopTransaction" or answer["transactionId"] > 0, "rule 33"
    assert node.system.crashes == 0


@pytest.mark.parametrize("tag", ["", "A" * 300])
async def test_rule_31_a_tag_that_nobody_can_have_is_invalid_and_the_attempt_is_kept(
    node: Watched, station: Station, tag: str
) -> None:
    answer = await station.result("StartTransaction", start(idTag=tag))
    assert answer["idTagInfo"]["status"] == "Invalid"
    [session] = await node.sessions_of()
    assert session.token is None
    [attempt] = (await node.read(queries.authorizations.list, charger_id="CP-01"))["items"]
    assert (attempt["status"], attempt["id_token"]) == ("Invalid", None)


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ('[2,"x"]', ERROR, "FormationViolation"),
        ('[2,"x","Heartbeat"]', ERROR, "FormationViolation"),
        ('[2,"x","Heartbeat",[]]', ERROR, "FormationViolation"),
        ('[2,"x","Heartbeat",{}', ERROR, "FormationViolation"),
        ('["2","x","Heartbeat",{}]', ERROR, "FormationViolation"),
        ('[7,"x","Heartbeat",{}]', ERROR, "FormationViolation"),
        ('[2,"x","heartbeat",{}]', ERROR, "NotImplemented"),
        ('[2,"x","Reset",{"type":"Soft"}]', ERROR, "NotSupported"),
        ('[2,"x","Authorize",{}]', ERROR, "OccurenceConstraintViolation"),
        ('[2,"x","Authorize",{"idTag":7}]', ERROR, "TypeConstraintViolation"),
        ('[2,"x","Authorize",{"idTag":"\\ud800"}]', ERROR, "FormationViolation"),
        ('[2,"x","Authorize",{"idTag":""}]', RESULT, None),
        ('[2,"x","Authorize",{"idTag":"CARD","idTag":"OTHER"}]', RESULT, None),
        ('[2,"x","Heartbeat",{"unknown":1},"extra"]', RESULT, None),
        ('\ufeff[2,"x","Heartbeat",{}]', RESULT, None),
        ('[2,"x","DataTransfer",{"vendorId":"v","data":' + "[" * 5000 + "]" * 5000 + "}]", ERROR, "FormationViolation"),
        ('[2,"x","MeterValues",{"connectorId":1,"meterValue":' + "[" * 10**5 + "]" * 10**5 + "}]", RESULT, None),
        ('[2,"x","DataTransfer",{"vendorId":"v","data":"' + "x" * 10**6 + '"}]', RESULT, None),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_rule_17_every_call_is_answered_and_the_socket_stays(
    node: Watched, station: Station, text: str, kind: int, code: str | None
) -> None:
    station.expect("x")
    await station.send(text)
    answer = await station.reply("x")
    assert (answer[0], answer[2] if kind == ERROR else None) == (kind, code)
    assert "currentTime" in await station.result("Heartbeat", {})
    assert node.system.crashes == 0


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "{}",
        "[]",
        "[2]",
        '[2,null,"Heartbeat",{}]',
        '[3,"nobody asked",{}]',
        '[4,"nobody asked","X","",{}]',
        "[3]",
    ],
)
async def test_rule_9_what_cannot_be_answered_is_dropped_and_the_socket_stays(
    node: Watched, station: Station, text: str
) -> None:
    before = list(station.heard)
    await station.send(text)
    await station.result("Heartbeat", {})
    assert len(station.heard) == len(before) + 1
    assert node.system.crashes == 0


@pytest.mark.parametrize("message_id", ["", "i" * 36, "i" * 37, "i" * 255, "\u00e9\U0001f600"])
async def test_rule_9_any_message_id_comes_back(station: Station, message_id: str) -> None:
    station.expect(message_id)
    await station.send(json.dumps([2, message_id, "Heartbeat", {}]))
    assert (await station.reply(message_id))[1] == message_id
