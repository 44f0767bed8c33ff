"""OCPP 2.x: the variable that holds the charger's password (rule 8)."""

from typing import Any

import pytest

from csms.domain import commands
from csms.protocol import versions
from tests.csms.protocol.support import V21
from tests.csms.protocol.v2x.support import BOTH

GOOD = "0123456789abcdef"


def order(version: versions.Version, **changes: Any) -> Any:
    return version.order(commands.SetConfiguration(key="SecurityCtrlr.BasicAuthPassword", value=GOOD, **changes))


@BOTH
def test_rule_8_it_travels_as_text_whatever_it_looks_like(version: versions.Version) -> None:
    made = order(version)
    assert made.payload["setVariableData"][0]["attributeValue"] == GOOD
    assert version.password(made) == GOOD.encode()


@BOTH
def test_rule_8_the_name_of_1_6_means_the_same(version: versions.Version) -> None:
    made = version.order(commands.SetConfiguration(key="AuthorizationKey", value=GOOD))
    assert made == order(version)


@BOTH
@pytest.mark.parametrize(("value", "good"), [("x" * 15, False), ("é" * 16, True), ("x" * 40, True), ("x" * 41, False)])
def test_rule_8_it_has_16_to_40_characters(version: versions.Version, value: str, good: bool) -> None:
    data = [
        {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}, "attributeValue": value}
    ]
    made = version.order(commands.Raw(action="SetVariables", payload={"setVariableData": data}))
    assert isinstance(made, versions.Order) is good
    if isinstance(made, versions.InvalidPayload):
        assert value not in made.detail


@BOTH
def test_a_password_goes_alone(version: versions.Version) -> None:
    data = order(version).payload["setVariableData"]
    other = {"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStartPoint"}, "attributeValue": "EVConnected"}
    made = version.order(commands.Raw(action="SetVariables", payload={"setVariableData": [*data, other]}))
    assert isinstance(made, versions.InvalidPayload)


@BOTH
def test_other_calls_set_none(version: versions.Version) -> None:
    assert version.password(versions.Order("Reset", {"type": "OnIdle"})) is None
    made = version.order(commands.SetConfiguration(key="TxCtrlr.TxStartPoint", value="EVConnected"))
    assert isinstance(made, versions.Order)
    assert version.password(made) is None


def set_variable(component: str, name: str, value: str) -> versions.Order:
    entry = {"component": {"name": component, "instance": "2"}, "variable": {"name": name}, "attributeValue": value}
    made = V21.order(commands.Raw(action="SetVariables", payload={"setVariableData": [entry]}))
    assert isinstance(made, versions.Order)
    return made


def test_the_password_of_another_network_slot_counts_later() -> None:
    """2.1 has network profiles as variables too: the charger goes on signing in with the one that it has."""
    slots, own = (set_variable(each, "BasicAuthPassword", GOOD) for each in ("NetworkConfiguration", "SecurityCtrlr"))
    assert (V21.password(slots), V21.password_waits(slots)) == (GOOD.encode(), True)
    assert (V21.password(own), V21.password_waits(own)) == (GOOD.encode(), False)


def test_the_security_profile_of_a_network_slot_is_one_that_the_charger_will_use() -> None:
    assert V21.profile(set_variable("NetworkConfiguration", "SecurityProfile", "3")) == 3
    assert V21.profile(set_variable("SecurityCtrlr", "SecurityProfile", "3")) is None
    assert V21.profile(set_variable("NetworkConfiguration", "SecurityProfile", "x")) is None


@BOTH
def test_a_secret_that_it_does_not_sign_in_with_is_no_password(version: versions.Version) -> None:
    made = version.order(commands.SetConfiguration(key="NetworkConfiguration.VpnPassword", value="short"))
    assert isinstance(made, versions.Order)
    assert version.password(made) is None


def test_rule_8_a_network_profile_of_2_1_may_bring_one_that_counts_later() -> None:
    data = {
        "ocppTransport": "JSON",
        "ocppCsmsUrl": "wss://csms.example/ocpp",
        "messageTimeout": 30,
        "securityProfile": 2,
        "ocppInterface": "Wired0",
    }

    def order(**more: Any) -> versions.Order | versions.CannotExpress | versions.InvalidPayload:
        payload = {"configurationSlot": 1, "connectionData": data | more}
        return V21.order(commands.Raw(action="SetNetworkProfile", payload=payload))

    brought, plain = order(basicAuthPassword="correct horse 16"), order()
    assert isinstance(brought, versions.Order) and isinstance(plain, versions.Order)
    assert (V21.password(brought), V21.password_waits(brought)) == (b"correct horse 16", True)
    assert (V21.password(plain), V21.password_waits(plain)) == (None, False)
    assert isinstance(order(basicAuthPassword="short"), versions.InvalidPayload)
