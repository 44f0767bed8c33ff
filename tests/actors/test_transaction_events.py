"""Which session a 2.x TransactionEvent belongs to, and how it is answered (rules 42-46, 51)."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.actors.node import AT, Clock, Connect, Station, Watched
from tests.csms.domain.support import seen

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


@pytest.fixture(params=["ocpp2.0.1", "ocpp2.1"])
async def station(request: pytest.FixtureRequest, connect: Connect, clock: Clock) -> Station:
    """CP-01 in one of the versions, booted and available."""
    station = await connect(version=request.param)
    await station.result("BootNotification", BOOT)
    status = {"timestamp": AT, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    await station.result("StatusNotification", status)
    return station


@pytest.fixture
def tell(station: Station) -> Tell:
    """Sends a TransactionEvent; the payload of the answer."""

    async def tell(*what: Any, **more: Any) -> dict[str, Any]:
        return await station.result("TransactionEvent", said(*what, **more))

    return tell


async def test_a_whole_session(node: Watched, tell: Tell) -> None:
    answer = await tell("Started", 0, 0, meter(1000, 0), token="CARD", evse=1, chargingState="Charging")
    assert answer == {"idTokenInfo": {"status": "Accepted"}}
    assert await tell("Updated", 1, 60, meter(1500, 60)) == {}
    answer = await tell(
        "Ended", 2, 120, meter(2250, 120), token="CARD", stoppedReason="Local", trigger="StopAuthorized"
    )
    assert answer == {"idTokenInfo": {"status": "Accepted"}}
    session = await node.only()
    assert seen(session, "status", "energy_wh", "meter_start_wh") == ("finishing", 1250, 1000)
    assert seen(session, "connector_id", "evse_id", "transaction_id") == (1, 1, "T1")
    assert seen(session, "meter_stop_wh", "stop_reason", "flags") == (2250, "Local", ())
