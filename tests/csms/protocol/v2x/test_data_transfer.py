"""OCPP 2.x data transfer: vendors' own messages."""

from typing import Any

import pytest

from csms.domain import commands, facts
from csms.protocol import versions
from tests.csms.protocol.v2x.support import BOTH, answered, ordered, told


@BOTH
@pytest.mark.parametrize(("data", "text"), [("x", "x"), ({"a": [1]}, '{"a":[1]}'), (7, "7"), (None, None)])
def test_data_of_any_shape_is_text_here(version: versions.Version, data: Any, text: str | None) -> None:
    payload = {"vendorId": "V", "messageId": "M", "data": data}
    report = told(facts.DataReport, version, "DataTransfer", payload)
    assert (report.vendor_id, report.message_id, report.data) == ("V", "M", text)


@BOTH
def test_rule_55_an_unknown_vendor_is_no_error(version: versions.Version) -> None:
    assert answered(version, "DataTransfer", facts.DataAnswer("UnknownVendorId")) == {"status": "UnknownVendorId"}


@BOTH
def test_a_message_to_the_charger(version: versions.Version) -> None:
    order = ordered(version, commands.DataTransfer(vendor_id="V", data="x"))
    assert order == ("DataTransfer", {"vendorId": "V", "data": "x"})
