"""The calls of OCPP 1.6 that a simulated charger obeys, each answered truthfully."""

from typing import Any

import pytest

from csms.simulator import car
from tests.csms.simulator.world import World


def _charging(**settings: Any) -> World:
    world = World(**settings)
    world.charger.plug_in(1, car.Car(battery_wh=1e6, soc=0.1))
    world.charger.present("TAG")
    world.run(30)
    return world


# -- remote start and stop ---------------------------------------------------


def test_remote_start_authorises_and_charges_when_the_cable_is_in() -> None:
    world = World()
    world.charger.plug_in()
    assert world.order("RemoteStartTransaction", idTag="APP", connectorId=1) == {"status": "Accepted"}
    world.talk()
    assert [call["idTag"] for call in world.calls("Authorize", "StartTransaction")] == ["APP", "APP"]


def test_remote_start_waits_for_the_cable() -> None:
    world = World()
    world.order("RemoteStartTransaction", idTag="APP")
    assert world.calls("StartTransaction") == []
    world.charger.plug_in()
    world.talk()
    assert world.calls("StartTransaction")[0]["idTag"] == "APP"


def test_remote_start_asks_nobody_where_the_charger_is_set_so() -> None:
    world = World()
    world.charger.settings.authorize_remote = False
    world.charger.plug_in()
    world.order("RemoteStartTransaction", idTag="APP", connectorId=1)
    assert world.calls("Authorize") == []
    assert len(world.calls("StartTransaction")) == 1


def test_remote_start_without_a_connector_takes_the_one_with_a_car() -> None:
    world = World(connectors=3)
    world.charger.plug_in(2)
    world.order("RemoteStartTransaction", idTag="APP")
    assert world.calls("StartTransaction")[0]["connectorId"] == 2


def test_remote_start_is_rejected_where_nothing_can_begin() -> None:
    world = _charging()
    assert world.order("RemoteStartTransaction", idTag="APP", connectorId=1) == {"status": "Rejected"}
    assert world.order("RemoteStartTransaction", idTag="APP", connectorId=7) == {"status": "Rejected"}
    assert world.order("RemoteStartTransaction", idTag="APP") == {"status": "Rejected"}


def test_remote_stop_ends_that_transaction() -> None:
    world = _charging()
    assert world.order("RemoteStopTransaction", transactionId=999) == {"status": "Rejected"}
    assert world.order("RemoteStopTransaction", transactionId=101) == {"status": "Accepted"}
    [stop] = world.calls("StopTransaction")
    assert (stop["transactionId"], stop["reason"]) == (101, "Remote")
    assert world.statuses()[-1] == "Finishing"


# -- reset -------------------------------------------------------------------


def test_a_soft_reset_delivers_the_stop_and_then_reboots() -> None:
    world = _charging()
    assert world.order("Reset", type="Soft") == {"status": "Accepted"}
    assert world.calls("StopTransaction")[0]["reason"] == "SoftReset"
    assert world.charger.hang_up == "close"
    assert world.charger.power.dark_until > world.now
    world.disconnect()
    world.sent.clear()
    world.run(10)
    world.connect()
    assert [action for action, _ in world.sent] == ["BootNotification", "StatusNotification", "StatusNotification"]
    assert world.statuses() == ["Preparing"]
    assert world.entry.state == "completed"


def test_a_hard_reset_reboots_at_once_and_delivers_the_stop_afterwards() -> None:
    world = _charging()
    assert world.order("Reset", type="Hard") == {"status": "Accepted"}
    assert world.charger.hang_up == "close"
    assert world.calls("StopTransaction") == []
    world.disconnect()
    world.sent.clear()
    world.run(10)
    world.connect()
    assert world.sent[0][0] == "BootNotification"
    assert world.calls("StopTransaction")[0]["reason"] == "HardReset"
    assert world.entry.state == "completed"


def test_no_transaction_begins_while_it_restarts() -> None:
    world = World()
    world.order("Reset", type="Hard")
    world.disconnect()
    world.charger.plug_in()
    world.charger.present("TAG")
    assert not world.ledger.entries
    world.run(10)
    world.charger.present("TAG")
    assert world.ledger.entries


# -- connectors ----------------------------------------------------------------


def test_unlock_ends_the_transaction() -> None:
    world = _charging()
    assert world.order("UnlockConnector", connectorId=1) == {"status": "Unlocked"}
    assert world.calls("StopTransaction")[0]["reason"] == "UnlockCommand"
    assert world.order("UnlockConnector", connectorId=5) == {"status": "NotSupported"}


