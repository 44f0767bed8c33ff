"""A charger of OCPP 2.x: boots, statuses, authorization, and orders of several calls."""

from datetime import UTC, datetime
from typing import Any

import pytest

from actors.chargers import charger, errands, orders, outbound
from csms import credentials
from csms.domain import commands, events, facts, first_settings
from csms.storage import lookups
from csms.storage.queries import inventory
from tests.actors.node import AT, Connect, Station, Watched
from tests.actors.second import BOOT, BOTH, accepted, booted, change, order, results, say

# -- Boots -------------------------------------------------------------------------------------------------------------


@BOTH
async def test_rule_21_after_the_first_accepted_boot_it_is_read_and_made_to_report_energy(
    node: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(errands, "CONFIGURE_SECONDS", 0.0)
    station = await booted(connect, version)
    message_id, action, payload = await station.asked()
    assert (action, payload["reportBase"]) == ("GetBaseReport", "FullInventory")
    await station.answer(message_id, {"status": "Accepted"})
    sampled = "SampledDataCtrlr"
    values = {
        "DeviceDataCtrlr.ItemsPerMessage/GetVariables": "6",
        f"{sampled}.TxUpdatedInterval": "0",
        f"{sampled}.TxUpdatedMeasurands": "Voltage",
    }
    sizes: list[int] = []
    written: list[tuple[str, str]] = []
    while len(written) < 2:
        message_id, action, payload = await station.asked()
        if action == "GetVariables":
            sizes.append(len(payload["getVariableData"]))
            await station.answer(message_id, results(payload, values))
        else:
            [entry] = payload["setVariableData"]
            written.append((entry["variable"]["name"], entry["attributeValue"]))
            await station.answer(message_id, accepted(payload))
    assert written == [
        ("TxUpdatedInterval", "60"),
        ("TxUpdatedMeasurands", "Voltage,Energy.Active.Import.Register"),
    ]
    assert sizes[0] == len(first_settings.LIMITS_2X)
    assert max(sizes[1:]) == 6, "the charger's own limit holds as soon as it is known"
    await node.recorded(events.ConfigurationChanged, 2)
    changed = [each.key for each in node.have(events.ConfigurationChanged)]
    assert changed == [f"{sampled}.TxUpdatedInterval", f"{sampled}.TxUpdatedMeasurands"]
    kept = await node.read(lambda conn: inventory.get(conn, "CP-01", "variables", f"{sampled}.TxUpdatedInterval"))
    assert kept == {"attributes": {"Actual": {"value": "60"}}}
    await station.result("BootNotification", BOOT)
    await station.close()
    again = await booted(connect, version)
    await again.result("Heartbeat", {})
    assert again.waiting == 0, "a charger that has told its configuration is not asked again"


@BOTH
async def test_another_firmware_is_asked_anew_and_what_the_old_one_told_is_forgotten(
    node: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    async def told() -> set[str]:
        page = await node.read(inventory.list, charger_id="CP-01", kind="variables")
        return {item["key"] for item in page["items"]}

    async def reports(station: Station, name: str) -> None:
        named = {"component": {"name": name}, "variable": {"name": "Enabled"}}
        part = {**named, "variableAttribute": [{"value": "true"}]}
        whole = {"requestId": 1, "generatedAt": AT, "seqNo": 0, "tbc": False, "reportData": [part]}
        await station.result("NotifyReport", whole)

    station = await booted(connect, version)
    await reports(station, "OldCtrlr")
    monkeypatch.setattr(errands, "CONFIGURE_SECONDS", 0.0)
    newer = {"reason": "FirmwareUpdate", "chargingStation": {**BOOT["chargingStation"], "firmwareVersion": "2"}}
    await station.result("BootNotification", newer)
    assert await told() == set()
    _, action, payload = await station.asked()
    assert (action, payload["reportBase"]) == ("GetBaseReport", "FullInventory")
    await reports(station, "NewCtrlr")
    assert await told() == {"NewCtrlr.Enabled"}


@BOTH
async def test_rule_21_a_status_is_asked_of_each_connector_that_has_said_none(
    node: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(errands, "STATUS_SECONDS", 0.1)
    station = await connect(version=version)
    await say(station, "Available", evse=1)
    _, action, payload = await station.asked()
    assert action == "TriggerMessage"
    assert payload == {"requestedMessage": "StatusNotification", "evse": {"id": 2, "connectorId": 1}}


@BOTH
async def test_rule_20_a_pending_charger_may_report_what_it_was_asked_for(
    node: Watched, connect: Connect, version: str
) -> None:
    await change(node, registration="pending")
    station = await connect(version=version)
    assert (await station.result("BootNotification", BOOT))["status"] == "Pending"
    report = {"requestId": 1, "generatedAt": AT, "seqNo": 0}
    assert (await station.call("NotifyReport", report))[2] == "SecurityError"
    station.answers = {"GetBaseReport": {"status": "Accepted"}}
    await order(node, commands.GetConfiguration())
    assert await station.result("NotifyReport", report) == {}


async def test_rule_11_in_2_1_a_repeat_over_the_next_connection_gets_the_same_answer(
    node: Watched, connect: Connect
) -> None:
    station = await booted(connect, "ocpp2.1")
    card = {"idToken": {"idToken": "CARD", "type": "ISO14443"}}
    first = await station.call("Authorize", card, "id-7")
    await station.close()
    again = await connect(version="ocpp2.1")
    assert await again.call("Authorize", card, "id-7") == first
    assert len(node.have(events.AuthorizationDecided)) == 1
    await again.result("BootNotification", BOOT)
    await again.call("Authorize", card, "id-7")
    assert len(node.have(events.AuthorizationDecided)) == 2, "a charger that has booted may count from the start again"


async def test_rule_11_in_2_0_1_message_ids_are_of_one_connection(node: Watched, connect: Connect) -> None:
    station = await booted(connect, "ocpp2.0.1")
    card = {"idToken": {"idToken": "CARD", "type": "ISO14443"}}
    await station.call("Authorize", card, "id-7")
    await station.close()
    again = await connect(version="ocpp2.0.1")
    await again.call("Authorize", card, "id-7")
    assert len(node.have(events.AuthorizationDecided)) == 2


# -- Statuses ----------------------------------------------------------------------------------------------------------


@BOTH
async def test_rule_25_an_occupied_connector_without_a_transaction_is_preparing(
    node: Watched, connect: Connect, version: str
) -> None:
    station = await booted(connect, version)
    for word in ("Available", "Occupied", "Occupied", "Available"):
        await say(station, word, evse=2)
    changed = node.have(events.StatusChanged)
    assert [each.status for each in changed] == ["Available", "Preparing", "Available"]
    assert {(each.connector_id, each.evse_id) for each in changed} == {(2, 2)}


@BOTH
async def test_connectors_that_are_counted_anew_in_each_evse_have_one_number_each(
    node: Watched, connect: Connect, version: str
) -> None:
    evses = [{"id": 1, "connectors": [{"id": 1}, {"id": 2}]}, {"id": 2, "connectors": [{"id": 1}]}]
    await change(node, evses=evses)
    station = await booted(connect, version)
    await say(station, "Faulted", evse=1, connector=2)
    await say(station, "Reserved", evse=2, connector=1)
    await say(station, "Unavailable", evse=1, connector=0)
    state = (await node.state()).state.connectors
    assert {number: each.status for number, each in state.items()} == {
        1: "Unavailable",
        2: "Unavailable",
        3: "Reserved",
    }


@BOTH
async def test_rule_25_a_connector_that_was_faulted_meanwhile_is_what_its_transaction_says(
    node: Watched, connect: Connect, version: str
) -> None:
    station = await booted(connect, version)
    now = datetime.now(UTC).isoformat()
    event = {
        "eventType": "Started",
        "timestamp": now,
        "triggerReason": "ChargingStateChanged",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "T1", "chargingState": "SuspendedEV"},
        "evse": {"id": 1, "connectorId": 1},
    }
    await say(station, "Occupied")
    await station.result("TransactionEvent", event)
    await say(station, "Faulted", at=now)
    await say(station, "Occupied", at=now)
    changed = [each.status for each in node.have(events.StatusChanged)]
    assert changed == ["Preparing", "SuspendedEV", "Faulted", "SuspendedEV"]


# -- Authorization -----------------------------------------------------------------------------------------------------


@BOTH
async def test_rule_29_no_authorization_is_accepted(node: Watched, connect: Connect, version: str) -> None:
    station = await booted(connect, version)
    token = {"idToken": "", "type": "NoAuthorization"}
    assert await station.result("Authorize", {"idToken": token}) == {"idTokenInfo": {"status": "Accepted"}}


@BOTH
async def test_rule_27_a_token_is_known_in_whatever_case_with_its_group(
    node: Watched, connect: Connect, version: str
) -> None:
    await node.add("token.add", id_token="Member", group_id="FLEET")
    station = await booted(connect, version)
    answer = await station.result("Authorize", {"idToken": {"idToken": "MEMBER", "type": "ISO14443"}})
    assert answer["idTokenInfo"] == {"status": "Accepted", "groupIdToken": {"idToken": "FLEET", "type": "Central"}}
    assert node.have(events.AuthorizationDecided)[0].status == "Accepted"


# -- Orders ------------------------------------------------------------------------------------------------------------


@BOTH
async def test_many_variables_are_read_in_several_calls_with_one_answer(
    node: Watched, connect: Connect, nursery: Any, version: str
) -> None:
    station = await booted(connect, version)
    executed: list[outbound.Executed] = []
    keys = tuple(f"Fan.Speed{number}" for number in range(9))

    async def read() -> None:
        executed.append(await order(node, commands.GetConfiguration(keys=keys)))

    nursery.start_soon(read)
    ids = set()
    for _ in range(3):
        message_id, action, payload = await station.asked()
        assert action == "GetVariables"
        ids.add(message_id)
        await station.answer(message_id, results(payload, dict.fromkeys(keys, "1")))
    await node.until(lambda: executed)
    assert len(ids) == 3
    assert executed[0].status == "accepted"
    assert executed[0].response is not None
    assert len(executed[0].response["getVariableResult"]) == 9
    assert len(node.have(events.CommandEnded)) == 1


@BOTH
async def test_an_error_in_the_middle_ends_an_order_of_several_calls(
    node: Watched, connect: Connect, nursery: Any, version: str
) -> None:
    station = await booted(connect, version)
    nursery.start_soon(order, node, commands.GetConfiguration(keys=tuple(f"Fan.Speed{n}" for n in range(9))))
    message_id, _, payload = await station.asked()
    await station.answer(message_id, results(payload, {"Fan.Speed0": "1"}))
    message_id, _, _ = await station.asked()
    await station.refuse(message_id)
    assert (await node.recorded(events.CommandEnded)).status == "error"
    kept = await node.read(lambda conn: inventory.list(conn, charger_id="CP-01", kind="variables"))
    assert [each["key"] for each in kept["items"]] == ["Fan.Speed0"], "what the first call told is known"


@BOTH
async def test_rule_8_a_password_travels_as_text_and_is_good_when_the_charger_took_it(
    node: Watched, connect: Connect, nursery: Any, version: str
) -> None:
    station = await booted(connect, version)
    executed: list[outbound.Executed] = []

    async def change_password() -> None:
        executed.append(await order(node, commands.SetConfiguration(key="SecurityCtrlr.BasicAuthPassword")))

    nursery.start_soon(change_password)
    message_id, _, payload = await station.asked()
    password = payload["setVariableData"][0]["attributeValue"]
    assert 16 <= len(password) <= 40
    await station.answer(message_id, accepted(payload))
    await node.until(lambda: executed)
    registered = await node.read(lookups.known_charger, "CP-01")
    assert registered is not None
    assert registered.credential is not None
    assert credentials.verify_key(registered.credential, password)
    everything = [str(each.event) for each in await node.log_of()]
    assert not any(password in each for each in everything)
    assert password not in str(executed)


# -- Remote start ------------------------------------------------------------------------------------------------------


@BOTH
async def test_a_remote_start_tells_the_type_and_the_group_of_the_registered_token(
    node: Watched, connect: Connect, version: str
) -> None:
    await node.add("token.add", id_token="DE-8AA-C123", type="eMAID", group_id="FLEET")
    station = await booted(connect, version)
    ref = await node.charger("CP-01")
    await charger.start_session(ref, connector_id=2, id_token=facts.IdToken("DE-8AA-C123"), by="test")
    _, action, payload = await station.asked()
    assert action == "RequestStartTransaction"
    assert payload["idToken"] == {"idToken": "DE-8AA-C123", "type": "eMAID"}
    assert payload["groupIdToken"] == {"idToken": "FLEET", "type": "Central"}
    assert payload["evseId"] == 2


# -- What it cannot do -------------------------------------------------------------------------------------------------


@BOTH
async def test_an_order_for_what_a_charger_lacks_is_refused_with_what_is_missing(
    node: Watched, connect: Connect, version: str
) -> None:
    station = await booted(connect, version)
    entry = {
        "component": {"name": "LocalAuthListCtrlr"},
        "variable": {"name": "Available"},
        "variableAttribute": [{"value": "false", "mutability": "ReadOnly"}],
    }
    report = {"requestId": 1, "generatedAt": AT, "seqNo": 0, "reportData": [entry]}
    await station.result("NotifyReport", report)
    with pytest.raises(orders.NotExpressible, match=r"lacks LocalAuthListCtrlr.*send GetLocalListVersion raw"):
        await order(node, commands.GetLocalListVersion())
    assert node.have(events.CommandEnded)[0].status == "not_supported"
    station.answers = {"GetLocalListVersion": {"versionNumber": 0}}
    raw = await order(node, commands.Raw(action="GetLocalListVersion", payload={}))
    assert raw.status == "accepted"


@BOTH
@pytest.mark.parametrize(("quirks", "believed"), [(None, ["7"]), ((), [])], ids=["tolerant", "strict"])
async def test_rule_17_an_answer_is_forgiven_what_its_charger_is(
    node: Watched, connect: Connect, version: str, quirks: tuple[str, ...] | None, believed: list[str]
) -> None:
    await change(node, quirks=quirks)
    station = await booted(connect, version)
    about = {"component": {"name": "C"}, "variable": {"name": "V"}}
    result = {"attributeStatus": "Accepted", "attributeStatusInfo": None, **about}
    station.answers = {"SetVariables": {"setVariableResult": [result]}}
    await order(node, commands.SetConfiguration(key="C.V", value="7"))
    assert [each.value for each in node.have(events.ConfigurationChanged)] == believed


@BOTH
async def test_rule_20_an_order_that_took_the_place_of_another_is_reported_on(
    node: Watched, connect: Connect, version: str
) -> None:
    await change(node, registration="pending")
    station = await connect(version=version)
    station.answers = {"GetLog": {"status": "AcceptedCanceled"}}
    said = {"status": "Uploading", "requestId": 7}
    assert (await station.call("LogStatusNotification", said))[0] == 4
    executed = await order(node, commands.GetDiagnostics(upload_url="https://files.example/log"))
    assert (executed.status, executed.refused) == ("accepted_canceled", False)
    assert await station.result("LogStatusNotification", said) == {}
