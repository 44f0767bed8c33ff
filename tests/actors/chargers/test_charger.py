"""The charger actor: its links, frames in order, registration, boots, and how it sleeps."""

import dataclasses
import json
from datetime import timedelta
from decimal import Decimal

import pytest
import trio

from actors import runtime
from actors.chargers import charger, errands, orders, outbound
from csms.domain import commands, events, facts
from csms.storage.reference import chargers
from tests.actors.node import BOOT, Clock, Connect, Station, Watched


async def order(node: Watched, command: commands.AnyCommand) -> outbound.Executed:
    return await charger.execute(node.services, await node.charger("CP-01"), command, by="test")


async def register(node: Watched, registration: str) -> None:
    await node.write(chargers.change, "CP-01", {"registration": registration}, None)
    node.charger_changed("CP-01")


# -- Links -----------------------------------------------------------------------------------------------------------


async def test_rule_2_frames_are_answered_in_the_order_they_came(station: Station) -> None:
    ids = [f"n{number}" for number in range(20)]
    for message_id in ids:
        station.expect(message_id)
    for message_id in ids:
        await station.send(json.dumps([2, message_id, "Authorize", {"idTag": message_id}]))
    for message_id in ids:
        await station.reply(message_id)
    assert station.heard[-20:] == ids


async def test_rule_4_the_newest_socket_wins(node: Watched, station: Station, connect: Connect) -> None:
    newer = await connect()
    assert (await station.closed()).code == 1000
    await newer.result("Heartbeat", {})
    live = await charger.live(await node.charger("CP-01"))
    assert live.online
    assert len(node.have(events.Connected)) == 1, "connected is reported on 0 -> 1 only"
    assert node.have(events.Disconnected) == []


async def test_rule_4_offline_when_the_last_socket_is_gone(node: Watched, station: Station, connect: Connect) -> None:
    newer = await connect()
    await station.closed()
    await newer.close()
    await node.recorded(events.Disconnected)
    assert not (await node.state()).state.online
    assert await node.read(lambda conn: conn.execute("SELECT online FROM charger_states").fetchone()[0]) == 0


async def test_rule_4_frames_of_an_older_link_change_nothing(node: Watched, station: Station, connect: Connect) -> None:
    old = node.services.links["CP-01"]
    await connect()
    await node.until(lambda: node.services.links["CP-01"] is not old)
    ref = await node.charger("CP-01")
    frame = json.dumps(
        [2, "late", "StatusNotification", {"connectorId": 2, "errorCode": "NoError", "status": "Faulted"}]
    )
    assert await ref.call(charger.Charger.on_frame, old, 1000, frame) is None
    await ref.call(charger.Charger.on_detach, old, "late")
    assert (await charger.live(ref)).online
    assert 2 not in (await node.state()).state.connectors


async def test_a_socket_that_went_while_it_was_being_attached_leaves_nothing_behind(
    node: Watched, connect: Connect
) -> None:
    ref = await node.charger("CP-01")
    runtime.sys.suspend(ref)
    station = await connect(attached=False)
    await station.close()
    runtime.sys.resume(ref)
    await node.recorded(events.Disconnected)
    assert node.services.links == {}
    assert not (await charger.live(ref)).online


