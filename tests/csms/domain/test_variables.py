"""Names of the device model's variables in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.domain import variables
from csms.domain.variables import Variable

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=50)


@pytest.mark.parametrize(
    ("key", "variable"),
    [
        ("OCPPCommCtrlr.HeartbeatInterval", Variable("OCPPCommCtrlr", "HeartbeatInterval")),
        ("EVSE@1.AvailabilityState", Variable("EVSE", "AvailabilityState", evse_id=1)),
        ("Connector@1.2.AvailabilityState", Variable("Connector", "AvailabilityState", evse_id=1, connector_id=2)),
        (
            "DeviceDataCtrlr.ItemsPerMessage/GetVariables",
            Variable("DeviceDataCtrlr", "ItemsPerMessage", instance="GetVariables"),
        ),
        ("Fan/left@2.Speed", Variable("Fan", "Speed", component_instance="left", evse_id=2)),
        ("Modem/4%2E5%2FG.Signal%40night", Variable("Modem", "Signal@night", component_instance="4.5/G")),
    ],
)
def test_a_variable_has_one_name_and_the_name_means_it(key: str, variable: Variable) -> None:
    assert variable.key == key
    assert variables.parse(key) == variable


@given(st.builds(Variable, NAMES, NAMES, st.none() | NAMES, st.none() | st.integers(0, 999999999)))
def test_whatever_a_vendor_calls_it(variable: Variable) -> None:
    assert variables.parse(variable.key) == variable


@pytest.mark.parametrize("key", ["HeartbeatInterval", "", ".", "A.", ".B", "A@x.B", "A.B.C"])
def test_other_text_names_no_variable(key: str) -> None:
    assert variables.parse(key) is None


def test_a_variable_is_known_by_its_own_name() -> None:
    assert variables.name("SecurityCtrlr.BasicAuthPassword") == "BasicAuthPassword"
    assert variables.name("AuthorizationKey") == "AuthorizationKey"
