"""OCPP 1.6 meterValue and transactionData -> readings, each value kept as the text that was sent (rules 47, 48)."""

from typing import Any

from csms.domain import facts
from csms.protocol import fields, jsontext

_OPTIONAL = ("measurand", "unit", "context", "location", "phase", "format")


def readings(report: fields.Fields, name: str) -> tuple[facts.Reading, ...] | None:
    """The readings of a list of meter values, in the order sent; None where there is no list."""
    meter_values = report.payload.get(name)
    if not isinstance(meter_values, list):
        return None
    read = _sampled if report.valid else _sampled_anyhow
    return tuple(
        facts.Reading(report.moment(meter_value.get("timestamp")), read(meter_value))
        for meter_value in meter_values
        if isinstance(meter_value, dict)
    )


def _sampled(meter_value: dict[str, Any]) -> tuple[facts.Sampled, ...]:
    # 1.6 and Sampled share their field names, and the schema has vouched for types and names.
    return tuple([facts.Sampled(**sample) for sample in meter_value["sampledValue"]])


def _sampled_anyhow(meter_value: dict[str, Any]) -> tuple[facts.Sampled, ...]:
    samples = meter_value.get("sampledValue")
    if not isinstance(samples, list):
        return ()
    return tuple(_sample(sample) for sample in samples if isinstance(sample, dict))


def _sample(sample: dict[str, Any]) -> facts.Sampled:
    known: dict[str, Any] = {name: word for name in _OPTIONAL if isinstance(word := sample.get(name), str) and word}
    return facts.Sampled(value=_text(sample.get("value")), **known)


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
