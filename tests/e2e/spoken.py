"""What a foreign charge point said, in words that no OCPP version owns: a test reads it and knows no version."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.e2e.client import Client, Exchange
from tests.e2e.moments import moment


@dataclass(frozen=True)
class Boot:
    """A boot and its answer."""

    vendor: str
    model: str
    serial_number: str
    firmware_version: str
    accepted: bool
    current_time: datetime


@dataclass(frozen=True)
class Start:
    """The start of a transaction; `transaction_id` as both sides know it."""

    transaction_id: str
    connector_id: int
    id_token: str
    at: datetime
    meter_wh: float
    status: str


@dataclass(frozen=True)
class Stop:
    """Its end."""

    transaction_id: str
    at: datetime
    meter_wh: float
    reason: str
    status: str


@dataclass(frozen=True)
class Sample:
    """What was measured at one moment: numbers with their measurands. `periodic`: in a record of its own."""

    at: datetime
    values: tuple[tuple[float, str], ...]
    periodic: bool = True


@dataclass(frozen=True)
class Dialect:
    """How a version says it. The fields of `acts` are the actions that carry a status, a start, a sample, a stop."""

    protocol: str
    acts: dict[str, str]
    heartbeat_key: str
    boots: Callable[[Client], list[Boot]]
    starts: Callable[[Client], list[Start]]
    stops: Callable[[Client], list[Stop]]
    samples: Callable[[Client], list[Sample]]
    idle: Callable[[Client], tuple[datetime, datetime]]
    authorized: Callable[[Client], str]


# -- OCPP 1.6 --------------------------------------------------------------------------------------------------------


def _boot_16(said: Exchange) -> Boot:
    payload, answer = said.payload, said.answer
    return Boot(
        payload["chargePointVendor"],
        payload["chargePointModel"],
        payload["chargePointSerialNumber"],
        payload["firmwareVersion"],
        answer["status"] == "Accepted",
        moment(answer["currentTime"]),
    )


def _start_16(said: Exchange) -> Start:
    payload, answer = said.payload, said.answer
    return Start(
        str(answer["transactionId"]),
        payload["connectorId"],
        payload["idTag"],
        moment(payload["timestamp"]),
        payload["meterStart"],
        answer["idTagInfo"]["status"],
    )


def _stop_16(said: Exchange) -> Stop:
    payload = said.payload
    return Stop(
        str(payload["transactionId"]),
        moment(payload["timestamp"]),
        payload["meterStop"],
        payload["reason"],
        said.answer["idTagInfo"]["status"],
    )


def _idle_16(client: Client) -> tuple[datetime, datetime]:
    said = {call.payload["status"]: moment(call.payload["timestamp"]) for call in client.all("StatusNotification")}
    return said["Finishing"], said["Available"]


def _samples(calls: Iterable[Exchange]) -> list[Sample]:
    return [
        Sample(
            moment(value["timestamp"]),
            tuple((float(item["value"]), item["measurand"]) for item in value["sampledValue"]),
            call.payload.get("eventType", "Updated") == "Updated",
        )
        for call in calls
        for value in call.payload.get("meterValue", ())
    ]


V16 = Dialect(
    protocol="1.6",
    acts={"status": "StatusNotification", "start": "StartTransaction", "meter": "MeterValues"}
    | {"charging": "StatusNotification", "stop": "StopTransaction"},
    heartbeat_key="HeartbeatInterval",
    boots=lambda client: [_boot_16(said) for said in client.all("BootNotification")],
    starts=lambda client: [_start_16(said) for said in client.all("StartTransaction")],
    stops=lambda client: [_stop_16(said) for said in client.all("StopTransaction")],
    samples=lambda client: _samples(client.all("MeterValues")),
    idle=_idle_16,
    authorized=lambda client: str(client.all("Authorize")[0].answer["idTagInfo"]["status"]),
)

# -- OCPP 2.x --------------------------------------------------------------------------------------------------------


def _boot_2x(said: Exchange) -> Boot:
    station, answer = said.payload["chargingStation"], said.answer
    return Boot(
        station["vendorName"],
        station["model"],
        station["serialNumber"],
        station["firmwareVersion"],
        answer["status"] == "Accepted",
        moment(answer["currentTime"]),
    )


def _events(client: Client, kind: str) -> list[Exchange]:
    return [call for call in client.all("TransactionEvent") if call.payload["eventType"] == kind]


def _register(payload: dict[str, Any]) -> float:
    return float(payload["meterValue"][0]["sampledValue"][0]["value"])


def _start_2x(said: Exchange) -> Start:
    payload = said.payload
    return Start(
        payload["transactionInfo"]["transactionId"],
        payload["evse"]["id"],
        payload["idToken"]["idToken"],
        moment(payload["timestamp"]),
        _register(payload),
        said.answer["idTokenInfo"]["status"],
    )


def _stop_2x(said: Exchange) -> Stop:
    payload = said.payload
    return Stop(
        payload["transactionInfo"]["transactionId"],
        moment(payload["timestamp"]),
        _register(payload),
        payload["transactionInfo"]["stoppedReason"],
        said.answer["idTokenInfo"]["status"],
    )


def _idle_2x(client: Client) -> tuple[datetime, datetime]:
    """From the end of the transaction, which tells that the car does not charge any more."""
    free = [call for call in client.all("StatusNotification") if call.payload["connectorStatus"] == "Available"]
    return _stop_2x(_events(client, "Ended")[0]).at, moment(free[-1].payload["timestamp"])


def _v2x(protocol: str) -> Dialect:
    return Dialect(
        protocol=protocol,
        acts={"status": "StatusNotification", "start": "TransactionEvent", "meter": "TransactionEvent"}
        | {"charging": "TransactionEvent", "stop": "TransactionEvent"},
        heartbeat_key="OCPPCommCtrlr.HeartbeatInterval",
        boots=lambda client: [_boot_2x(said) for said in client.all("BootNotification")],
        starts=lambda client: [_start_2x(said) for said in _events(client, "Started")],
        stops=lambda client: [_stop_2x(said) for said in _events(client, "Ended")],
        samples=lambda client: _samples(client.all("TransactionEvent")),
        idle=_idle_2x,
        authorized=lambda client: str(client.all("Authorize")[0].answer["idTokenInfo"]["status"]),
    )


V201, V21 = _v2x("2.0.1"), _v2x("2.1")
