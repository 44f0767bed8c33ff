"""The table of OCPP 1.6 calls that a charger obeys: action -> form of the payload, handler.

Used by `dialect`. An unknown action is NotImplemented.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import msgspec

from csms.simulator import operations
from csms.simulator.dialect import CallRefused
from csms.simulator.messages import Payload
from csms.simulator.v16 import blocks, certificates, diagnostics, firmware, keys

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

_IdTag = Annotated[str, msgspec.Meta(max_length=20)]
_Connector = Annotated[int, msgspec.Meta(ge=1)]


class ChangeAvailability(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    connector_id: Annotated[int, msgspec.Meta(ge=0)]
    type: Literal["Inoperative", "Operative"]


class ChangeConfiguration(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    key: Annotated[str, msgspec.Meta(max_length=50)]
    value: Annotated[str, msgspec.Meta(max_length=500)]


class Empty(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    pass


class DataTransfer(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    vendor_id: Annotated[str, msgspec.Meta(max_length=255)]
    message_id: Annotated[str, msgspec.Meta(max_length=50)] | None = None
    data: str | None = None


class GetConfiguration(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    key: list[str] = []


class RemoteStart(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    id_tag: _IdTag
    connector_id: _Connector | None = None
    charging_profile: dict[str, Any] | None = None


class RemoteStop(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    transaction_id: int


class Reset(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    type: Literal["Hard", "Soft"]


class TriggerMessage(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    requested_message: Literal[
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "StatusNotification",
    ]
    connector_id: int | None = None


class ExtendedTriggerMessage(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    requested_message: Literal[
        "BootNotification",
        "LogStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "SignChargePointCertificate",
        "StatusNotification",
    ]
    connector_id: int | None = None


class UnlockConnector(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    connector_id: _Connector


def answer(charger: Charger, action: str, payload: Payload) -> Payload:
    """Obey one call. Raises CallRefused."""
    if action in blocks.COMMANDS:
        return blocks.answer(charger, action, payload)
    row = _TABLE.get(action)
    if row is None:
        raise CallRefused("NotImplemented", "this charger does not know that action")
    return row(charger, payload)


def _availability(charger: Charger, call: ChangeAvailability) -> Payload:
    outcome = operations.set_availability(charger, call.connector_id, call.type == "Operative")
    return {"status": outcome.capitalize()}


def _change_configuration(charger: Charger, call: ChangeConfiguration) -> Payload:
    return {"status": keys.write(charger, call.key, call.value)}


def _clear_cache(charger: Charger, _call: Empty) -> Payload:
    if not charger.settings.cache_enabled:
        return {"status": "Rejected"}
    charger.cache.clear()
    return {"status": "Accepted"}


def _data_transfer(charger: Charger, call: DataTransfer) -> Payload:
    return {"status": "UnknownMessageId" if call.vendor_id == charger.config.vendor else "UnknownVendorId"}


def _get_configuration(charger: Charger, call: GetConfiguration) -> Payload:
    known: list[Payload] = []
    unknown: list[str] = []
    for name in call.key or keys.names():
        found = keys.read(charger, name)
        if found is None:
            unknown.append(name)
        else:
            known.append({"key": found[0], "value": found[1], "readonly": found[2]})
    return {"configurationKey": known, "unknownKey": unknown}


def _remote_start(charger: Charger, call: RemoteStart) -> Payload:
    return _accepted(operations.remote_start(charger, call.id_tag, call.connector_id, call.charging_profile))


def _remote_stop(charger: Charger, call: RemoteStop) -> Payload:
    return _accepted(operations.remote_stop(charger, str(call.transaction_id)))


def _reset(charger: Charger, call: Reset) -> Payload:
    charger.power.reboot(soft=call.type == "Soft")
    return _accepted(True)


def _trigger(charger: Charger, call: TriggerMessage) -> Payload:
    wanted = call.connector_id
    if wanted is not None and wanted != 0 and wanted not in charger.connectors:
        return _accepted(False)
    box = charger.exchange.outbox
    match call.requested_message:
        case "BootNotification":
            box.add_urgent(charger.boot_message())
        case "Heartbeat":
            charger.heartbeat()
        case "StatusNotification":
            for number in (0, *charger.connectors) if wanted is None else (wanted,):
                charger.availability.report(number)
        case "MeterValues":
            charger.sample_now(wanted or None)
        case "FirmwareStatusNotification":
            firmware.tell_status(charger)
        case "DiagnosticsStatusNotification":
            diagnostics.tell_status(charger)
    return _accepted(True)


def _trigger_more(charger: Charger, call: ExtendedTriggerMessage) -> Payload:
    match call.requested_message:
        case "SignChargePointCertificate":
            certificates.sign(charger)
        case "LogStatusNotification":
            diagnostics.tell_log_status(charger)
        case message:
            return _trigger(charger, TriggerMessage(message, call.connector_id))
    return _accepted(True)


def _unlock(charger: Charger, call: UnlockConnector) -> Payload:
    return {"status": "Unlocked" if operations.unlock(charger, call.connector_id) else "NotSupported"}


def _accepted(accepted: bool) -> Payload:
    return {"status": "Accepted" if accepted else "Rejected"}


_Form = TypeVar("_Form", bound=msgspec.Struct)


def _row(form: type[_Form], handler: Callable[[Charger, _Form], Payload]) -> Callable[[Charger, Payload], Payload]:
    def handle(charger: Charger, payload: Payload) -> Payload:
        try:
            call = msgspec.convert(payload, form)
        except msgspec.ValidationError as error:
            raise CallRefused("FormationViolation", str(error)) from None
        return handler(charger, call)

    return handle


_TABLE: dict[str, Callable[[Charger, Payload], Payload]] = {
    "ChangeAvailability": _row(ChangeAvailability, _availability),
    "ChangeConfiguration": _row(ChangeConfiguration, _change_configuration),
    "ClearCache": _row(Empty, _clear_cache),
    "DataTransfer": _row(DataTransfer, _data_transfer),
    "ExtendedTriggerMessage": _row(ExtendedTriggerMessage, _trigger_more),
    "GetConfiguration": _row(GetConfiguration, _get_configuration),
    "RemoteStartTransaction": _row(RemoteStart, _remote_start),
    "RemoteStopTransaction": _row(RemoteStop, _remote_stop),
    "Reset": _row(Reset, _reset),
    "TriggerMessage": _row(TriggerMessage, _trigger),
    "UnlockConnector": _row(UnlockConnector, _unlock),
}
