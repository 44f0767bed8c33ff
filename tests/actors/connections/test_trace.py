"""Traces: the last frames of a charger, bounded and without secrets."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from actors.connections import trace
from actors.connections.trace import Traces
from csms.domain import charger

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
SECRET = "5eC7e7"


def test_frames_are_told_oldest_first() -> None:
    traces = Traces()
    traces.add("CP-01", NOW, "in", "[2,1]")
    traces.add("CP-01", NOW + timedelta(seconds=1), "out", "[3,1]")
    assert traces.of("CP-01") == [
        {"at": NOW, "direction": "in", "message": "[2,1]"},
        {"at": NOW + timedelta(seconds=1), "direction": "out", "message": "[3,1]"},
    ]


def test_the_oldest_frames_go() -> None:
    traces = Traces()
    for number in range(trace.FRAMES + 5):
        traces.add("CP-01", NOW, "in", str(number))
    assert [each["message"] for each in traces.of("CP-01")] == [str(each) for each in range(5, trace.FRAMES + 5)]


def test_a_long_frame_is_cut_and_shows_it() -> None:
    traces = Traces()
    for length in (trace.BYTES, trace.BYTES + 1):
        traces.add("CP-01", NOW, "in", "x" * length)
    assert [each["message"] for each in traces.of("CP-01")] == ["x" * trace.BYTES, "x" * trace.BYTES + "..."]


def test_each_charger_has_its_own() -> None:
    traces = Traces()
    traces.add("CP-01", NOW, "in", "[2,1]")
    assert traces.of("CP-02") == []


def test_a_removed_charger_is_forgotten() -> None:
    traces = Traces()
    traces.add("CP-01", NOW, "in", "[2,1]")
    traces.forget("CP-01")
    traces.forget("CP-01")
    assert traces.of("CP-01") == []


# -- Secrets -----------------------------------------------------------------------------------------------------------


def entry(key: str) -> dict[str, Any]:
    return {"key": key, "readonly": False, "value": SECRET}


@pytest.mark.parametrize("key", ["AuthorizationKey", "authorizationkey", "AUTHORIZATIONKEY", "BasicAuthPassword"])
@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(lambda key: [2, "1", "ChangeConfiguration", {"key": key, "value": SECRET}], id="a call"),
        pytest.param(lambda key: [3, "1", {"configurationKey": [entry("Other"), entry(key)]}], id="an answer"),
        pytest.param(lambda key: [4, "1", "InternalError", "", entry(key)], id="an error"),
    ],
)
def test_the_value_of_a_secret_key_is_masked(key: str, frame: Any) -> None:
    text = json.dumps(frame(key))
    masked = trace.masked(text)
    assert masked.count(SECRET) == text.count(SECRET) - 1
    assert key in masked


@pytest.mark.parametrize(
    "frame",
    [
        [2, "1", "GetDiagnostics", {"location": f"ftp://ops:{SECRET}@files.example/logs"}],
        [2, "1", "UpdateFirmware", {"firmware": {"location": f"https://files.example/fw?sig={SECRET}"}}],
        [3, "1", {"configurationKey": [{"key": "FtpServer", "value": f"ftp://ops:{SECRET}@files.example"}]}],
        [4, "1", "InternalError", f"cannot fetch ftp://ops:{SECRET}@files.example/fw", {}],
    ],
)
def test_a_url_is_shown_without_its_password_and_its_permission(frame: list[Any]) -> None:
    for text in (json.dumps(frame), json.dumps(frame).replace("/", r"\/")):
        masked = trace.masked(text)
        assert SECRET not in masked
        assert "files.example" in masked


@pytest.mark.parametrize(
    "text", ['[2,"1","X",{"key":"AuthorizationKey","value":"5eC7e7"', "[" * 100_000 + "AuthorizationKey"]
)
def test_a_frame_with_a_secret_that_cannot_be_read_is_not_kept(text: str) -> None:
    assert trace.masked(text).startswith("(")


def test_a_frame_with_a_secret_that_is_too_long_is_not_read() -> None:
    text = json.dumps([2, "1", "ChangeConfiguration", {"key": "AuthorizationKey", "value": SECRET, "x": "x" * 100_000}])
    assert trace.masked(text).startswith("(")
    assert SECRET not in trace.masked(text)


@pytest.mark.parametrize("text", ['[2, "1", "Heartbeat", {}]', "no JSON", ""])
def test_any_other_frame_is_kept_as_it_came(text: str) -> None:
    assert trace.masked(text) == text


@pytest.mark.parametrize(
    "payload",
    [
        {"setVariableData": [{"variable": {"name": "BasicAuthPassword"}, "component": {}, "attributeValue": SECRET}]},
        {"getVariableResult": [{"variable": {"name": "BasicAuthPassword"}, "attributeValue": SECRET}]},
        {"eventData": [{"variable": {"name": "BasicAuthPassword"}, "actualValue": SECRET}]},
        {"reportData": [{"variable": {"name": "BasicAuthPassword"}, "variableAttribute": [{"value": SECRET}]}]},
        {"connectionData": {"basicAuthPassword": SECRET, "apn": {"apnPassword": SECRET, "simPin": SECRET}}},
        {"connectionData": {"vpn": {"server": "s", "user": "u", "password": SECRET, "key": SECRET}}},
        {"location": f"https://csms.example.com/uploads/{SECRET}"},
        {"firmware": {"location": f"https://csms.example.com/downloads/{SECRET}/firmware.bin"}},
    ],
)
def test_secrets_of_2x_are_masked(payload: dict[str, Any]) -> None:
    masked = trace.masked(json.dumps([2, "1", "Any", payload]))
    assert SECRET not in masked
    assert charger.MASK in masked
    assert SECRET not in json.dumps(charger.masked(payload))


@pytest.mark.parametrize(
    "key", ["ApnPassword", "NetworkConfiguration.VpnKey", "VendorWebPASSWORD", "SimPin", "WiFiPSK"]
)
def test_secrets_that_are_not_what_it_signs_in_with_are_masked_too(key: str) -> None:
    name = key.rpartition(".")[2]
    for payload in (
        {"key": key, "value": SECRET},
        {"setVariableData": [{"variable": {"name": name}, "component": {"name": "X"}, "attributeValue": SECRET}]},
    ):
        assert SECRET not in trace.masked(json.dumps([2, "1", "Any", payload]))
        assert SECRET not in json.dumps(charger.masked(payload))


@pytest.mark.parametrize("key", ["MaxPasswordLength", "SecretsCount", "HeartbeatInterval"])
def test_a_key_that_only_speaks_of_secrets_is_none(key: str) -> None:
    assert SECRET in trace.masked(json.dumps([2, "1", "ChangeConfiguration", {"key": key, "value": SECRET}]))


@pytest.mark.parametrize(
    "frame",
    [
        [2, "1", "NotifyCustomerInformation", {"data": SECRET, "seqNo": 0, "requestId": 7, "generatedAt": "now"}],
        [2, "1", "NotifyCustomerInformation", {"data": SECRET}],
        [2, "1", "CustomerInformation", {"requestId": 7, "customerIdentifier": SECRET, "report": True, "clear": False}],
        [2, "1", "NotifySettlement", {"pspRef": SECRET, "vatNumber": SECRET, "vatCompany": {"name": SECRET}}],
        [2, "1", "VatNumberValidation", {"vatNumber": SECRET}],
        [3, "1", {"vatNumber": SECRET, "company": {"name": SECRET, "address1": SECRET}, "status": "Accepted"}],
        [2, "1", "MeterValues", {"meterValue": [{"sampledValue": [{"value": SECRET, "format": "SignedData"}]}]}],
        [2, "1", "MeterValues", {"a": [{"signedMeterValue": {"signedMeterData": SECRET, "publicKey": ""}}]}],
    ],
    ids=["information", "a poor one", "question", "settlement", "VAT number", "VAT answer", "signed 1.6", "signed 2.x"],
)
def test_what_it_tells_of_a_customer_is_not_kept(frame: list[Any]) -> None:
    traces = Traces()
    traces.add("CP-01", NOW, "in", json.dumps(frame))
    [shown] = traces.of("CP-01")
    assert SECRET not in shown["message"]
    assert charger.MASK in shown["message"]


def test_the_data_of_anything_else_is_kept() -> None:
    text = json.dumps([2, "1", "DataTransfer", {"vendorId": "NotifyCustomerInformation", "data": "d"}])
    assert '"data": "d"' in trace.masked(text)


@pytest.mark.parametrize("token", ["04A1B2C3D4", "1234", ""])
def test_of_a_token_only_the_end_is_shown(token: str) -> None:
    traces = Traces()
    traces.add("CP-01", NOW, "in", json.dumps([2, "1", "Authorize", {"idToken": {"idToken": token, "type": "X"}}]))
    [shown] = traces.of("CP-01")
    assert f'"********{token[4:][-4:]}"' in shown["message"]


# -- Search ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def talk() -> Traces:
    traces = Traces()
    frames = [
        ("in", '[2,"1","Heartbeat",{}]'),
        ("out", '[3,"1",{"currentTime":"now"}]'),
        ("out", '[2, "1", "Reset", {"type": "Soft"}]'),
        ("in", '[3, "1", {"status": "Accepted"}]'),
        ("in", '[6,"2","NotifyPeriodicEventStream",{}]'),
        ("in", "no frame"),
    ]
    for second, (direction, text) in enumerate(frames):
        traces.add("CP-01", NOW + timedelta(seconds=second), direction, text)
    return traces


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"action": "Heartbeat"}, [0, 1]),
        ({"action": "Reset"}, [2, 3]),
        ({"action": "NotifyPeriodicEventStream"}, [4]),
        ({"message_id": "1"}, [0, 1, 2, 3]),
        ({"message_id": "1", "direction": "in"}, [0, 3]),
        ({"text": "ACCEPTED"}, [3]),
        ({"since": NOW + timedelta(seconds=4)}, [4, 5]),
    ],
)
def test_frames_are_searched(talk: Traces, wanted: dict[str, Any], found: list[int]) -> None:
    everything = talk.of("CP-01")
    assert talk.of("CP-01", trace.Wanted(**wanted)) == [everything[index] for index in found]
