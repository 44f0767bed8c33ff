"""OCPP 2.x meterValue -> readings, and the MeterValues of an EVSE (rules 46-50). Numbers are kept as they were sent."""

from collections.abc import Mapping
from typing import Any

from csms.domain import facts
from csms.protocol import fields, jsontext, notices, versions

_DEFAULT = facts.Sampled("")
_WORDS = ("measurand", "context", "location", "phase")
_ENERGY = "Energy"


def readings(report: fields.Fields) -> tuple[facts.Reading, ...]:
    """The readings of `meterValue`, in the order sent; () where there are none."""
    meter_values = report.payload.get("meterValue")
    if not isinstance(meter_values, list):
        return ()
    read = _sampled if report.valid else _sampled_anyhow
    return tuple(
        facts.Reading(report.moment(meter_value.get("timestamp")), read(meter_value))
        for meter_value in meter_values
        if isinstance(meter_value, dict)
    )


def _sampled(meter_value: dict[str, Any]) -> tuple[facts.Sampled, ...]:
    """The schema has vouched for types and names."""
    return tuple([_sample(sample) for sample in meter_value["sampledValue"]])


def _sample(sample: dict[str, Any]) -> facts.Sampled:
    of, signed = sample.get("unitOfMeasure"), sample.get("signedMeterValue")
    measurand = sample.get("measurand", _DEFAULT.measurand)
    return facts.Sampled(
        str(sample["value"]),
        measurand,
        None if of is None else _unit(of, measurand),
        sample.get("context", _DEFAULT.context),
        sample.get("location", _DEFAULT.location),
        sample.get("phase"),
        _DEFAULT.format,
        0 if of is None else of.get("multiplier", 0),
        None if signed is None else _signed(signed),
    )


def _unit(of: dict[str, Any], measurand: str) -> str | None:
    """Of energy it is Wh where only the multiplier is told."""
    named: str | None = of.get("unit")
    return named or ("Wh" if measurand.startswith(_ENERGY) else None)


def _signed(signed: dict[str, Any]) -> facts.SignedValue:
    return facts.SignedValue(
        data=signed["signedMeterData"],
        encoding=signed["encodingMethod"],
        method=signed.get("signingMethod"),
        key=signed.get("publicKey"),
    )


def _sampled_anyhow(meter_value: dict[str, Any]) -> tuple[facts.Sampled, ...]:
    """After a schema fault: what can be read of it, the rest by its default."""
    samples = meter_value.get("sampledValue")
    if not isinstance(samples, list):
        return ()
    return tuple(_sample(_mended(sample)) for sample in samples if isinstance(sample, dict))


def _mended(sample: dict[str, Any]) -> dict[str, Any]:
    mended: dict[str, Any] = {"value": _text(sample.get("value"))}
    mended |= {name: word for name in _WORDS if isinstance(word := sample.get(name), str) and word}
    of, signed = sample.get("unitOfMeasure"), sample.get("signedMeterValue")
    if isinstance(of, dict):
        unit, multiplier = of.get("unit"), of.get("multiplier")
        mended["unitOfMeasure"] = {
            "unit": unit if isinstance(unit, str) else None,
            "multiplier": multiplier if type(multiplier) is int else 0,
        }
    if isinstance(signed, dict):
        mended["signedMeterValue"] = {
            "signedMeterData": _text(signed.get("signedMeterData")),
            "encodingMethod": _text(signed.get("encodingMethod")),
            **{name: text for name in ("signingMethod", "publicKey") if isinstance(text := signed.get(name), str)},
        }
    return mended


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case jsontext.Number():
            return value.text
        case _:
            return jsontext.encode(value)


def _meter(report: fields.Fields) -> facts.MeterReport:
    evse_id = report.number("evseId", 0, fields.INT32)
    found = readings(report)
    if not any(reading.values for reading in found):
        raise fields.FieldError("meterValue")
    return facts.MeterReport(
        connector_id=evse_id,
        evse_id=evse_id,
        of_evse=True,
        readings=found,
        digest=report.digest(),
        suspect=report.suspect,
    )


INCOMING: Mapping[str, versions.Incoming] = {"MeterValues": versions.Incoming(_meter, notices.empty, transaction=True)}
