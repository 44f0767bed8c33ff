"""A whole life in OCPP 2.x: boot, availability, transactions online and offline. Every frame fits its schema."""

from typing import Any

import pytest

from csms.simulator import car
from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.world import Payload, World, be_silent


def _events(world: World) -> list[Payload]:
    return world.calls("TransactionEvent")


def _story(world: World) -> list[tuple[str, str, str]]:
    return [
        (event["eventType"], event["triggerReason"], event["transactionInfo"]["chargingState"])
        for event in _events(world)
    ]


def _register(event: Payload) -> Any:
    [value] = [
        one["value"]
        for one in event["meterValue"][-1]["sampledValue"]
        if one["measurand"] == "Energy.Active.Import.Register"
    ]
    return value


def test_a_boot_says_who_starts_and_why(world_of: Worlds) -> None:
    world = world_of(register=False, connectors=2)
    world.connect()
    assert world.calls("BootNotification") == [
        {
            "reason": "PowerUp",
            "chargingStation": {
                "vendorName": "CSMS",
                "model": "Simulator",
                "serialNumber": "CP-1",
                "firmwareVersion": "1.0.0",
            },
        }
    ]


def test_rule_24_2_0_1_reports_availability_by_status_and_2_1_by_event() -> None:
    old, new = (World(protocol=version, register=False, connectors=2) for version in ("2.0.1", "2.1"))
    old.connect()
    new.connect()
    assert [(one["evseId"], one["connectorId"], one["connectorStatus"]) for one in old.calls("StatusNotification")] == [
        (1, 1, "Available"),
        (2, 1, "Available"),
    ]
    assert not new.calls("StatusNotification")
    events = [event for call in new.calls("NotifyEvent") for event in call["eventData"]]
    assert [(one["component"]["evse"], one["variable"]["name"], one["actualValue"]) for one in events] == [
        ({"id": 1, "connectorId": 1}, "AvailabilityState", "Available"),
        ({"id": 2, "connectorId": 1}, "AvailabilityState", "Available"),
    ]
    assert len({one["eventId"] for one in events}) == 2


def test_rule_25_a_stay_is_occupied_from_the_cable_to_its_removal() -> None:
    world = World(protocol="2.0.1")
    world.charger.plug_in(1, car.Car(battery_wh=1e6))
    world.charger.present("TAG")
    world.run(60)
    world.charger.present("TAG")
    world.talk()
    world.charger.unplug()
    world.talk()
    assert [call["connectorStatus"] for call in world.calls("StatusNotification")] == ["Occupied", "Available"]


def test_a_whole_transaction(world_of: Worlds) -> None:
    world = world_of(sample_interval=60)
    world.charger.plug_in(1, car.Car(battery_wh=1e6, soc=0.1, max_power_w=11_000))
    world.charger.present("TAG")
    world.run(150)
    world.charger.present("tag")
    world.talk()
    assert _story(world) == [
        ("Started", "Authorized", "Charging"),
        ("Updated", "MeterValuePeriodic", "Charging"),
        ("Updated", "MeterValuePeriodic", "Charging"),
        ("Ended", "StopAuthorized", "EVConnected"),
    ]
    events = _events(world)
    assert [event["seqNo"] for event in events] == [0, 1, 2, 3]
    assert {event["offline"] for event in events} == {False}
    assert len({event["transactionInfo"]["transactionId"] for event in events}) == 1
    assert events[0]["idToken"] == {"idToken": "TAG", "type": "ISO14443"}
    assert events[0]["evse"] == {"id": 1, "connectorId": 1}
    assert events[-1]["transactionInfo"]["stoppedReason"] == "Local"
    assert events[-1]["idToken"]["idToken"] == "tag"
    registers = [_register(event) for event in events]
    assert registers == sorted(registers)
    entry = world.entry
    assert (entry.state, entry.samples, entry.unacknowledged, entry.reason) == ("completed", 2, 0, "Local")
    assert entry.transaction_id == events[0]["transactionInfo"]["transactionId"]
    assert (entry.meter_start_wh, entry.meter_stop_wh) == (registers[0], registers[-1])


def test_what_the_car_does_is_told_as_it_happens(world_of: Worlds) -> None:
    world = world_of(sample_interval=3600)
    world.charger.plug_in(1, car.Car(battery_wh=1_000, soc=0.5, target_soc=0.8))
    world.charger.present("TAG")
    world.run(600)
    world.charger.withhold()
    world.talk()
    world.charger.unplug()
    world.talk()
    assert _story(world) == [
        ("Started", "Authorized", "Charging"),
        ("Updated", "ChargingStateChanged", "SuspendedEV"),
        ("Updated", "ChargingStateChanged", "SuspendedEVSE"),
        ("Ended", "EVCommunicationLost", "Idle"),
    ]
    assert world.entry.updates == 2
    assert world.entry.reason == "EVDisconnected"


def test_rule_46_with_tx_start_point_ev_connected_the_cable_begins_it(world_of: Worlds) -> None:
    world = world_of(sample_interval=3600)
    world.charger.settings.start_points = ("EVConnected",)
    world.charger.plug_in(1, car.Car(battery_wh=1e6))
    world.run(20)
    world.charger.present("TAG")
    world.run(60)
    world.charger.unplug()
    world.talk()
    assert _story(world) == [
        ("Started", "CablePluggedIn", "EVConnected"),
        ("Updated", "Authorized", "Charging"),
        ("Ended", "EVCommunicationLost", "Idle"),
    ]
    first, second, last = _events(world)
    assert "idToken" not in first
    assert second["idToken"]["idToken"] == "TAG"
    assert _register(last) > 0
    assert world.entry.id_token == "TAG"


