"""OCPP 2.x remote control: starts, stops, unlocking, resets and triggers."""

from typing import Any

import pytest

from csms.domain import commands, facts, topology
from csms.protocol import versions
from tests.csms.protocol.support import V21, V201, ended
from tests.csms.protocol.v2x.support import BOTH, ordered

TWO_PLUGS = versions.Peer(topology.of([(1, [1, 2]), (2, [1])]))
CARD = facts.IdToken("TAG1")


@BOTH
@pytest.mark.parametrize(
    ("kind", "sent"), [("on_idle", "OnIdle"), ("immediate", "Immediate"), ("soft", "Immediate"), ("hard", "Immediate")]
)
def test_rule_52_a_reset_waits_or_ends_transactions(version: versions.Version, kind: Any, sent: str) -> None:
    assert ordered(version, commands.Reset(type=kind)) == ("Reset", {"type": sent})
    assert ordered(version, commands.Reset(type=kind, evse_id=2)) == ("Reset", {"type": sent, "evseId": 2})
    assert ordered(version, commands.Reset(type=kind, evse_id=0)) == ("Reset", {"type": sent})


def test_rule_52_only_2_1_resumes() -> None:
    assert ordered(V21, commands.Reset(type="resume")) == ("Reset", {"type": "ImmediateAndResume"})
    assert "Only OCPP 2.1" in ordered(V201, commands.Reset(type="resume"))


@BOTH
@pytest.mark.parametrize(
    ("place", "evse", "connector"),
    [({"connector_id": 2}, 1, 2), ({"connector_id": 3}, 2, 1), ({"evse_id": 1, "connector_id": 2}, 1, 2)],
)
def test_rule_54_a_cable_is_released_by_evse_and_connector(
    version: versions.Version, place: dict[str, int], evse: int, connector: int
) -> None:
    order = ordered(version, commands.Unlock(**place), TWO_PLUGS)
    assert order == ("UnlockConnector", {"evseId": evse, "connectorId": connector})


@BOTH
def test_an_evse_s_only_connector_need_not_be_named(version: versions.Version) -> None:
    assert ordered(version, commands.Unlock(evse_id=2), TWO_PLUGS)[1] == {"evseId": 2, "connectorId": 1}
    assert "connectorId: missing" in ordered(version, commands.Unlock(evse_id=1), TWO_PLUGS)
    assert "Name the connector" in ordered(version, commands.Unlock())


@BOTH
@pytest.mark.parametrize("word", ["UnlockFailed", "OngoingAuthorizedTransaction", "UnknownConnector"])
def test_a_cable_that_is_not_released_is_a_refusal(version: versions.Version, word: str) -> None:
    assert ended(commands.Unlock(connector_id=1), {"status": word}, version).refused
    assert ended(commands.Unlock(connector_id=1), {"status": "Unlocked"}, version).status == "accepted"


@BOTH
@pytest.mark.parametrize(
    ("message", "sent"),
    [
        ("Heartbeat", "Heartbeat"),
        ("TransactionEvent", "TransactionEvent"),
        ("SignChargingStationCertificate", "SignChargingStationCertificate"),
        ("DiagnosticsStatusNotification", "LogStatusNotification"),
    ],
)
def test_a_message_is_asked_for_by_its_name(version: versions.Version, message: str, sent: str) -> None:
    assert ordered(version, commands.Trigger(message=message)) == ("TriggerMessage", {"requestedMessage": sent})


@BOTH
def test_a_message_may_be_asked_of_an_evse(version: versions.Version) -> None:
    order = ordered(version, commands.Trigger(message="MeterValues", evse_id=1), TWO_PLUGS)
    assert order == ("TriggerMessage", {"requestedMessage": "MeterValues", "evse": {"id": 1}})


@BOTH
@pytest.mark.parametrize(
    ("place", "asked"),
    [
        ({"connector_id": 3}, [(2, 1)]),
        ({"evse_id": 1}, [(1, 1), (1, 2)]),
        ({}, [(1, 1), (1, 2), (2, 1)]),
    ],
)
def test_rule_54_a_status_is_asked_of_each_connector(
    version: versions.Version, place: dict[str, int], asked: list[tuple[int, int]]
) -> None:
    order = version.order(commands.Trigger(message="StatusNotification", **place), TWO_PLUGS)
    assert isinstance(order, versions.Order)
    evses = [each.payload["evse"] for each in (order, *order.rest)]
    assert evses == [{"id": evse, "connectorId": connector} for evse, connector in asked]


def test_an_unknown_message_is_no_order() -> None:
    assert "Heartbeat" in ordered(V201, commands.Trigger(message="Authorize"))
    assert "can trigger" in ordered(V201, commands.Trigger(message="SignV2G20Certificate"))
    assert ordered(V21, commands.Trigger(message="SignV2G20Certificate"))[0] == "TriggerMessage"


@BOTH
def test_rule_51_a_remote_start_has_an_id_of_ours(version: versions.Version) -> None:
    start = commands.RemoteStart(id_token=CARD, connector_id=3, remote_start_id=7)
    token = {"idToken": "TAG1", "type": "ISO14443"}
    sent = {"idToken": token, "remoteStartId": 7, "evseId": 2}
    assert ordered(version, start, TWO_PLUGS) == ("RequestStartTransaction", sent)
    anywhere = ordered(version, commands.RemoteStart(id_token=CARD, remote_start_id=7))
    assert anywhere == ("RequestStartTransaction", {"idToken": token, "remoteStartId": 7})


@BOTH
def test_rule_27_a_remote_start_tells_the_group_whose_members_may_stop_it(version: versions.Version) -> None:
    order = ordered(version, commands.RemoteStart(id_token=CARD, remote_start_id=7, group_id="FLEET"))
    assert order[1]["groupIdToken"] == {"idToken": "FLEET", "type": "Central"}


@BOTH
def test_rule_26_nothing_starts_on_the_whole_charger(version: versions.Version) -> None:
    assert "EVSE 0" in ordered(version, commands.RemoteStart(id_token=CARD, connector_id=0))


def test_rule_29_a_type_that_only_2_1_has() -> None:
    start = commands.RemoteStart(id_token=facts.IdToken("V1", "VIN"), remote_start_id=7)
    assert "idToken.type" in ordered(V201, start)
    assert ordered(V21, start)[1]["idToken"] == {"idToken": "V1", "type": "VIN"}


@BOTH
def test_a_remote_stop_names_the_charger_s_transaction(version: versions.Version) -> None:
    order = ordered(version, commands.RemoteStop(transaction_id="tx-1"))
    assert order == ("RequestStopTransaction", {"transactionId": "tx-1"})
