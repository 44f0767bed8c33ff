"""Short ways to say what a charger sends and what becomes of it."""

import json
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings

from csms import protocol
from csms.domain import commands, facts
from csms.protocol import frames, quirks, versions

V16 = protocol.version("ocpp1.6")
V201 = protocol.version("ocpp2.0.1")
V21 = protocol.version("ocpp2.1")

AT = "2026-03-01T10:00:00Z"

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties: no time limit, so that a busy machine fails none."""

T = TypeVar("T", bound=facts.Fact)


def frame(action: str, payload: Any, message_id: str = "id-1") -> str:
    """The text of a CALL as a charger sends it."""
    return json.dumps([2, message_id, action, payload])


def heard(
    text: str,
    version: versions.Version = V16,
    allowed: frozenset[quirks.Quirk] = quirks.TOLERANT,
) -> facts.AnyFact | versions.CallFault:
    """What becomes of the text of a CALL."""
    call = version.parse(text)
    assert isinstance(call, frames.Call)
    return version.fact(call, text, allowed)


def told(kind: type[T], action: str, payload: Any) -> T:
    """The fact of a 1.6 CALL, which must be of this kind."""
    fact = heard(frame(action, payload))
    assert isinstance(fact, kind), fact
    return fact


def refused(action: str, payload: Any, allowed: frozenset[quirks.Quirk] = quirks.TOLERANT) -> versions.CallFault:
    """The fault of a 1.6 CALL, which must be one."""
    fault = heard(frame(action, payload), allowed=allowed)
    assert isinstance(fault, versions.CallFault), fault
    return fault


def ended(command: commands.Command, response: Any, version: versions.Version = V16) -> commands.Outcome:
    """What becomes of a command that is answered with this payload."""
    order = version.order(command)
    assert isinstance(order, versions.Order), order
    return version.outcome(order, response)


def start(**changes: Any) -> dict[str, Any]:
    """A StartTransaction payload; a change to None leaves the field out."""
    return _with({"connectorId": 1, "idTag": "TAG1", "meterStart": 1200, "timestamp": AT}, changes)


def stop(**changes: Any) -> dict[str, Any]:
    """A StopTransaction payload."""
    return _with({"transactionId": 17, "meterStop": 2500, "timestamp": AT}, changes)


def meter(*samples: Any, **changes: Any) -> dict[str, Any]:
    """A MeterValues payload with one meter value of these samples."""
    sampled = list(samples) or [{"value": "1300"}]
    meter_value = [{"timestamp": AT, "sampledValue": sampled}]
    return _with({"connectorId": 1, "transactionId": 17, "meterValue": meter_value}, changes)


def status(**changes: Any) -> dict[str, Any]:
    """A StatusNotification payload."""
    return _with({"connectorId": 1, "errorCode": "NoError", "status": "Available"}, changes)


def _with(payload: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**payload, **changes}.items() if value is not None}