def test_with_tx_start_point_authorized_the_card_begins_it(world_of: Worlds) -> None:
    world = world_of(sample_interval=3600)
    world.charger.settings.start_points = ("Authorized",)
    world.charger.present("TAG")
    world.run(20)
    world.charger.plug_in(1, car.Car(battery_wh=1e6))
    world.run(20)
    assert _story(world) == [("Started", "Authorized", "Idle"), ("Updated", "CablePluggedIn", "Charging")]


def test_with_tx_start_point_authorized_nobody_coming_ends_it(world_of: Worlds) -> None:
    world = world_of()
    world.charger.settings.start_points = ("Authorized",)
    world.charger.present("TAG")
    world.run(61)
    assert _story(world)[-1] == ("Ended", "EVConnectTimeout", "Idle")
    assert world.entry.reason == "Timeout"


def test_with_tx_stop_point_ev_connected_the_card_ends_only_the_energy(world_of: Worlds) -> None:
    world = world_of(charging=True)
    world.charger.settings.stop_points = ("EVConnected",)
    world.charger.present("TAG")
    world.run(20)
    world.charger.unplug()
    world.talk()
    assert _story(world)[-2:] == [
        ("Updated", "StopAuthorized", "EVConnected"),
        ("Ended", "EVCommunicationLost", "Idle"),
    ]
    stop, end = _events(world)[-2:]
    assert stop["idToken"]["idToken"] == "TAG"
    assert end["transactionInfo"]["stoppedReason"] == "Local"


def test_with_tx_stop_point_energy_transfer_a_full_car_ends_it(world_of: Worlds) -> None:
    world = world_of()
    world.charger.settings.stop_points = ("EnergyTransfer",)
    world.charger.plug_in(1, car.Car(battery_wh=1_000, soc=0.5, target_soc=0.6))
    world.charger.present("TAG")
    world.run(600)
    assert _events(world)[-1]["transactionInfo"]["stoppedReason"] == "StoppedByEV"


def test_a_token_that_turns_out_invalid_ends_the_transaction(world_of: Worlds) -> None:
    world = world_of()
    world.answers["TransactionEvent"] = {"idTokenInfo": {"status": "ConcurrentTx"}}
    world.charger.plug_in(1)
    world.charger.present("TAG")
    world.talk()
    assert _events(world)[-1]["transactionInfo"]["stoppedReason"] == "DeAuthorized"
    assert _events(world)[-1]["triggerReason"] == "Deauthorized"


def test_rule_43_what_happens_offline_says_so_and_keeps_its_order(world_of: Worlds) -> None:
    world = world_of(sample_interval=60)
    world.disconnect()
    world.charger.plug_in(1, car.Car(battery_wh=1e6))
    world.charger.present("TAG")
    world.run(130)
    world.connect()
    world.run(60)
    world.charger.unplug()
    world.talk()
    events = _events(world)
    assert [event["seqNo"] for event in events] == [0, 1, 2, 3, 4]
    assert [event["offline"] for event in events] == [True, True, True, False, False]
    assert events[0]["timestamp"] == "2027-01-15T08:00:00.000Z"
    assert world.entry.state == "completed"


def test_after_a_long_time_offline_every_status_is_reported_again(world_of: Worlds) -> None:
    world = world_of(connectors=2)
    for seconds, reports in ((299, 0), (301, 2)):
        world.disconnect()
        world.run(seconds)
        world.connect()
        assert len(world.calls("StatusNotification", "NotifyEvent")) == reports


def test_an_event_without_an_answer_is_sent_again_as_it_was(world_of: Worlds) -> None:
    world = world_of()
    world.answers["TransactionEvent"] = be_silent
    world.charger.plug_in(1)
    world.charger.present("TAG")
    world.talk()
    world.disconnect()
    world.answers["TransactionEvent"] = {}
    world.connect()
    first, second = _events(world)[:2]
    assert first == second
    assert not first["offline"]


def test_meter_values_outside_of_a_transaction_belong_to_the_evse(world_of: Worlds) -> None:
    world = world_of()
    world.charger.settings.aligned_interval = 60
    world.charger.retime()
    world.run(60)
    [call] = world.calls("MeterValues")
    assert call["evseId"] == 1
    assert call["meterValue"][0]["sampledValue"][0]["context"] == "Sample.Clock"


@pytest.mark.parametrize(("number", "place"), [(1, (1, 1)), (2, (1, 2)), (3, (2, 1)), (4, (2, 2))])
def test_connectors_of_an_evse_are_counted_from_one(world_of: Worlds, number: int, place: tuple[int, int]) -> None:
    world = world_of(connectors=4, connectors_per_evse=2)
    world.charger.plug_in(number)
    world.charger.present("TAG", number)
    world.talk()
    assert tuple(_events(world)[0]["evse"].values()) == place


def test_the_last_evse_may_have_fewer_connectors(world_of: Worlds) -> None:
    world = world_of(connectors=3, connectors_per_evse=2)
    world.order("GetReport", requestId=1, componentVariable=[{"component": {"name": "Connector"}}])
    rows = [row["component"]["evse"] for call in world.calls("NotifyReport") for row in call["reportData"]]
    assert {(row["id"], row["connectorId"]) for row in rows} == {(1, 1), (1, 2), (2, 1)}


def test_one_connector_of_an_evse_at_a_time(world_of: Worlds) -> None:
    world = world_of(connectors=2, connectors_per_evse=2, charging=True)
    world.charger.plug_in(2)
    world.charger.present("OTHER", 2)
    world.talk()
    assert len({event["transactionInfo"]["transactionId"] for event in _events(world)}) == 1
