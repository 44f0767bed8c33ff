"""OCPP 2.x settings by name."""

import pytest

from csms.domain import variables
from csms.domain.variables import Variable
from csms.protocol.v2x import keys


@pytest.mark.parametrize(
    ("key", "variable"),
    [
        ("TxCtrlr.TxStartPoint", Variable("TxCtrlr", "TxStartPoint")),
        ("heartbeatinterval", Variable("OCPPCommCtrlr", "HeartbeatInterval")),
        ("MeterValueSampleInterval", Variable("SampledDataCtrlr", "TxUpdatedInterval")),
        ("NumberOfConnectors", None),
    ],
)
def test_a_setting_may_have_its_name_of_1_6(key: str, variable: Variable | None) -> None:
    assert keys.variable(key) == variable


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        ("A.B", {"component": {"name": "A"}, "variable": {"name": "B"}}),
        ("A/x.B/y", {"component": {"name": "A", "instance": "x"}, "variable": {"name": "B", "instance": "y"}}),
        ("A@1.B", {"component": {"name": "A", "evse": {"id": 1}}, "variable": {"name": "B"}}),
        ("A@1.2.B", {"component": {"name": "A", "evse": {"id": 1, "connectorId": 2}}, "variable": {"name": "B"}}),
    ],
)
def test_a_key_is_a_component_and_a_variable(key: str, fields: dict[str, dict[str, object]]) -> None:
    variable = variables.parse(key)
    assert variable is not None
    assert keys.named(variable) == fields
    assert keys.read(fields) == variable
