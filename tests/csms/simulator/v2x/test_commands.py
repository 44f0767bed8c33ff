"""The other calls that a 2.x charger obeys: start and stop, availability, cache, transaction status, data transfer."""

import json

import pytest

from csms.simulator import car
from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.world import World, be_silent, refuse

_TOKEN = {"idToken": "APP", "type": "Central"}


# -- what cannot be obeyed -----------------------------------------------------


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("MakeCoffee", {}, "NotImplemented"),
        ("Heartbeat", {}, "NotSupported"),
        ("Reset", {}, "OccurrenceConstraintViolation"),
        ("Reset", {"type": "Gently"}, "PropertyConstraintViolation"),
        ("Reset", {"type": 1}, "TypeConstraintViolation"),
        ("Reset", {"type": "OnIdle", "why": "x"}, "FormatViolation"),
    ],
)
def test_rule_10_a_bad_call_gets_the_code_for_what_is_wrong(
    world_of: Worlds, action: str, payload: dict[str, object], code: str
) -> None:
    assert world_of().order(action, **payload) == code


def test_a_call_without_a_payload_breaks_the_rpc_framework(world_of: Worlds) -> None:
    world = world_of()
    world.charger.receive(json.dumps([2, "x", "Reset"]))
    world.talk()
    assert world.replies["x"][2] == "RpcFrameworkError"


# -- remote start and stop -----------------------------------------------------


def test_rule_51_a_remote_start_is_told_by_its_id(world_of: Worlds) -> None:
    world = world_of()
    world.charger.plug_in(1)
    assert world.order("RequestStartTransaction", remoteStartId=42, idToken=_TOKEN, evseId=1) == {"status": "Accepted"}
    assert world.calls("Authorize") == [{"idToken": _TOKEN}]
    [start] = world.calls("TransactionEvent")
    assert (start["triggerReason"], start["transactionInfo"]["remoteStartId"]) == ("RemoteStart", 42)
    assert start["idToken"] == _TOKEN


def test_rule_58_the_profile_of_a_remote_start_limits_its_transaction(world_of: Worlds) -> None:
    world = world_of()
    schedule = {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 3000.0}]}
    kind = {"chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative"}
    profile = {"id": 9, "stackLevel": 0, **kind, "chargingSchedule": [schedule]}
    named = {"remoteStartId": 42, "idToken": _TOKEN, "evseId": 1}
    refused = world.order("RequestStartTransaction", **named, chargingProfile={**profile, "stackLevel": 99})
    assert refused["status"] == "Rejected"
    assert world.order("RequestStartTransaction", **named, chargingProfile=profile) == {"status": "Accepted"}
    world.charger.plug_in(1, car.Car(battery_wh=1e6, soc=0.1, max_power_w=11_000))
    world.run(60)
    assert world.charger.connectors[1].meter.power_w == pytest.approx(3000, rel=0.05)


def test_a_remote_start_waits_for_the_cable(world_of: Worlds) -> None:
    world = world_of()
    world.order("RequestStartTransaction", remoteStartId=42, idToken=_TOKEN)
    assert not world.calls("TransactionEvent")
    world.charger.plug_in(1)
    world.talk()
    [start] = world.calls("TransactionEvent")
    assert (start["triggerReason"], start["transactionInfo"]["remoteStartId"]) == ("CablePluggedIn", 42)


def test_a_remote_start_where_the_cable_began_it_names_the_transaction(world_of: Worlds) -> None:
    world = world_of()
    world.charger.settings.start_points = ("EVConnected",)
    world.charger.plug_in(1)
    world.talk()
    answer = world.order("RequestStartTransaction", remoteStartId=42, idToken=_TOKEN, evseId=1)
    first, second = world.calls("TransactionEvent")
    assert answer == {"status": "Accepted", "transactionId": first["transactionInfo"]["transactionId"]}
    assert second["transactionInfo"]["remoteStartId"] == 42


def test_rule_29_nobody_is_asked_about_no_authorization(world_of: Worlds) -> None:
    world = world_of()
    world.charger.plug_in(1)
    nobody = {"idToken": "", "type": "NoAuthorization"}
    world.order("RequestStartTransaction", remoteStartId=1, idToken=nobody, evseId=1)
    assert not world.calls("Authorize")
    assert world.calls("TransactionEvent")[0]["idToken"] == nobody


def test_a_remote_start_is_rejected_where_nothing_can_begin(world_of: Worlds) -> None:
    world = world_of(charging=True)
    for evse in ({"evseId": 1}, {"evseId": 9}, {}):
        answer = world.order("RequestStartTransaction", remoteStartId=1, idToken=_TOKEN, **evse)
        assert answer["status"] == "Rejected"


