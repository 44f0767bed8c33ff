"""The dialect of OCPP 2.x: what a charger says, and how it reads the answers. One a charger.

`v201` and `v21` give it their tables; what the central system may order is in the functional blocks.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import msgspec

from csms.protocol import schemas
from csms.simulator import clock, meter
from csms.simulator.config import Settings
from csms.simulator.dialect import Acknowledged, BadAnswer, Call, Occasion, Registered, TokenInfo
from csms.simulator.messages import Payload
from csms.simulator.session import Session
from csms.simulator.v2x import commands, device_model, shapes
from csms.simulator.v2x.station import Station

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

More: TypeAlias = Callable[[Station, str, Session, Occasion], Payload]
"""What a version adds to a TransactionEvent of this kind (Started, Updated, Ended)."""

_AVAILABILITY = {"Available": "Available", "Reserved": "Reserved", "Unavailable": "Unavailable", "Faulted": "Faulted"}
"""Every other status of 1.6 is Occupied."""

_REASONS = {
    # reason in the words of 1.6: stoppedReason, triggerReason
    "DeAuthorized": ("DeAuthorized", "Deauthorized"),
    "EVDisconnected": ("EVDisconnected", "EVCommunicationLost"),
    "EmergencyStop": ("EmergencyStop", "AbnormalCondition"),
    "HardReset": ("ImmediateReset", "ResetCommand"),
    "Local": ("Local", "StopAuthorized"),
    "MasterPass": ("MasterPass", "StopAuthorized"),
    "Other": ("Other", "AbnormalCondition"),
    "PowerLoss": ("PowerLoss", "AbnormalCondition"),
    "Reboot": ("Reboot", "ResetCommand"),
    "Remote": ("Remote", "RemoteStop"),
    "SoftReset": ("ImmediateReset", "ResetCommand"),
    "StoppedByEV": ("StoppedByEV", "ChargingStateChanged"),
    "Timeout": ("Timeout", "EVConnectTimeout"),
    "UnlockCommand": ("Other", "UnlockCommand"),
}


class _Token(msgspec.Struct, rename="camel"):
    id_token: str


class _TokenInfo(msgspec.Struct, rename="camel"):
    status: str
    group_id_token: _Token | None = None

    def info(self) -> TokenInfo:
        return TokenInfo(self.status, None if self.group_id_token is None else self.group_id_token.id_token)


class _Boot(msgspec.Struct, rename="camel"):
    status: Literal["Accepted", "Pending", "Rejected"]
    interval: int
    current_time: str


class _Authorized(msgspec.Struct, rename="camel"):
    id_token_info: _TokenInfo


class _Recorded(msgspec.Struct, rename="camel"):
    id_token_info: _TokenInfo | None = None
    total_cost: float | None = None


class Dialect2x:
    """OCPP 2.x over JSON. `status_events`: report availability by NotifyEvent instead of StatusNotification."""

    malformed = "RpcFrameworkError"
    reports_charger = False

    def __init__(
        self,
        version: str,
        *,
        table: Mapping[str, commands.Handler],
        inventory: Iterable[Callable[[Station], Iterable[device_model.Variable]]],
        validators: schemas.Schemas,
        status_events: bool,
        more: More = lambda _station, _kind, _session, _occasion: {},
    ) -> None:
        self.subprotocol = f"ocpp{version}"
        self._version = version
        self._table = table
        self._inventory = inventory
        self._validators = validators
        self._status_events = status_events
        self._more = more
        self._station: Station | None = None

    @property
    def station(self) -> Station:
        """The charger that it speaks for."""
        assert self._station is not None, "join comes first"
        return self._station

    def settings(self) -> Settings:
        """The final register belongs to an end in 2.x, and who unplugs ends a transaction."""
        return Settings(
            stop_sampled=(meter.REGISTER,), stop_points=("EVConnected", "Authorized"), offline_threshold=300
        )

    def join(self, charger: Charger) -> None:
        """The charger that it speaks for."""
        self._station = Station(charger, self._version, self._inventory)

    def transaction_id(self) -> str:
        """A new one: in 2.x the charger gives it. Its time is in it, for the next run with the same seed."""
        charger = self.station.charger
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{charger.config.id}/{charger.now()}/{charger.rng.random()}"))

    def availability(self, status: str) -> str:
        """2.x has fewer words: what a transaction does is said in its events."""
        return _AVAILABILITY.get(status, "Occupied")

    def stop_reason(self, reason: str) -> str:
        """The stoppedReason."""
        return _REASONS[reason][0] if reason in _REASONS else reason

    # -- what it says ----------------------------------------------------------

    def boot(self, charger: Charger) -> Call:
        """Who the charger is and why it starts."""
        config = charger.config
        return "BootNotification", {
            "reason": charger.power.boot_reason,
            "chargingStation": {
                "vendorName": config.vendor,
                "model": config.model,
                "serialNumber": config.id[:25],
                "firmwareVersion": charger.firmware_version,
            },
        }

    def heartbeat(self) -> Call:
        """A sign of life."""
        return "Heartbeat", {}

    def status(self, connector_id: int, status: str, error_code: str, at: float) -> Call:
        """The availability of a connector."""
        evse_id, inside = self.station.evse_of(connector_id)
        if not self._status_events:
            return "StatusNotification", shapes.status_notification(evse_id, inside, status, at)
        event = {
            "eventId": next(self.station.event_ids),
            "timestamp": clock.stamp(at),
            "trigger": "Delta",
            "actualValue": status,
            "eventNotificationType": "HardWiredNotification",
            "component": {"name": "Connector", "evse": shapes.evse(evse_id, inside)},
            "variable": {"name": "AvailabilityState"},
        }
        if error_code != "NoError":
            event["techCode"] = error_code
        return "NotifyEvent", {"generatedAt": clock.stamp(at), "seqNo": 0, "eventData": [event]}

    def authorize(self, token: str, kind: str) -> Call:
        """May this token charge?"""
        return "Authorize", {"idToken": shapes.id_token(token, kind)}

    def started(self, session: Session, occasion: Occasion) -> Call:
        """A transaction began."""
        payload = self._event("Started", session, occasion)
        payload["evse"] = shapes.evse(*self.station.evse_of(session.connector_id))
        return "TransactionEvent", payload

    def updated(self, session: Session, occasion: Occasion) -> Call:
        """Something happened in a transaction."""
        return "TransactionEvent", self._event("Updated", session, occasion)

    def stopped(self, session: Session, occasion: Occasion) -> Call:
        """A transaction ended."""
        payload = self._event("Ended", session, occasion)
        payload["transactionInfo"]["stoppedReason"] = session.reason
        payload["transactionInfo"]["chargingState"] = "EVConnected" if _stays(occasion) else "Idle"
        final = [reading for reading in session.readings if reading.context != "Transaction.Begin"]
        if final:
            payload["meterValue"] = [shapes.meter_value(reading) for reading in final]
        return "TransactionEvent", payload

    def sampled(self, connector_id: int, reading: meter.Reading) -> Call:
        """Meter values of an EVSE."""
        evse_id, _ = self.station.evse_of(connector_id)
        return "MeterValues", {"evseId": evse_id, "meterValue": [shapes.meter_value(reading)]}

    def _event(self, kind: str, session: Session, occasion: Occasion) -> Payload:
        _, trigger = _REASONS.get(occasion.cause, ("", occasion.cause))
        info: Payload = {"transactionId": session.transaction_id, "chargingState": occasion.state}
        begins = occasion.told and kind != "Ended" and occasion.cause not in _REASONS
        if begins and session.remote_start_id is not None:
            info["remoteStartId"] = session.remote_start_id
        session.offline |= occasion.offline
        payload: Payload = {
            "eventType": kind,
            "timestamp": clock.stamp(occasion.at),
            "triggerReason": trigger,
            "seqNo": occasion.number,
            "offline": occasion.offline,
            "transactionInfo": info,
        }
        token = session.id_token if begins else session.stop_token
        if occasion.told and token is not None:
            payload["idToken"] = shapes.id_token(token, session.token_type)
        if begins and session.reservation_id is not None:
            payload["reservationId"] = session.reservation_id
        if occasion.reading is not None and occasion.reading.values:
            payload["meterValue"] = [shapes.meter_value(occasion.reading)]
        return payload | self._more(self.station, kind, session, occasion)

    # -- what it reads ---------------------------------------------------------

    def read_boot(self, payload: Payload) -> Registered:
        """The answer to a boot. Raises BadAnswer."""
        answer = _read(payload, _Boot)
        return Registered(answer.status, answer.interval)

    def read_token(self, payload: Payload) -> TokenInfo:
        """The answer to an authorisation. Raises BadAnswer."""
        return _read(payload, _Authorized).id_token_info.info()

    def read_start(self, payload: Payload) -> Acknowledged:
        """What is said of the token. Raises BadAnswer."""
        return _acknowledged(payload)

    def read_update(self, payload: Payload) -> Acknowledged:
        """What is said of the token. Raises BadAnswer."""
        return _acknowledged(payload)

    def read_stop(self, payload: Payload) -> Acknowledged:
        """What is said of the token. Raises BadAnswer."""
        return _acknowledged(payload)

    def restart(self, charger: Charger) -> None:
        """Variables that waited for a reboot take effect."""
        self.station.model.restart()
        for action in self.station.restarts:
            action()

    def answer(self, charger: Charger, action: str, payload: Payload) -> Payload:
        """Obey a call of the central system. Raises CallRefused."""
        return commands.obey(self.station, self._table, self._validators, action, payload)


def _stays(occasion: Occasion) -> bool:
    return occasion.cause not in ("EVDisconnected", "Timeout")


def _acknowledged(payload: Payload) -> Acknowledged:
    info = _read(payload, _Recorded).id_token_info
    return Acknowledged(token=None if info is None else info.info())


_Answer = TypeVar("_Answer")


def _read(payload: Payload, kind: type[_Answer]) -> _Answer:
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError as error:
        raise BadAnswer(str(error)) from None
