"""OCPP 2.x customer information: personal data, so none of it is kept in the log."""

from typing import Any

import pytest

from csms.domain import charger, facts
from csms.protocol import versions
from tests.csms.protocol.v2x.support import AT, BOTH, answered, refused, told

REPORT = {"requestId": 7, "seqNo": 0, "generatedAt": AT, "data": "Ms. Smith, card 04A1", "tbc": True}


@BOTH
def test_what_is_logged_holds_nothing_of_the_customer(version: versions.Version) -> None:
    fact = told(facts.CustomerData, version, "NotifyCustomerInformation", REPORT)
    assert (fact.request_id, fact.number, fact.data, fact.last) == (7, 0, "Ms. Smith, card 04A1", False)
    assert fact.payload is not None
    assert "Smith" not in fact.payload
    assert charger.MASK in fact.payload
    assert answered(version, "NotifyCustomerInformation", facts.Acknowledged()) == {}


@BOTH
@pytest.mark.parametrize("last", [{"tbc": False}, {}])
def test_the_last_part_says_so(version: versions.Version, last: dict[str, Any]) -> None:
    report = {name: value for name, value in REPORT.items() if name != "tbc"} | last
    assert told(facts.CustomerData, version, "NotifyCustomerInformation", report).last


@BOTH
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"requestId": None}, "OccurrenceConstraintViolation"),
        ({"seqNo": "zero"}, "TypeConstraintViolation"),
        ({"seqNo": -1}, "PropertyConstraintViolation"),
    ],
)
def test_rule_10_a_report_that_cannot_be_read_is_refused(
    version: versions.Version, changes: dict[str, Any], code: str
) -> None:
    assert refused(version, "NotifyCustomerInformation", {**REPORT, **changes}) == code


def test_who_is_asked_about_is_masked_in_the_log() -> None:
    asked = {"requestId": 7, "report": True, "clear": False, "customerIdentifier": "Smith"}
    assert charger.masked(asked)["customerIdentifier"] == charger.MASK
