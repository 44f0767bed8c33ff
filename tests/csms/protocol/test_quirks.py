"""Known deviations of real chargers (rule 17)."""

import pytest

from csms.domain import facts
from csms.protocol import quirks, versions
from tests.csms.protocol.support import frame, heard, meter, refused, status, told

BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}

DEVIATIONS = [
    (quirks.Quirk.LONG_TEXT, "BootNotification", {**BOOT, "chargePointSerialNumber": "S" * 40}),
    (quirks.Quirk.LONG_TEXT, "StatusNotification", status(info="i" * 80)),
    (quirks.Quirk.EXTRA_FIELDS, "BootNotification", {**BOOT, "colour": "red"}),
    (quirks.Quirk.EXTRA_FIELDS, "Heartbeat", {"uptime": 7}),
    (quirks.Quirk.UNKNOWN_WORDS, "StatusNotification", status(errorCode="Error")),
    (quirks.Quirk.OBJECT_DATA, "DataTransfer", {"vendorId": "V", "data": {"b": 1.50, "a": []}}),
]


@pytest.mark.parametrize(("quirk", "action", "payload"), DEVIATIONS)
def test_rule_17_a_known_deviation_passes_without_suspicion(
    quirk: quirks.Quirk, action: str, payload: dict[str, object]
) -> None:
    fact = heard(frame(action, payload), allowed=frozenset({quirk}))
    assert isinstance(fact, facts.Fact)
    assert fact.suspect == ()


@pytest.mark.parametrize(("quirk", "action", "payload"), DEVIATIONS)
def test_rule_17_without_its_quirk_it_is_refused(quirk: quirks.Quirk, action: str, payload: dict[str, object]) -> None:
    assert refused(action, payload, quirks.TOLERANT - {quirk}).code
    assert refused(action, payload, quirks.STRICT).code


def test_rule_17_values_are_kept_as_sent() -> None:
    assert told(facts.Boot, "BootNotification", {**BOOT, "chargePointSerialNumber": "S" * 40}).serial_number == "S" * 40
    assert told(facts.StatusReport, "StatusNotification", status(errorCode="Error")).error_code == "Error"
    raw = '[2,"7","DataTransfer",{"vendorId":"V","data":{"b":1.50,"a":[]}}]'
    assert getattr(heard(raw), "data", None) == '{"b":1.50,"a":[]}'


def test_rule_17_an_unknown_unit_passes() -> None:
    report = told(facts.MeterReport, "MeterValues", meter({"value": "50", "measurand": "Frequency", "unit": "Hz"}))
    assert report.suspect == ()
    assert report.readings[0].values == (facts.Sampled("50", measurand="Frequency", unit="Hz"),)


def test_rule_17_strict_transaction_records_are_stored_and_suspect_all_the_same() -> None:
    fact = heard(frame("MeterValues", meter({"value": "50", "unit": "Hz"})), allowed=quirks.STRICT)
    assert isinstance(fact, facts.MeterReport)
    assert fact.suspect == ("unit_value",)


def test_rule_17_a_status_must_be_a_known_word() -> None:
    assert refused("StatusNotification", status(status="Sleeping")).code == "PropertyConstraintViolation"


def test_rule_29_a_token_keeps_its_limit() -> None:
    assert refused("Authorize", {"idTag": "x" * 21}).code == "PropertyConstraintViolation"


def test_quirks_are_configured_by_name() -> None:
    assert quirks.Quirk("long_text") is quirks.Quirk.LONG_TEXT
    assert isinstance(refused("Heartbeat", {"x": 1}, quirks.STRICT), versions.CallFault)