async def test_a_crash_keeps_the_socket_and_the_call_on_the_wire(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with trio.open_nursery() as nursery:

        async def reset() -> None:
            with pytest.raises(runtime.ActorCrashed):
                await order(node, commands.Reset())

        nursery.start_soon(reset)
        message_id, _, _ = await station.asked()
        await crash(node, station, monkeypatch)
    await station.answer(message_id, {"status": "Accepted"})
    ended = await node.recorded(events.CommandEnded)
    assert ended.status == "accepted"
    assert node.have(events.Disconnected) == []


async def crash(node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the charger's actor fail once, on a heartbeat; it is answered all the same."""
    before = node.system.crashes
    with monkeypatch.context() as patch:

        async def poison(self: charger.Charger, *args: object) -> None:
            patch.undo()
            raise RuntimeError("poison")

        patch.setattr(charger.Charger, "on_frame", poison)
        poison.__name__ = "on_frame"
        await station.result("Heartbeat", {})
    assert node.system.crashes == before + 1


async def test_the_actor_passivates_without_a_link_and_comes_back(
    node: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charger, "IDLE_SECONDS", 0.05)
    station = await connect()
    number = (await station.start())["transactionId"]
    await station.close()
    await node.until(lambda: node.actor() is None)
    again = await connect()
    await again.meter(number, 2500)
    await again.stop(number, 3000)
    [session] = await node.sessions_of()
    assert session.energy_wh == 2000


async def test_a_removed_charger_is_sent_away(node: Watched, station: Station) -> None:
    await node.write(chargers.remove, "CP-01", None)
    node.charger_changed("CP-01")
    assert (await station.closed()).code == 1008


async def test_rule_16_any_frame_is_a_sign_of_life(node: Watched, station: Station) -> None:
    later = node.services.now() + timedelta(hours=1)
    node.services.now = lambda: later
    await station.result("Heartbeat", {})
    assert (await charger.live(await node.charger("CP-01"))).last_seen_at == later


# -- Retries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_rule_22_a_boot_that_is_told_again_is_told_the_time_and_the_registration_of_now(
    node: Watched, connect: Connect, clock: Clock, version: str
) -> None:
    old = {"chargePointVendor": "ACME", "chargePointModel": "M"}
    new = {"reason": "PowerUp", "chargingStation": {"vendorName": "ACME", "model": "M"}}
    boot = old if version == "ocpp1.6" else new
    await node.write(chargers.change, "CP-01", {"registration": "pending"}, None)
    node.charger_changed("CP-01")
    station = await connect(version=version)
    _, _, first = await station.call("BootNotification", boot, "1")
    await node.write(chargers.change, "CP-01", {"registration": "accepted"}, None)
    node.charger_changed("CP-01")
    await station.asked()
    clock.forward(minutes=1)
    _, _, second = await station.call("BootNotification", boot, "1")
    assert (first["status"], second["status"]) == ("Pending", "Accepted")
    assert first["currentTime"] < second["currentTime"]


async def test_rule_11_the_same_call_again_gets_the_same_answer(node: Watched, station: Station) -> None:
    first = await station.call("Authorize", {"idTag": "CARD"}, "7")
    assert await station.call("Authorize", {"idTag": "CARD"}, "7") == first
    assert len(node.have(events.AuthorizationDecided)) == 1


async def test_rule_11_another_call_of_the_same_id_is_never_answered_from_memory(station: Station) -> None:
    await station.call("Authorize", {"idTag": "CARD"}, "7")
    refused = await station.call("Authorize", {"idTag": "STRANGER"}, "7")
    assert refused[2]["idTagInfo"]["status"] == "Invalid"
    assert "currentTime" in (await station.call("Heartbeat", {}, "7"))[2]


# -- Registration ----------------------------------------------------------------------------------------------------


async def test_rule_18_after_a_mere_reconnect_the_first_frame_may_be_meter_values(
    station: Station, connect: Connect, node: Watched
) -> None:
    number = (await station.start(meter=0))["transactionId"]
    await station.close()
    again = await connect()
    await again.meter(number, 700)
    [session] = await node.sessions_of()
    assert session.energy_wh == 700


@pytest.mark.parametrize(("registration", "status"), [("pending", "Pending"), ("rejected", "Rejected")])
async def test_rule_18_the_registration_is_what_operators_set(
    node: Watched, connect: Connect, registration: str, status: str
) -> None:
    await register(node, registration)
    station = await connect()
    assert (await station.boot())["status"] == status
    await station.close()
    again = await connect()
    assert (await again.call("Heartbeat", {}))[2] == "SecurityError"


async def test_rule_19_pending_may_be_configured_but_not_started(node: Watched, connect: Connect) -> None:
    await register(node, "pending")
    station = await connect()
    station.answers = {"ChangeConfiguration": {"status": "Accepted"}, "TriggerMessage": {"status": "Accepted"}}
    assert (await order(node, commands.SetConfiguration(key="HeartbeatInterval", value="60"))).status == "accepted"
    assert (await order(node, commands.Trigger(message="BootNotification"))).status == "accepted"
    with pytest.raises(orders.NotAllowed):
        await charger.start_session(
            await node.charger("CP-01"), connector_id=1, id_token=facts.IdToken("CARD"), by="test"
        )
    [session] = await node.sessions_of()
    assert session.status == "failed"


async def test_rule_19_rejected_is_told_nothing(node: Watched, connect: Connect) -> None:
    await register(node, "rejected")
    await connect()
    with pytest.raises(orders.NotAllowed):
        await order(node, commands.GetConfiguration())
    assert node.have(events.CommandEnded)[0].status == "not_allowed"


async def test_rule_19_an_accepted_one_is_never_asked_to_boot(node: Watched, station: Station) -> None:
    with pytest.raises(orders.NotAllowed):
        await order(node, commands.Trigger(message="BootNotification"))


async def test_rule_20_pending_may_say_only_what_it_was_asked(node: Watched, connect: Connect) -> None:
    await register(node, "pending")
    station = await connect()
    report = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    assert (await station.call("StatusNotification", report))[2] == "SecurityError"
    station.answers = {"TriggerMessage": {"status": "Accepted"}}
    await order(node, commands.Trigger(message="StatusNotification", connector_id=1))
    assert await station.result("StatusNotification", report) == {}
    assert (await station.call("Authorize", {"idTag": "CARD"}))[2] == "SecurityError"


async def test_an_approved_charger_is_asked_to_boot_again(node: Watched, connect: Connect) -> None:
    await register(node, "pending")
    station = await connect()
    assert (await station.boot())["status"] == "Pending"
    await register(node, "accepted")
    message_id, action, payload = await station.asked()
    assert (action, payload) == ("TriggerMessage", {"requestedMessage": "BootNotification"})
    await station.answer(message_id, {"status": "Accepted"})
    assert (await station.boot())["status"] == "Accepted"
    assert [each.registration for each in node.have(events.RegistrationChanged)] == ["pending", "accepted"][-1:]


# -- Boots -----------------------------------------------------------------------------------------------------------


async def test_rule_21_the_configuration_is_read_after_the_first_accepted_boot(
    node: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errands, "CONFIGURE_SECONDS", 0.0)
    station = await connect()
    await station.boot()
    message_id, action, _ = await station.asked()
    assert action == "GetConfiguration"
    keys = [
        {"key": "MeterValueSampleInterval", "readonly": False, "value": "0"},
        {"key": "MeterValuesSampledData", "readonly": False, "value": "Voltage"},
    ]
    await station.answer(message_id, {"configurationKey": keys})
    wanted = []
    for _ in range(2):
        message_id, action, payload = await station.asked()
        wanted.append((action, payload["key"], payload["value"]))
        await station.answer(message_id, {"status": "Accepted"})
    assert wanted == [
        ("ChangeConfiguration", "MeterValueSampleInterval", "60"),
        ("ChangeConfiguration", "MeterValuesSampledData", "Voltage,Energy.Active.Import.Register"),
    ]
    await node.recorded(events.ConfigurationRead, where=lambda read: read.whole)
    await station.close()
    again = await connect()
    await again.boot()
    with pytest.raises(orders.NotAllowed):  # nothing of our own was sent before it, or it would wait in `asked`
        await order(node, commands.Trigger(message="BootNotification"))
    assert len(node.have(events.ConfigurationRead, lambda read: bool(read.values))) == 1


@pytest.mark.parametrize("answered", [0, 1], ids=["before it has told", "before it was set"])
async def test_rule_21_a_link_that_is_lost_in_the_middle_is_no_end_of_it(
    node: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch, answered: int
) -> None:
    monkeypatch.setattr(errands, "CONFIGURE_SECONDS", 0.0)
    station = await connect()
    await station.boot()
    keys = [{"key": "MeterValueSampleInterval", "readonly": False, "value": "0"}]
    for _ in range(answered):
        await station.answer((await station.asked())[0], {"configurationKey": keys})
    await station.asked()
    await station.close()
    again = await connect()
    message_id, action, _ = await again.asked()
    assert action == "GetConfiguration"
    await again.answer(message_id, {"configurationKey": keys})
    message_id, action, _ = await again.asked()
    assert action == "ChangeConfiguration"
    await again.answer(message_id, {"status": "Accepted"})
    await node.recorded(events.ConfigurationRead, where=lambda read: read.whole)


async def test_rule_21_what_somebody_else_reads_is_neither_its_beginning_nor_its_end(
    node: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = await connect()
    await station.boot()
    station.answers["GetConfiguration"] = {
        "configurationKey": [{"key": "MeterValueSampleInterval", "readonly": False, "value": "0"}]
    }
    await order(node, commands.GetConfiguration())
    assert [each.command for each in node.have(events.CommandRequested)] == ["get-configuration"]
    monkeypatch.setattr(errands, "CONFIGURE_SECONDS", 0.0)
    await station.boot()
    assert (await station.asked())[1] == "ChangeConfiguration"


async def test_rule_21_a_charger_that_hung_up_before_is_asked_when_it_is_back(
    node: Watched, station: Station, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    await station.close()
    monkeypatch.setattr(errands, "CONFIGURE_SECONDS", 0.0)
    again = await connect()
    assert (await again.asked())[1] == "GetConfiguration"


async def test_rule_21_a_status_that_does_not_come_is_asked_for(
    node: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errands, "STATUS_SECONDS", 0.1)
    station = await connect()
    await station.status("Available", connector_id=1)
    _, action, payload = await station.asked()
    assert (action, payload) == ("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 2})


async def test_rule_23_a_boot_leaves_transactions_open(node: Watched, station: Station) -> None:
    number = (await station.start(meter=0))["transactionId"]
    await station.result("BootNotification", BOOT)
    await station.meter(number, 500)
    [session] = await node.sessions_of()
    assert (session.status, session.energy_wh) == ("active", Decimal(500))


async def test_rule_24_a_status_is_recorded_when_it_changes_something(node: Watched, station: Station) -> None:
    await station.status("Available")
    await station.status("Preparing")
    assert [each.status for each in node.have(events.StatusChanged)] == ["Available", "Preparing"]


async def test_rule_26_connector_0_is_the_whole_charger(node: Watched, station: Station) -> None:
    await station.start()
    await station.status("Available", connector_id=0)
    await station.meter(None, 99999, connector_id=0)
    [session] = await node.sessions_of()
    assert (session.connector_status, session.samples) == (None, 0)
    assert node.have(events.ChargerMeterRecorded)[0].connector_id == 0


async def test_rule_55_a_vendors_message_is_answered_and_never_an_error(station: Station) -> None:
    assert await station.result("DataTransfer", {"vendorId": "org.example"}) == {"status": "UnknownVendorId"}


async def test_a_mailbox_that_is_full_says_so_and_alarms_come_later(node: Watched, station: Station) -> None:
    node.services.settings = dataclasses.replace(node.settings, command_timeout=0.05)
    async with trio.open_nursery() as nursery:

        async def reset() -> None:
            with pytest.raises(orders.NoAnswer):
                await order(node, commands.Reset())

        nursery.start_soon(reset)
        await station.asked()
        ref = await node.charger("CP-01")
        runtime.sys.suspend(ref)
        for _ in range(charger.Charger.capacity):
            ref.cast(charger.Charger.on_live)
        with pytest.raises(runtime.MailboxFull):
            await charger.live(ref)
        await trio.sleep(0.1)  # the time for the answer passes while the mailbox is full
        runtime.sys.resume(ref)
