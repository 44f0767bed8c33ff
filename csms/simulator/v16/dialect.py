"""The OCPP 1.6 dialect: what a charger says, and how it reads the answers.

Chosen by `protocols`. What the central system may order is in `commands`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from csms.simulator import clock, meter
from csms.simulator.config import Settings
from csms.simulator.dialect import Acknowledged, BadAnswer, Call, Occasion, Registered, TokenInfo
from csms.simulator.messages import Payload
from csms.simulator.session import Session
from csms.simulator.v16 import commands, keys

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

_UNKNOWN_TRANSACTION = -1
"""What a stop carries when its start was given up, as real chargers do."""
_REASONS = frozenset(
    {
        "DeAuthorized",
        "EmergencyStop",
        "EVDisconnected",
        "HardReset",
        "Local",
        "Other",
        "PowerLoss",
        "Reboot",
        "Remote",
        "SoftReset",
        "UnlockCommand",
    }
)


class _IdTagInfo(msgspec.Struct, rename="camel"):
    status: Literal["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"]
    parent_id_tag: str | None = None

    def info(self) -> TokenInfo:
        return TokenInfo(self.status, self.parent_id_tag)


class _Boot(msgspec.Struct, rename="camel"):
    status: Literal["Accepted", "Pending", "Rejected"]
    interval: int
    current_time: str


class _Authorized(msgspec.Struct, rename="camel"):
    id_tag_info: _IdTagInfo


class _Started(_Authorized, rename="camel"):
    transaction_id: int


class _Stopped(msgspec.Struct, rename="camel"):
    id_tag_info: _IdTagInfo | None = None


class Dialect16:
    """OCPP 1.6 over JSON."""

    subprotocol = "ocpp1.6"
    malformed = "FormationViolation"
    reports_charger = True

    def settings(self) -> Settings:
        """As they come."""
        return Settings()

    def join(self, charger: Charger) -> None:
        """Nothing of it need be kept."""

    def transaction_id(self) -> None:
        """The central system gives it."""

    def availability(self, status: str) -> str:
        """These are 1.6's own words."""
        return status

    def stop_reason(self, reason: str) -> str:
        """These are 1.6's own words; what only 2.x has is another reason."""
        return reason if reason in _REASONS else "Other"

    def boot(self, charger: Charger) -> Call:
        """Who the charger is."""
        config = charger.config
        return "BootNotification", {
            "chargePointVendor": config.vendor,
            "chargePointModel": config.model,
            "chargePointSerialNumber": config.id[:25],
            "firmwareVersion": charger.firmware_version,
        }

    def heartbeat(self) -> Call:
        """A sign of life."""
        return "Heartbeat", {}

    def status(self, connector_id: int, status: str, error_code: str, at: float) -> Call:
        """The status of a connector; 0 is the charger."""
        return "StatusNotification", {
            "connectorId": connector_id,
            "errorCode": error_code,
            "status": status,
            "timestamp": clock.stamp(at),
        }

    def authorize(self, token: str, kind: str) -> Call:
        """May this token charge?"""
        return "Authorize", {"idTag": token}

    def started(self, session: Session, occasion: Occasion) -> Call:
        """A transaction began."""
        return "StartTransaction", {
            "connectorId": session.connector_id,
            "idTag": session.id_token,
            "meterStart": session.meter_start_wh,
            "timestamp": clock.stamp(session.started_at),
            **({} if session.reservation_id is None else {"reservationId": session.reservation_id}),
        }

    def updated(self, session: Session, occasion: Occasion) -> Call | None:
        """Meter values of a transaction, with its id as soon as that is known; nothing else is reported."""
        reading = occasion.reading
        return None if reading is None else ("MeterValues", lambda: _sample_of(session, reading))

    def sampled(self, connector_id: int, reading: meter.Reading) -> Call:
        """Meter values of a connector."""
        return "MeterValues", {"connectorId": connector_id, "meterValue": [_meter_value(reading)]}

    def stopped(self, session: Session, occasion: Occasion) -> Call:
        """A transaction ended."""
        return "StopTransaction", lambda: _stop_of(session)

    def read_boot(self, payload: Payload) -> Registered:
        """The answer to a boot. Raises BadAnswer."""
        answer = _read(payload, _Boot)
        return Registered(answer.status, answer.interval)

    def read_token(self, payload: Payload) -> TokenInfo:
        """The answer to an authorisation. Raises BadAnswer."""
        return _read(payload, _Authorized).id_tag_info.info()

    def read_start(self, payload: Payload) -> Acknowledged:
        """The transaction id and what is said about the token. Raises BadAnswer."""
        answer = _read(payload, _Started)
        return Acknowledged(transaction_id=str(answer.transaction_id), token=answer.id_tag_info.info())

    def read_update(self, payload: Payload) -> Acknowledged:
        """The answer to meter values says nothing."""
        return Acknowledged()

    def read_stop(self, payload: Payload) -> Acknowledged:
        """What is said about the token that ended the transaction. Raises BadAnswer."""
        info = _read(payload, _Stopped).id_tag_info
        return Acknowledged(token=None if info is None else info.info())

    def restart(self, charger: Charger) -> None:
        """Configuration that waited for a reboot takes effect."""
        keys.restart(charger)

    def answer(self, charger: Charger, action: str, payload: Payload) -> Payload:
        """Obey a call of the central system. Raises CallRefused."""
        return commands.answer(charger, action, payload)


def _sample_of(session: Session, reading: meter.Reading) -> Payload:
    payload: Payload = {"connectorId": session.connector_id, "meterValue": [_meter_value(reading)]}
    if session.transaction_id is not None:
        payload["transactionId"] = int(session.transaction_id)
    return payload


def _stop_of(session: Session) -> Payload:
    known = session.transaction_id
    payload: Payload = {
        "transactionId": _UNKNOWN_TRANSACTION if known is None else int(known),
        "meterStop": session.meter_stop_wh,
        "timestamp": clock.stamp(session.stopped_at or session.started_at),
        "reason": session.reason,
    }
    if session.stop_token is not None:
        payload["idTag"] = session.stop_token
    if session.readings:
        payload["transactionData"] = [_meter_value(reading) for reading in session.readings]
    return payload


def _meter_value(reading: meter.Reading) -> dict[str, Any]:
    return {
        "timestamp": clock.stamp(reading.at),
        "sampledValue": [_sampled(v, reading.context) for v in reading.values],
    }


def _sampled(value: meter.Value, context: str) -> dict[str, str]:
    fields = {"value": value.value, "context": context, "measurand": value.measurand, "unit": value.unit}
    return fields if value.location is None else {**fields, "location": value.location}


_Answer = TypeVar("_Answer")


def _read(payload: Payload, kind: type[_Answer]) -> _Answer:
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError as error:
        raise BadAnswer(str(error)) from None