def test_a_remote_stop_ends_that_transaction(world_of: Worlds) -> None:
    world = world_of(charging=True)
    running = world.calls("TransactionEvent")[0]["transactionInfo"]["transactionId"]
    assert world.order("RequestStopTransaction", transactionId="other") == {"status": "Rejected"}
    assert world.order("RequestStopTransaction", transactionId=running) == {"status": "Accepted"}
    end = world.calls("TransactionEvent")[-1]
    assert (end["triggerReason"], end["transactionInfo"]["stoppedReason"]) == ("RemoteStop", "Remote")
    assert "idToken" not in end


def test_an_authorised_transaction_keeps_its_cable(world_of: Worlds) -> None:
    world = world_of(charging=True, connectors=2)
    answers = [
        world.order("UnlockConnector", evseId=evse, connectorId=connector)["status"]
        for evse, connector in ((1, 1), (2, 1), (2, 2), (3, 1))
    ]
    assert answers == ["OngoingAuthorizedTransaction", "Unlocked", "UnknownConnector", "UnknownConnector"]


# -- availability ----------------------------------------------------------------


def test_availability_of_the_whole_of_an_evse_and_of_a_connector(world_of: Worlds) -> None:
    world = world_of(connectors=4, connectors_per_evse=2)

    def operative() -> list[bool]:
        return [connector.operative for connector in world.charger.connectors.values()]

    assert world.order("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 2}) == {"status": "Accepted"}
    assert operative() == [True, True, False, False]
    world.order("ChangeAvailability", operationalStatus="Operative", evse={"id": 2, "connectorId": 1})
    assert operative() == [True, True, True, False]
    world.order("ChangeAvailability", operationalStatus="Inoperative")
    assert operative() == [False] * 4
    answer = world.order("ChangeAvailability", operationalStatus="Operative", evse={"id": 5})
    assert answer["status"] == "Rejected"


def test_rule_54_during_a_transaction_it_is_scheduled(world_of: Worlds) -> None:
    world = world_of(charging=True)
    assert world.order("ChangeAvailability", operationalStatus="Inoperative") == {"status": "Scheduled"}
    assert world.charger.connectors[1].operative
    world.charger.present("TAG")
    world.talk()
    assert not world.charger.connectors[1].operative


# -- the rest --------------------------------------------------------------------


def test_a_cleared_cache_is_asked_again(world_of: Worlds) -> None:
    world = world_of()
    world.charger.settings.pre_authorize = True
    for _ in range(2):
        world.charger.plug_in(1, car.Car())
        world.charger.present("TAG")
        world.talk()
        world.charger.unplug()
    assert len(world.calls("Authorize")) == 1
    assert world.order("ClearCache") == {"status": "Accepted"}
    world.charger.present("TAG")
    world.talk()
    assert len(world.calls("Authorize")) == 2
    world.charger.settings.cache_enabled = False
    assert world.order("ClearCache")["status"] == "Rejected"


def _status(world: World, *transaction: str) -> dict[str, bool]:
    answer = world.order("GetTransactionStatus", **({"transactionId": transaction[0]} if transaction else {}))
    assert isinstance(answer, dict)
    return answer


def test_rule_42_the_status_of_a_transaction_tells_of_its_queue(world_of: Worlds) -> None:
    world = world_of(charging=True)
    first = world.entry.transaction_id or ""
    assert _status(world, first) == {"ongoingIndicator": True, "messagesInQueue": False}
    assert _status(world, "unknown") == {"ongoingIndicator": False, "messagesInQueue": False}
    world.answers["TransactionEvent"] = refuse
    world.charger.present("TAG")
    world.talk()
    assert _status(world, first) == {"ongoingIndicator": False, "messagesInQueue": True}
    assert _status(world) == {"messagesInQueue": True}


def test_the_queue_holds_what_is_not_answered_yet(world_of: Worlds) -> None:
    world = world_of(charging=True)
    world.answers["TransactionEvent"] = be_silent
    world.charger.withhold()
    world.talk()
    assert _status(world) == {"messagesInQueue": True}


def test_rule_55_data_transfer_says_what_it_does_not_know(world_of: Worlds) -> None:
    world = world_of()
    assert world.order("DataTransfer", vendorId="Else", data={"a": 1}) == {"status": "UnknownVendorId"}
    assert world.order("DataTransfer", vendorId="CSMS", messageId="x") == {"status": "UnknownMessageId"}
