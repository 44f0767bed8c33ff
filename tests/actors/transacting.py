"""What a 2.x charger says of its transactions, over a socket to a node."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from tests.actors.node import AT, Connect, Station

Tell = Callable[..., Awaitable[dict[str, Any]]]
BOOT = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}


def moment(seconds: float) -> str:
    """A time after AT, as chargers write it."""
    return (datetime.fromisoformat(AT) + timedelta(seconds=seconds)).isoformat()


def meter(value: float, seconds: float, **more: Any) -> dict[str, Any]:
    """A meterValue with one register in Wh."""
    sample = {"value": value, "unitOfMeasure": {"unit": "Wh"}, **more}
    return {"timestamp": moment(seconds), "sampledValue": [sample]}


def said(kind: str, seq_no: int, seconds: float, *meters: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The payload of a TransactionEvent; `more` may hold what belongs to transactionInfo."""
    about = {"transactionId": more.pop("transaction_id", "T1")}
    about |= {name: more.pop(name) for name in ("chargingState", "stoppedReason", "remoteStartId") if name in more}
    payload = {
        "eventType": kind,
        "seqNo": seq_no,
        "timestamp": moment(seconds),
        "triggerReason": more.pop("trigger", "MeterValuePeriodic"),
        "transactionInfo": about,
        **({"meterValue": list(meters)} if meters else {}),
    }
    if (token := more.pop("token", None)) is not None:
        payload["idToken"] = {"idToken": token, "type": "ISO14443"}
    if (evse := more.pop("evse", None)) is not None:
        payload["evse"] = {"id": evse, "connectorId": 1}
    return payload | more


async def connected(connect: Connect, version: str = "ocpp2.0.1") -> Station:
    """CP-01, booted and available."""
    station = await connect(version=version)
    await station.result("BootNotification", BOOT)
    status = {"timestamp": AT, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    await station.result("StatusNotification", status)
    return station


def telling(station: Station) -> Tell:
    """Sends a TransactionEvent; the payload of the answer."""

    async def tell(*what: Any, **more: Any) -> dict[str, Any]:
        return await station.result("TransactionEvent", said(*what, **more))

    return tell
