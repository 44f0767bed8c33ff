"""A charger's password on its way in 1.6."""

import pytest

from csms.domain import commands
from csms.protocol import v16, versions

V16 = v16.VERSION


def sent(key: str, value: str) -> str:
    order = V16.order(commands.SetConfiguration(key=key, value=value))
    assert isinstance(order, versions.Order)
    value_sent: str = order.payload["value"]
    return value_sent


@pytest.mark.parametrize("key", ["AuthorizationKey", "authorizationkey"])
def test_rule_8_a_password_goes_out_as_the_hex_of_its_bytes(key: str) -> None:
    assert sent(key, "correct-horse-é!") == "correct-horse-é!".encode().hex()


@pytest.mark.parametrize("value", ["", "secret", "15 characters..", "21 characters........", "00ff" * 7, "00ff" * 11])
def test_rule_8_a_password_that_a_charger_must_refuse_is_not_sent(value: str) -> None:
    order = V16.order(commands.SetConfiguration(key="AuthorizationKey", value=value))
    assert isinstance(order, versions.InvalidPayload)
    assert "a password of 16 to 20 bytes" in order.detail
    assert not value or value not in order.detail


def test_rule_8_how_a_password_was_read_is_said() -> None:
    order = V16.order(commands.SetConfiguration(key="AuthorizationKey", value="1234567890123456"))
    assert isinstance(order, versions.InvalidPayload)
    assert "read as hexadecimal, has 8." in order.detail


@pytest.mark.parametrize("value", ["x" * 15, "x" * 41, "00" * 15, "00" * 21])
def test_rule_8_a_raw_call_has_the_same_bounds(value: str) -> None:
    payload = {"key": "authorizationkey", "value": value}
    assert isinstance(V16.order(commands.Raw(action="ChangeConfiguration", payload=payload)), versions.InvalidPayload)


def test_rule_8_what_is_hex_already_goes_out_as_it_is() -> None:
    assert sent("AuthorizationKey", "00FFab" * 6) == "00FFab" * 6


def test_other_values_go_out_as_they_are() -> None:
    assert sent("MeterValuesSampledData", "Voltage") == "Voltage"


@pytest.mark.parametrize(
    ("value", "password"),
    [
        ("00ffAB" * 6, b"\x00\xff\xab" * 6),
        ("no hex but for old firmware", b"no hex but for old firmware"),
        ("schlüsselschlüssel", "schlüsselschlüssel".encode()),
    ],
)
def test_rule_8_a_raw_call_is_found_to_set_a_password(value: str, password: bytes) -> None:
    order = V16.order(commands.Raw(action="ChangeConfiguration", payload={"key": "authorizationKEY", "value": value}))
    assert isinstance(order, versions.Order)
    assert order.payload["value"] == value, "a raw call goes out unchanged"
    assert V16.password(order) == password


@pytest.mark.parametrize(
    "order",
    [
        versions.Order("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"}),
        versions.Order("GetConfiguration", {"key": ["AuthorizationKey"]}),
        versions.Order("DataTransfer", {"vendorId": "x", "key": "AuthorizationKey", "value": "00"}),
    ],
)
def test_no_other_call_sets_a_password(order: versions.Order) -> None:
    assert V16.password(order) is None


def test_a_value_may_be_left_out_for_a_password_only() -> None:
    order = V16.order(commands.SetConfiguration(key="HeartbeatInterval"))
    assert isinstance(order, versions.CannotExpress)
    assert "HeartbeatInterval" in order.detail
