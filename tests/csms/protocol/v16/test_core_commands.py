"""OCPP 1.6 Core, server to charger: what each command becomes."""

import json
from typing import Any

import pytest

from csms.domain import commands, facts
from csms.protocol import versions
from tests.csms.protocol.support import V16

TAG = facts.IdToken("TAG1")


def detail(command: commands.Command) -> str:
    """Why 1.6 cannot express it."""
    order = V16.order(command)
    assert isinstance(order, versions.CannotExpress), order
    return order.detail


@pytest.mark.parametrize(
    ("command", "action", "payload"),
    [
        (commands.Reset(), "Reset", {"type": "Soft"}),
        (commands.Reset(type="soft"), "Reset", {"type": "Soft"}),
        (commands.Reset(type="hard"), "Reset", {"type": "Hard"}),
        (commands.Unlock(connector_id=2), "UnlockConnector", {"connectorId": 2}),
        (commands.Availability(available=True), "ChangeAvailability", {"connectorId": 0, "type": "Operative"}),
        (
            commands.Availability(available=False, connector_id=1),
            "ChangeAvailability",
            {"connectorId": 1, "type": "Inoperative"},
        ),
        (commands.ClearCache(), "ClearCache", {}),
        (commands.GetConfiguration(), "GetConfiguration", {}),
        (commands.GetConfiguration(keys=("A", "B")), "GetConfiguration", {"key": ["A", "B"]}),
        (commands.SetConfiguration(key="K", value=""), "ChangeConfiguration", {"key": "K", "value": ""}),
        (commands.DataTransfer(vendor_id="V"), "DataTransfer", {"vendorId": "V"}),
        (
            commands.DataTransfer(vendor_id="V", message_id="m", data="d"),
            "DataTransfer",
            {"vendorId": "V", "messageId": "m", "data": "d"},
        ),
        (commands.RemoteStart(id_token=TAG), "RemoteStartTransaction", {"idTag": "TAG1"}),
        (
            commands.RemoteStart(id_token=TAG, connector_id=2, remote_start_id=9),
            "RemoteStartTransaction",
            {"idTag": "TAG1", "connectorId": 2},
        ),
        (commands.RemoteStop(transaction_id="17"), "RemoteStopTransaction", {"transactionId": 17}),
    ],
)
def test_each_command_has_its_call(command: commands.Command, action: str, payload: dict[str, Any]) -> None:
    assert V16.order(command) == versions.Order(action, payload)


def test_a_connector_is_its_own_evse() -> None:
    assert V16.order(commands.Unlock(evse_id=2)) == versions.Order("UnlockConnector", {"connectorId": 2})
    assert V16.order(commands.Unlock(evse_id=2, connector_id=2)) == V16.order(commands.Unlock(evse_id=2))
    assert "connector_id only" in detail(commands.Unlock(evse_id=2, connector_id=1))
    assert "connector_id only" in detail(commands.Availability(available=True, evse_id=2, connector_id=1))
    assert "connector_id only" in detail(commands.RemoteStart(id_token=TAG, evse_id=2, connector_id=1))


@pytest.mark.parametrize("kind", ["on_idle", "resume"])
def test_rule_52_no_1_6_reset_waits_or_resumes(kind: Any) -> None:
    assert "every reset ends running transactions" in detail(commands.Reset(type=kind))


def test_rule_54_1_6_resets_the_whole_charger() -> None:
    assert "whole charger" in detail(commands.Reset(evse_id=1))


def test_rule_26_connector_0_is_neither_unlocked_nor_started() -> None:
    assert detail(commands.Unlock(connector_id=0)) == detail(commands.Unlock())
    assert "whole charger" in detail(commands.RemoteStart(id_token=TAG, connector_id=0))
    assert V16.order(commands.Availability(available=True, connector_id=0)) == V16.order(
        commands.Availability(available=True)
    )


@pytest.mark.parametrize("tag", ["", "x" * 21])
def test_rule_29_a_tag_has_up_to_20_characters(tag: str) -> None:
    said = detail(commands.RemoteStart(id_token=facts.IdToken(tag)))
    assert "20 characters" in said
    assert not tag or tag not in said


@pytest.mark.parametrize("transaction_id", ["", "0", "-1", "abc", "2147483648", "٣", "9" * 5000])
def test_rule_33_only_an_id_that_1_6_can_have_is_stopped(transaction_id: str) -> None:
    assert "2147483647" in detail(commands.RemoteStop(transaction_id=transaction_id))


def test_a_command_that_breaks_the_schema_is_invalid_and_says_where() -> None:
    order = V16.order(commands.SetConfiguration(key="k" * 51, value="1"))
    assert order == versions.InvalidPayload("ChangeConfiguration: key: has more characters than 50")


def test_a_raw_call_goes_out_unchanged() -> None:
    payload = {"location": "ftp://10.0.0.1/up", "retries": 3}
    order = V16.order(commands.Raw(action="GetDiagnostics", payload=payload))
    assert order == versions.Order("GetDiagnostics", payload)
    assert isinstance(order, versions.Order)
    assert json.loads(V16.call("7", order)) == [2, "7", "GetDiagnostics", payload]


def test_a_raw_payload_is_checked_strictly_and_told_what_is_wrong() -> None:
    order = V16.order(commands.Raw(action="Reset", payload={"type": "Warm", "why": "because"}))
    assert isinstance(order, versions.InvalidPayload)
    assert "type: must be one of Hard, Soft" in order.detail
    assert "does not know: why" in order.detail
    assert "Warm" not in order.detail


@pytest.mark.parametrize("action", ["Heartbeat", "StartTransaction", "SetVariables", "MakeCoffee"])
def test_a_raw_call_must_be_one_that_servers_make(action: str) -> None:
    assert "server to charger" in detail(commands.Raw(action=action, payload={}))


@pytest.mark.parametrize(
    ("status", "written"),
    [
        ("Accepted", (versions.Written("A", "1"),)),
        ("RebootRequired", (versions.Written("A", "1", reboot=True),)),
        ("Rejected", ()),
        ("Perhaps", ()),
    ],
)
def test_a_key_is_written_when_the_charger_says_so(status: str, written: tuple[versions.Written, ...]) -> None:
    for command in (
        commands.SetConfiguration(key="A", value="1"),
        commands.Raw(action="ChangeConfiguration", payload={"key": "A", "value": "1"}),
    ):
        order = V16.order(command)
        assert isinstance(order, versions.Order)
        assert V16.written(order, {"status": status}) == written
    assert V16.written(versions.Order("Reset", {"type": "Hard"}), {"status": "Accepted"}) == ()


@pytest.mark.parametrize(("limits", "sizes"), [({}, [5]), ({"GetConfigurationMaxKeys": 2}, [2, 2, 1])])
def test_no_more_keys_are_asked_for_than_the_charger_takes(limits: dict[str, int], sizes: list[int]) -> None:
    order = V16.order(commands.GetConfiguration(keys=tuple("ABCDE")), versions.Peer(limits=limits))
    assert isinstance(order, versions.Order)
    assert [len(each.payload["key"]) for each in (order, *order.rest)] == sizes
    assert V16.order(commands.GetConfiguration(), versions.Peer(limits=limits)) == versions.Order(
        "GetConfiguration", {}
    )


def test_every_callable_action_has_its_schemas() -> None:
    assert len(V16.calls) == 26
    assert set(V16.calls) <= V16.validators.actions
    assert set(V16.calls) & set(V16.incoming) == {"DataTransfer"}
    assert V16.validators.actions == set(V16.calls) | set(V16.incoming)
