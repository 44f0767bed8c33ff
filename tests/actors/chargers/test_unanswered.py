"""OCPP 2.1 over real sockets: SENDs, complaints about answers, tokens in reports, alarms, VAT numbers."""

import json
from typing import Any

import pytest
import trio

from actors.chargers import charger
from csms.domain import commands, events
from csms.storage import queries
from tests.actors.node import AT, Connect, Station, Watched

BOOT = {"reason": "PowerUp", "chargingStation": {"model": "Fast-22", "vendorName": "ACME"}}
STREAM = {"id": 1, "variableMonitoringId": 41, "params": {"interval": 60, "values": 5}}
DATA = {"id": 1, "pending": 0, "basetime": AT, "data": [{"t": 0.0, "v": "16.1"}, {"t": 30.5, "v": "16.4"}]}


@pytest.fixture
async def station(connect: Connect) -> Station:
    """CP-01 of 2.1, booted, with an open stream."""
    station = await connect(version="ocpp2.1")
    await station.result("BootNotification", BOOT)
    assert await station.result("OpenPeriodicEventStream", {"constantStreamData": STREAM}) == {"status": "Accepted"}
    return station


async def send(station: Station, payload: Any, action: str = "NotifyPeriodicEventStream") -> None:
    await station.send(json.dumps([6, "s1", action, payload]))


