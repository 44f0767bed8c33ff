"""OCPP 2.x meter values, as sent (rules 46-49)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain import facts
from csms.protocol import versions
from tests.csms.protocol.support import frame, heard
from tests.csms.protocol.v2x.support import AT, BOTH, answered, told

SIGNED = {
    "signedMeterData": "T0NNRnx7IkZWIjoiMS4wIn0=",
    "signingMethod": "ECDSA-secp256k1-SHA256",
    "encodingMethod": "OCMF",
    "publicKey": "MFYw",
}


def sampled(version: versions.Version, **sample: Any) -> facts.Sampled:
    """The only sample of a MeterValues."""
    payload = {"evseId": 2, "meterValue": [{"timestamp": AT, "sampledValue": [sample]}]}
    report = told(facts.MeterReport, version, "MeterValues", payload)
    [reading] = report.readings
    assert (reading.at, report.evse_id, report.of_evse) == (datetime(2026, 3, 1, 10, tzinfo=UTC), 2, True)
    return reading.values[0]


@BOTH
def test_rule_47_what_is_left_out_is_the_default(version: versions.Version) -> None:
    assert sampled(version, value=10) == facts.Sampled("10")


@BOTH
def test_rule_47_numbers_are_kept_as_they_were_sent(version: versions.Version) -> None:
    assert sampled(version, value=0.15003999999999998).value == "0.15003999999999998"
    assert sampled(version, value=100.0).value == "100.0"


@BOTH
def test_rule_48_units_have_a_power_of_ten(version: versions.Version) -> None:
    found = sampled(version, value=2, unitOfMeasure={"unit": "Wh", "multiplier": 3})
    assert (found.unit, found.multiplier) == ("Wh", 3)


@BOTH
def test_rule_48_energy_with_a_power_of_ten_alone_is_in_watt_hours(version: versions.Version) -> None:
    assert sampled(version, value=2, unitOfMeasure={"multiplier": 3}).unit == "Wh"
    assert sampled(version, value=2, measurand="Power.Active.Import", unitOfMeasure={"multiplier": 3}).unit is None


@BOTH
def test_all_words_of_a_sample(version: versions.Version) -> None:
    words: dict[str, Any] = {
        "context": "Transaction.Begin",
        "measurand": "Voltage",
        "phase": "L1-N",
        "location": "Inlet",
    }
    assert sampled(version, value=230, **words) == facts.Sampled("230", **words)


@BOTH
def test_rule_47_what_the_meter_signed_is_kept_byte_for_byte(version: versions.Version) -> None:
    found = sampled(version, value=225.18, signedMeterValue=SIGNED).signed
    assert found == facts.SignedValue(
        *(SIGNED[name] for name in ("signedMeterData", "encodingMethod")),
        *(SIGNED[name] for name in ("signingMethod", "publicKey")),
    )


@BOTH
@pytest.mark.parametrize(
    ("sample", "value", "suspect"),
    [
        ({"value": "12.50"}, "12.50", "value_type"),
        ({}, "", "value_missing"),
        ({"value": 1.50, "measurand": 7}, "1.50", "measurand_type"),
        ({"value": 1, "unitOfMeasure": {"unit": 1}}, "1", "unit_type"),
        ({"value": 1, "signedMeterValue": {"signedMeterData": "x"}}, "1", "encoding_method_missing"),
    ],
)
def test_rule_13_a_fault_costs_only_what_it_concerns(
    version: versions.Version, sample: dict[str, Any], value: str, suspect: str
) -> None:
    text = frame("MeterValues", {"evseId": 2, "meterValue": [{"timestamp": AT, "sampledValue": [sample]}]})
    report = heard(text.replace("1.5}", "1.50}").replace("1.5,", "1.50,"), version)
    assert isinstance(report, facts.MeterReport)
    assert report.readings[0].values[0].value == value
    assert suspect in report.suspect


@BOTH
def test_meter_values_without_any_value_are_kept_aside(version: versions.Version) -> None:
    text = frame("MeterValues", {"evseId": 2, "meterValue": []})
    assert isinstance(heard(text, version), facts.Unreadable)
    assert answered(version, "MeterValues", facts.Acknowledged()) == {}