def test_a_free_connector_goes_out_of_service_at_once_and_stays_so_through_a_reboot() -> None:
    world = World()
    assert world.order("ChangeAvailability", connectorId=1, type="Inoperative") == {"status": "Accepted"}
    assert world.statuses() == ["Unavailable"]
    assert world.order("RemoteStartTransaction", idTag="APP", connectorId=1) == {"status": "Rejected"}
    world.order("Reset", type="Hard")
    world.disconnect()
    world.run(10)
    world.connect()
    assert world.statuses()[-1] == "Unavailable"
    assert world.order("ChangeAvailability", connectorId=1, type="Operative") == {"status": "Accepted"}
    assert world.statuses()[-1] == "Available"


def test_a_connector_that_charges_goes_out_of_service_when_the_transaction_ends() -> None:
    world = _charging()
    assert world.order("ChangeAvailability", connectorId=1, type="Inoperative") == {"status": "Scheduled"}
    assert world.statuses()[-1] == "Charging"
    world.charger.unplug()
    world.talk()
    assert world.statuses()[-1] == "Unavailable"


def test_a_scheduled_change_can_be_taken_back() -> None:
    world = _charging()
    world.order("ChangeAvailability", connectorId=1, type="Inoperative")
    assert world.order("ChangeAvailability", connectorId=1, type="Operative") == {"status": "Accepted"}
    world.charger.unplug()
    world.talk()
    assert world.statuses()[-1] == "Available"


def test_connector_0_is_the_whole_charger() -> None:
    world = World(connectors=2)
    assert world.order("ChangeAvailability", connectorId=0, type="Inoperative") == {"status": "Accepted"}
    assert [world.statuses(number) for number in (0, 1, 2)] == [["Unavailable"]] * 3
    assert world.order("ChangeAvailability", connectorId=3, type="Operative") == {"status": "Rejected"}


# -- triggers ------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    ["BootNotification", "Heartbeat", "DiagnosticsStatusNotification", "FirmwareStatusNotification"],
)
def test_a_triggered_message_follows_the_answer(message: str) -> None:
    world = World()
    assert world.order("TriggerMessage", requestedMessage=message) == {"status": "Accepted"}
    assert len(world.calls(message)) == 1


def test_a_triggered_status_comes_for_one_connector_or_for_all() -> None:
    world = World(connectors=2)
    world.order("TriggerMessage", requestedMessage="StatusNotification", connectorId=2)
    assert [call["connectorId"] for call in world.calls("StatusNotification")] == [2]
    world.order("TriggerMessage", requestedMessage="StatusNotification")
    assert [call["connectorId"] for call in world.calls("StatusNotification")] == [2, 0, 1, 2]


def test_triggered_meter_values_belong_to_the_transaction_that_runs() -> None:
    world = _charging(connectors=2)
    world.order("TriggerMessage", requestedMessage="MeterValues")
    running, idle = sorted(world.calls("MeterValues"), key=lambda call: int(call["connectorId"]))
    assert running["transactionId"] == 101
    assert "transactionId" not in idle
    assert running["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"


def test_a_trigger_for_a_connector_that_does_not_exist_is_rejected() -> None:
    world = World()
    assert world.order("TriggerMessage", requestedMessage="MeterValues", connectorId=4) == {"status": "Rejected"}


# -- the rest --------------------------------------------------------------------


def test_clear_cache_forgets_what_was_said_about_tokens() -> None:
    world = World()
    world.answers["Authorize"] = {"idTagInfo": {"status": "Blocked"}}
    world.charger.present("TAG")
    world.talk()
    assert world.charger.cache.without_asking("tag").status == "Blocked"
    assert world.order("ClearCache") == {"status": "Accepted"}
    assert world.charger.cache.without_asking("tag").status == "Accepted"


def test_data_of_unknown_vendors_and_messages() -> None:
    world = World()
    assert world.order("DataTransfer", vendorId="acme") == {"status": "UnknownVendorId"}
    assert world.order("DataTransfer", vendorId="CSMS", messageId="x") == {"status": "UnknownMessageId"}


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("MakeCoffee", {}, "NotImplemented"),
        ("ReserveNow", {}, "OccurenceConstraintViolation"),
        ("Reset", {}, "FormationViolation"),
        ("Reset", {"type": "Gentle"}, "FormationViolation"),
        ("Reset", {"type": "Soft", "extra": 1}, "FormationViolation"),
        ("UnlockConnector", {"connectorId": "1"}, "FormationViolation"),
        ("RemoteStartTransaction", {"idTag": "x" * 21}, "FormationViolation"),
    ],
)
def test_what_cannot_be_obeyed_is_a_call_error(action: str, payload: dict[str, object], code: str) -> None:
    world = World()
    assert world.order(action, **payload) == code


def test_while_pending_a_triggered_boot_is_sent() -> None:
    world = World(register=False)
    world.answers["BootNotification"] = {"status": "Pending", "interval": 900, "currentTime": "2027-01-15T08:00:00Z"}
    world.connect()
    assert [action for action, _ in world.sent] == ["BootNotification"]
    world.order("TriggerMessage", requestedMessage="BootNotification")
    assert len(world.calls("BootNotification")) == 2
    assert world.calls("StatusNotification") == []
