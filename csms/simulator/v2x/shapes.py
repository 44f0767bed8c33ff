"""Small JSON shapes that many messages of OCPP 2.x have in common. Used by `dialect` and the blocks. Pure."""

from __future__ import annotations

from typing import Any

from csms.simulator import clock, meter
from csms.simulator.messages import Payload

NO_TOKEN = "NoAuthorization"
"""The type of the token where nobody is asked who he is; its text is empty."""


def id_token(text: str, kind: str) -> Payload:
    """An IdTokenType."""
    return {"idToken": text, "type": kind}


def evse(evse_id: int, connector_id: int | None = None) -> Payload:
    """An EVSEType."""
    return {"id": evse_id} if connector_id is None else {"id": evse_id, "connectorId": connector_id}


def status_notification(evse_id: int, connector_id: int, status: str, at: float) -> Payload:
    """The payload of a StatusNotification; `at` is Unix seconds."""
    return {
        "timestamp": clock.stamp(at),
        "connectorStatus": status,
        "evseId": evse_id,
        "connectorId": connector_id,
    }


def meter_value(reading: meter.Reading) -> Payload:
    """A MeterValueType. Numbers are JSON numbers here, with their unit."""
    return {
        "timestamp": clock.stamp(reading.at),
        "sampledValue": [_sampled(value, reading.context) for value in reading.values],
    }


def _sampled(value: meter.Value, context: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "value": float(value.value) if "." in value.value else int(value.value),
        "context": context,
        "measurand": value.measurand,
        "unitOfMeasure": {"unit": value.unit},
    }
    return fields if value.location is None else {**fields, "location": value.location}