async def held(node: Watched, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = await node.read(lambda conn: queries.inventory.list(conn, charger_id="CP-01", kind=kind))
    return {item["key"]: item["body"] for item in found["items"]}


async def reported(node: Watched, action: str) -> list[Any]:
    found: dict[str, Any] = await node.read(lambda conn: queries.reports.list(conn, charger_id="CP-01", action=action))
    return [item["payload"] for item in found["items"]]


async def test_rule_9_a_send_is_recorded_and_never_answered(node: Watched, station: Station) -> None:
    heard = len(station.heard)
    await send(station, DATA)
    await station.result("Heartbeat", {})
    assert len(station.heard) == heard + 1, "the heartbeat's answer and no other"
    assert await reported(node, "NotifyPeriodicEventStream") == [DATA]
    assert (await held(node, "event-streams"))["1"]["newest"] == {"basetime": AT, "t": 30.5, "v": "16.4"}


@pytest.mark.parametrize(
    ("payload", "action", "code"),
    [
        ({**DATA, "data": []}, "NotifyPeriodicEventStream", "OccurrenceConstraintViolation"),
        (DATA, "MakeCoffee", "NotImplemented"),
        ({}, "Heartbeat", "NotSupported"),
    ],
)
async def test_rule_9_a_bad_send_is_counted_and_never_answered(
    node: Watched, station: Station, payload: Any, action: str, code: str
) -> None:
    heard = len(station.heard)
    await send(station, payload, action)
    await station.result("Heartbeat", {})
    assert len(station.heard) == heard + 1
    assert node.services.unusable == {code: 1}
    assert await reported(node, "NotifyPeriodicEventStream") == []


async def test_rule_20_nobody_hears_a_charger_that_is_not_accepted(node: Watched, connect: Connect) -> None:
    await node.add("charger.add", id="CP-09", registration="pending")
    station = await connect("CP-09", version="ocpp2.1")
    await send(station, DATA)
    await node.until(lambda: node.services.unusable)
    assert node.services.unusable == {"SecurityError": 1}


async def test_rule_20_a_pending_charger_may_report_what_it_was_asked_for(node: Watched, connect: Connect) -> None:
    await node.add("charger.add", id="CP-09", registration="pending")
    station = await connect("CP-09", version="ocpp2.1")
    station.answers["GetDERControl"] = {"status": "Accepted"}
    assert (await station.call("ReportDERControl", {"requestId": 1}))[2] == "SecurityError"
    asked = commands.Raw(action="GetDERControl", payload={"requestId": 1})
    await charger.execute(node.services, await node.charger("CP-09"), asked, by="test")
    assert await station.result("ReportDERControl", {"requestId": 1}) == {}


async def test_rule_9_a_send_may_cross_an_open_call(node: Watched, station: Station) -> None:
    async with trio.open_nursery() as nursery:
        order = commands.Raw(action="GetPeriodicEventStream", payload={})
        nursery.start_soon(_execute, node, order)
        message_id, _, _ = await station.asked()
        await send(station, DATA)
        await node.recorded(events.Notified, where=lambda each: each.action == "NotifyPeriodicEventStream")
        await station.answer(message_id, {"constantStreamData": [STREAM | {"params": {"interval": 5}}]})
    held_now = (await held(node, "event-streams"))["1"]
    assert (held_now["params"]["interval"], held_now["newest"]["v"]) == (5, "16.4")


async def test_a_complaint_about_an_answer_is_reported_with_that_answer(node: Watched, station: Station) -> None:
    token = {"idToken": {"idToken": "CARD", "type": "ISO14443"}}
    answer = await station.call("Authorize", token, "m-auth")
    heard = len(station.heard)
    await station.send(json.dumps([5, "m-auth", "FormatViolation", "no such group", {"idToken": "CARD"}]))
    await station.send(json.dumps([5, "m-unknown", "InternalError", "", {}]))
    await station.result("Heartbeat", {})
    assert len(station.heard) == heard + 1, "it is not answered"
    unknown, known = await reported(node, "CallResultError")
    assert (known["action"], known["errorCode"], known["errorDescription"]) == (
        "Authorize",
        "FormatViolation",
        "no such group",
    )
    assert known["answer"]["idTokenInfo"]["status"] == answer[2]["idTokenInfo"]["status"]
    assert "CARD" not in json.dumps(known)
    assert (unknown["messageId"], unknown["action"], unknown["answer"]) == ("m-unknown", None, None)


async def test_what_a_charger_calculates_is_known_and_a_complaint_about_the_answer_to_it(
    node: Watched, station: Station
) -> None:
    cost = {"currency": "INR", "typeOfCost": "NormalCost", "total": {"exclTax": 39.6, "inclTax": 42.8}}
    details = {"totalCost": cost, "totalUsage": {"energy": 2.2, "chargingTime": 600, "idleTime": 0}}
    event = {"eventType": "Updated", "seqNo": 1, "timestamp": AT, "triggerReason": "RunningCost"}
    told = {**event, "transactionInfo": {"transactionId": "tx-1"}, "evse": {"id": 1}, "costDetails": details}
    for _ in range(2):
        await station.call("TransactionEvent", told, "m-cost")
    await station.send(json.dumps([5, "m-cost", "InternalError", "", {}]))
    await station.result("Heartbeat", {})
    assert await held(node, "transaction-costs") == {"tx-1": {"costDetails": details, "seqNo": 1, "timestamp": AT}}
    costs = node.have(events.InventoryChanged, lambda each: each.changes[0].kind == "transaction-costs")
    assert len(costs) == 1, "an exact repeat adds no event"
    [complaint] = await reported(node, "CallResultError")
    assert complaint["action"] == "TransactionEvent"


async def test_rule_42_a_late_event_does_not_overwrite_newer_costs(node: Watched, station: Station) -> None:
    def told(number: int, total: float, kind: str = "Updated") -> dict[str, Any]:
        cost = {"currency": "INR", "typeOfCost": "NormalCost", "total": {"exclTax": total}}
        details = {"totalCost": cost, "totalUsage": {"energy": total, "chargingTime": 600, "idleTime": 0}}
        event = {"eventType": kind, "seqNo": number, "timestamp": AT, "triggerReason": "RunningCost"}
        return {**event, "transactionInfo": {"transactionId": "tx-1"}, "evse": {"id": 1}, "costDetails": details}

    async def total() -> tuple[int, float]:
        known = (await held(node, "transaction-costs"))["tx-1"]
        return known["seqNo"], known["costDetails"]["totalCost"]["total"]["exclTax"]

    await station.result("TransactionEvent", told(5, 50.0))
    for late in (told(3, 30.0), told(0, 0.0, "Started"), told(3, 30.0)):
        await station.result("TransactionEvent", late)
        assert await total() == (5, 50.0)
    await station.result("TransactionEvent", told(6, 60.0, "Ended"))
    await station.result("TransactionEvent", told(4, 40.0))
    assert await total() == (6, 60.0)


async def test_an_answer_that_breaks_its_schema_is_complained_of_and_told_to_the_caller(
    node: Watched, station: Station
) -> None:
    done: list[Any] = []
    async with trio.open_nursery() as nursery:

        async def order() -> None:
            raw = commands.Raw(action="AdjustPeriodicEventStream", payload={"id": 1, "params": {"interval": 1}})
            done.append(await _execute(node, raw))

        nursery.start_soon(order)
        message_id, _, _ = await station.asked()
        station.expect(message_id)
        await station.answer(message_id, {"status": "Perhaps"})
        kind, same, code, description, details = await station.reply(message_id)
    assert (kind, same, code, details) == (5, message_id, "PropertyConstraintViolation", {})
    assert description == "status: must be one of Accepted, Rejected"
    assert done[0].status == "error"
    assert (await held(node, "event-streams"))["1"] == STREAM, "nothing is believed of it"


async def test_a_rejection_is_shown_and_changes_nothing(node: Watched, station: Station) -> None:
    station.answers["SetDefaultTariff"] = {"status": "ConditionNotSupported"}
    tariff = {"tariffId": "day", "currency": "INR", "energy": {"prices": [{"priceKwh": 18.0}]}}
    raw = commands.Raw(action="SetDefaultTariff", payload={"evseId": 1, "tariff": tariff})
    refused = await _execute(node, raw)
    assert (refused.status, refused.refused) == ("condition_not_supported", True)
    assert await held(node, "tariffs") == {}
    station.answers["SetDefaultTariff"] = {"status": "Accepted"}
    assert (await _execute(node, raw)).status == "accepted"
    assert (await held(node, "tariffs"))["day"]["tariff"] == tariff


async def test_the_worst_of_several_results_counts_and_the_log_has_no_tokens(node: Watched, station: Station) -> None:
    results = [{"tariffId": "a", "status": "Accepted"}, {"tariffId": "b", "status": "Rejected"}]
    station.answers["ClearTariffs"] = {"clearTariffsResult": results}
    assert (await _execute(node, commands.Raw(action="ClearTariffs", payload={}))).status == "rejected"
    driver = {"tariffId": "club", "tariffKind": "DriverTariff", "idTokens": ["04A1B2C3"]}
    station.answers["GetTariffs"] = {"status": "Accepted", "tariffAssignments": [driver]}
    told = await _execute(node, commands.Raw(action="GetTariffs", payload={"evseId": 0}))
    assert told.response["tariffAssignments"] == [driver], "whoever asked is told"
    assert not any("04A1B2C3" in str(each.event) for each in await node.log_of())


async def test_the_token_of_a_battery_swap_is_a_surrogate_in_the_log(node: Watched, station: Station) -> None:
    battery = {"serialNumber": "B1", "evseId": 1, "soC": 20.5, "soH": 99}
    event = {"eventType": "BatteryIn", "requestId": 7, "batteryData": [battery]}
    token = {"idToken": "04A1B2C3", "type": "ISO14443"}
    assert await station.result("BatterySwap", {**event, "idToken": token}) == {}
    assert await station.result("BatterySwap", {**event, "requestId": 8, "idToken": token}) == {}
    later, first = await reported(node, "BatterySwap")
    assert first == {**event, "idToken": later["idToken"]}
    assert first["idToken"].startswith("t")
    assert not any("04A1B2C3" in str(each.event) for each in await node.log_of())


async def test_a_battery_swap_may_be_asked_for_and_no_token_is_told(node: Watched, station: Station) -> None:
    station.answers["RequestBatterySwap"] = {"status": "Accepted"}
    token = {"idToken": "04A1B2C3", "type": "ISO14443"}
    await _execute(node, commands.Raw(action="RequestBatterySwap", payload={"requestId": 9, "idToken": token}))
    assert await held(node, "battery-swaps") == {"9": {"status": "requested"}}
    assert not any("04A1B2C3" in str(each.event) for each in await node.log_of())


async def test_a_grid_alarm_is_an_alert_once(node: Watched, station: Station) -> None:
    alarm = {"controlType": "HVMustTrip", "gridEventFault": "OverVoltage", "timestamp": AT}
    await station.result("NotifyDERAlarm", alarm)
    await station.result("NotifyDERAlarm", {**alarm, "alarmEnded": True})
    [raised] = node.have(events.AlertRaised, lambda each: each.kind == "der_alarm")
    assert (raised.subject, raised.detail) == ("CP-01", f"HVMustTrip: OverVoltage, {AT}")
    assert (await held(node, "der-alarms"))["HVMustTrip"]["alarmEnded"] is True


async def test_a_vat_number_is_checked_and_not_kept(node: Watched, station: Station) -> None:
    good = await station.result("VatNumberValidation", {"vatNumber": "DE136695976", "evseId": 1})
    assert good == {"vatNumber": "DE136695976", "status": "Accepted", "evseId": 1}
    bad = await station.result("VatNumberValidation", {"vatNumber": "DE136695978"})
    assert (bad["status"], bad["statusInfo"]) == ("Rejected", {"reasonCode": "InvalidCheckDigits"})
    assert [told["reason"] for told in await reported(node, "VatNumberValidation")] == ["check_digits", ""]
    assert not any("136695976" in str(each.event) for each in await node.log_of())


async def test_a_settlement_is_kept_with_a_surrogate_for_its_reference(node: Watched, station: Station) -> None:
    settled = {"pspRef": "psp-4711", "status": "Settled", "settlementAmount": 396.1, "settlementTime": AT}
    assert await station.result("NotifySettlement", settled) == {}
    [kept] = await reported(node, "NotifySettlement")
    assert kept["pspRef"].startswith("t")
    assert {**kept, "pspRef": "psp-4711"} == settled


async def _execute(node: Watched, command: commands.AnyCommand) -> Any:
    return await charger.execute(node.services, await node.charger("CP-01"), command, by="test")
