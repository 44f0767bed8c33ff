"""TriggerMessage: every message that a version lets a central system ask for, and what the charger makes of it."""

from typing import Any

import pytest

from csms.simulator import car
from tests.conformance import payloads
from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.world import World

HERE = {"id": 1, "connectorId": 1}
SENT: dict[str, tuple[str, dict[str, Any]]] = {
    # requestedMessage: what is sent, and what it says among other things
    "FirmwareStatusNotification": ("FirmwareStatusNotification", {"status": "Idle"}),
    "Heartbeat": ("Heartbeat", {}),
    "LogStatusNotification": ("LogStatusNotification", {"status": "Idle"}),
    "MeterValues": ("MeterValues", {"evseId": 1}),
    "PublishFirmwareStatusNotification": ("PublishFirmwareStatusNotification", {"status": "Idle"}),
    "SignChargingStationCertificate": ("SignCertificate", {"certificateType": "ChargingStationCertificate"}),
    "SignCombinedCertificate": ("SignCertificate", {}),
    "SignV2G20Certificate": ("SignCertificate", {"certificateType": "V2G20Certificate"}),
    "SignV2GCertificate": ("SignCertificate", {"certificateType": "V2GCertificate"}),
    "StatusNotification": ("StatusNotification", {"connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}),
    "TransactionEvent": ("TransactionEvent", {"triggerReason": "Trigger", "eventType": "Updated"}),
}
REFUSED = ("BootNotification", "CustomTrigger")
"""The boot was accepted (rule 19), and nobody says which message of the charger's own is meant."""
ASKED = [
    (version, message)
    for version, folder in (("2.0.1", "v201"), ("2.1", "v21"))
    for message in payloads.request(folder, "TriggerMessage")["definitions"]["MessageTriggerEnumType"]["enum"]
]


def _charging(version: str, **settings: Any) -> World:
    world = World(protocol=version, **settings)
    world.charger.plug_in(1, car.Car(battery_wh=1e6, soc=0.1))
    world.charger.present("TAG")
    world.run(30)
    world.sent.clear()
    return world


@pytest.mark.parametrize(("version", "message"), ASKED)
def test_every_message_of_the_version_is_sent_or_refused(version: str, message: str) -> None:
    world = _charging(version)
    answer = world.order("TriggerMessage", requestedMessage=message, evse=HERE)
    if message in REFUSED:
        assert (answer["status"], world.sent) == ("Rejected", [])
        return
    action, said = SENT[message]
    [(sent, payload)] = world.sent
    assert (answer, sent) == ({"status": "Accepted"}, action)
    assert payload.items() >= said.items()


def test_a_message_of_another_version_is_no_word_at_all() -> None:
    for message in ("SignV2G20Certificate", "CustomTrigger"):
        assert World(protocol="2.0.1").order("TriggerMessage", requestedMessage=message) == (
            "PropertyConstraintViolation"
        )


def test_rule_19_a_boot_is_triggered_only_before_it_is_accepted(world_of: Worlds) -> None:
    world = world_of(register=False)
    accepted = world.answers["BootNotification"]
    world.answers["BootNotification"] = {"status": "Pending", "interval": 300, "currentTime": "2027-01-15T08:00:00Z"}
    world.connect()
    world.answers["BootNotification"] = accepted
    assert world.order("TriggerMessage", requestedMessage="BootNotification") == {"status": "Accepted"}
    assert [call["reason"] for call in world.calls("BootNotification")] == ["PowerUp", "Triggered"]
    assert world.order("TriggerMessage", requestedMessage="BootNotification") == {"status": "Rejected"}


def test_rule_54_a_status_needs_both_evse_and_connector(world_of: Worlds) -> None:
    world = world_of(connectors=2)
    for place in (
        {},
        {"evse": {"id": 2}},
        {"evse": {"id": 3, "connectorId": 1}},
        {"evse": {"id": 2, "connectorId": 2}},
    ):
        answer = world.order("TriggerMessage", requestedMessage="StatusNotification", **place)
        assert (answer["status"], world.sent) == ("Rejected", [])


def test_where_no_evse_is_named_all_are_meant(world_of: Worlds) -> None:
    world = world_of(charging=True, connectors=2)
    world.sent.clear()
    assert world.order("TriggerMessage", requestedMessage="MeterValues") == {"status": "Accepted"}
    told = world.calls("MeterValues")
    assert [call["evseId"] for call in told] == [1, 2]
    assert told[0]["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
    assert world.order("TriggerMessage", requestedMessage="TransactionEvent") == {"status": "Accepted"}
    assert len(world.calls("TransactionEvent")) == 1


def test_there_is_nothing_to_tell_of_a_transaction_that_does_not_run_or_of_measurands_that_are_off(
    world_of: Worlds,
) -> None:
    world = world_of()
    world.charger.settings.aligned = ()
    for message in ("TransactionEvent", "MeterValues"):
        assert world.order("TriggerMessage", requestedMessage=message) == {"status": "Rejected"}
    assert world.sent == []


def test_2_1_asks_for_messages_of_the_chargers_own_by_their_names() -> None:
    world = _charging("2.1")
    custom = {"requestedMessage": "CustomTrigger", "evse": HERE}
    assert world.order("TriggerMessage", customTrigger="MakeCoffee", **custom) == {"status": "NotImplemented"}
    assert world.order("TriggerMessage", customTrigger="NotifyEvent", **custom) == {"status": "Accepted"}
    [(action, payload)] = world.sent
    assert (action, payload["eventData"][0]["actualValue"]) == ("NotifyEvent", "Occupied")
