"""Known deviations of real chargers (rule 17)."""

import pytest

from csms.domain import facts
from csms.protocol import quirks, schemas, versions
from tests.csms.protocol.support import V21, V201, frame, heard, meter, refused, status, told

BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}

DEVIATIONS = [
    (quirks.Quirk.LONG_TEXT, "BootNotification", {**BOOT, "chargePointSerialNumber": "S" * 40}),
    (quirks.Quirk.LONG_TEXT, "StatusNotification", status(info="i" * 80)),
    (quirks.Quirk.EXTRA_FIELDS, "BootNotification", {**BOOT, "colour": "red"}),
    (quirks.Quirk.EXTRA_FIELDS, "Heartbeat", {"uptime": 7}),
    (quirks.Quirk.UNKNOWN_WORDS, "StatusNotification", status(errorCode="Error")),
    (quirks.Quirk.OBJECT_DATA, "DataTransfer", {"vendorId": "V", "data": {"b": 1.50, "a": []}}),
    (quirks.Quirk.NULL_FIELDS, "StatusNotification", status() | {"info": None, "vendorId": None}),
    (quirks.Quirk.MISTYPED_VALUES, "BootNotification", {**BOOT, "firmwareVersion": 1.5}),
    (quirks.Quirk.MISTYPED_VALUES, "StatusNotification", status(connectorId="1")),
    (quirks.Quirk.SINGLE_FOR_LIST, "MeterValues", meter() | {"meterValue": meter()["meterValue"][0]}),
]


@pytest.mark.parametrize(("quirk", "action", "payload"), DEVIATIONS)
def test_rule_17_a_known_deviation_passes_without_suspicion(
    quirk: quirks.Quirk, action: str, payload: dict[str, object]
) -> None:
    fact = heard(frame(action, payload), allowed=frozenset({quirk}))
    assert isinstance(fact, facts.Fact)
    assert fact.suspect == ()


@pytest.mark.parametrize(("quirk", "action", "payload"), DEVIATIONS)
def test_rule_17_without_its_quirk_it_is_refused_or_suspect(
    quirk: quirks.Quirk, action: str, payload: dict[str, object]
) -> None:
    for allowed in (frozenset(quirks.Quirk) - {quirk}, quirks.STRICT):
        fact = heard(frame(action, payload), allowed=allowed)
        assert isinstance(fact, versions.CallFault) or fact.suspect  # rule 13: a transaction's record is never refused


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


def test_rule_17_a_required_field_that_is_null_is_a_missing_one() -> None:
    assert refused("BootNotification", BOOT | {"chargePointModel": None}).code == "OccurenceConstraintViolation"


def test_rule_17_a_number_for_a_text_is_read_as_it_was_written() -> None:
    raw = '[2,"7","MeterValues",{"connectorId":"1","meterValue":[{"timestamp":"2026-03-01T10:00:00Z",' + (
        '"sampledValue":[{"value":604.210,"colour":"red"}]}]}]'
    )
    fact = heard(raw, allowed=frozenset(quirks.Quirk))
    assert isinstance(fact, facts.MeterReport)
    assert (fact.connector_id, fact.readings[0].values[0].value, fact.suspect) == (1, "604.210", ())


@pytest.mark.parametrize("sent", ["one", "1.5", "NaN", "9" * 30, True, [], {}])
def test_rule_17_what_is_no_number_is_not_taken_for_one(sent: object) -> None:
    fault = refused("StatusNotification", status(connectorId=sent), frozenset(quirks.Quirk))
    assert fault.code == "TypeConstraintViolation"


def test_rule_17_a_retry_of_a_mended_record_is_known_by_what_was_sent() -> None:
    first, again = (
        heard(frame("MeterValues", meter({"value": 5}), message_id=each), allowed=frozenset(quirks.Quirk))
        for each in ("1", "2")
    )
    plain = heard(frame("MeterValues", meter({"value": "5"})))
    assert isinstance(first, facts.MeterReport) and isinstance(again, facts.MeterReport)
    assert isinstance(plain, facts.MeterReport)
    assert first.digest == again.digest != plain.digest


def test_rules_17_and_29_count_in_the_spelling_of_2x() -> None:
    for long, forgiven in (("idToken", False), ("additionalIdToken", False), ("serialNumber", True)):
        fault = schemas.SchemaFault("length", ("idToken", long), "has more characters than 36")
        assert quirks.forgives(quirks.TOLERANT, "Authorize", fault) == forgiven
    for word, forgiven in (("triggerReason", True), ("stoppedReason", True), ("chargingState", False)):
        fault = schemas.SchemaFault("value", ("transactionInfo", word), "must be one of ...")
        assert quirks.forgives(quirks.TOLERANT, "TransactionEvent", fault) == forgiven


def test_rule_17_in_2x_as_well() -> None:
    station = {"model": "M", "vendorName": "V", "serialNumber": "S" * 40, "modem": None, "colour": "red"}
    boot = frame("BootNotification", {"reason": "Sunshine", "chargingStation": station})
    for version in (V201, V21):
        assert isinstance(heard(boot, version), facts.Boot)
        assert isinstance(heard(boot, version, quirks.STRICT), versions.CallFault)
