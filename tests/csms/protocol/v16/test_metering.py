"""OCPP 1.6 readings: every value as the text that was sent."""

import base64
import json
from datetime import UTC, datetime

import pytest

from csms.domain import facts
from tests.csms.protocol.support import frame, heard, meter, told


def sampled(*samples: object) -> tuple[facts.Sampled, ...]:
    """What these samples are heard as."""
    return told(facts.MeterReport, "MeterValues", meter(*samples)).readings[0].values


def test_rule_47_what_is_absent_has_its_default() -> None:
    assert sampled({"value": "7"}) == (
        facts.Sampled(
            "7",
            measurand="Energy.Active.Import.Register",
            unit=None,
            context="Sample.Periodic",
            location="Outlet",
            phase=None,
            format="Raw",
        ),
    )


def test_rule_47_what_is_present_is_kept() -> None:
    sample = {
        "value": "7.2",
        "measurand": "Power.Active.Import",
        "unit": "kW",
        "context": "Trigger",
        "location": "Inlet",
        "phase": "L1",
        "format": "Raw",
    }
    assert sampled(sample) == (facts.Sampled(**sample),)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["", "1,5", "1.5E3", "-0.0", " 7 ", "0.15003999999999998", "NaN"])
def test_rule_47_a_value_is_the_text_that_was_sent(value: str) -> None:
    assert sampled({"value": value})[0].value == value


@pytest.mark.parametrize("number", ["7", "1.50", "1e3", "1E+3", "-0.0", "0.15003999999999998", "9" * 40])
def test_rule_48_a_number_for_a_string_is_taken_as_its_json_text(number: str) -> None:
    report = heard(frame("MeterValues", meter({"value": "?"})).replace('"?"', number))
    assert isinstance(report, facts.MeterReport)
    assert report.readings[0].values[0].value == number
    assert report.suspect == ("value_type",)


def test_rule_47_signed_data_is_stored_byte_for_byte() -> None:
    signed = json.dumps({"signedMeterData": base64.b64encode(bytes(range(256))).decode(), "x": "é\n\\"})
    assert sampled({"value": signed, "format": "SignedData"})[0].value == signed


def test_rule_13_what_is_no_sample_is_left_out_of_a_suspect_report() -> None:
    report = told(facts.MeterReport, "MeterValues", meter(7, {"value": "1", "unit": 5, "phase": ""}))
    assert report.readings[0].values == (facts.Sampled("1"),)
    assert "unit_type" in report.suspect


@pytest.mark.parametrize(("value", "text"), [(None, ""), ({"a": [1.5]}, '{"a":[1.5]}'), (True, "true")])
def test_rule_13_another_value_than_text_is_kept_as_json(value: object, text: str) -> None:
    assert sampled({"value": value})[0].value == text


def test_rule_50_readings_stay_in_the_order_sent_each_with_its_time() -> None:
    later, earlier = "2026-03-01T10:01:00Z", "2026-03-01T10:00:00+00:00"
    values = [{"timestamp": at, "sampledValue": [{"value": at}]} for at in (later, earlier, later)]
    report = told(facts.MeterReport, "MeterValues", meter(meterValue=values))
    assert [reading.values[0].value for reading in report.readings] == [later, earlier, later]
    assert report.readings[0].at == datetime(2026, 3, 1, 10, 1, tzinfo=UTC)


def test_rule_13_a_reading_without_a_time_is_kept() -> None:
    report = told(facts.MeterReport, "MeterValues", meter(meterValue=[{"sampledValue": [{"value": "7"}]}]))
    assert report.readings == (facts.Reading(None, (facts.Sampled("7"),)),)
    assert report.suspect == ("timestamp_missing",)
