"""OCPP 1.6 Core, server to charger: command -> payload, one function a command.

A connector is an EVSE here, so evse_id may stand for connector_id. Connector 0 is the whole charger (rule 26): only
Availability has a use for it.
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import commands
from csms.protocol import batches, versions
from csms.protocol.v16 import charging_profiles, security, transaction_ids

_RESETS = {"soft": "Soft", "immediate": "Soft", "hard": "Hard"}
_MAX_ID_TAG = 20


def connector(connector_id: int | None, evse_id: int | None) -> int | versions.CannotExpress | None:
    """The connector that is meant; None = none was named."""
    if connector_id is not None and evse_id is not None and connector_id != evse_id:
        return versions.CannotExpress("In OCPP 1.6 a connector is its own EVSE: send connector_id only.")
    return evse_id if connector_id is None else connector_id


def _reset(command: commands.Reset) -> dict[str, Any] | versions.CannotExpress:
    # Soft and Hard both end transactions (rule 52), so neither may stand for a reset that waits or resumes.
    if command.type not in _RESETS:
        return versions.CannotExpress(
            f"OCPP 1.6 has no reset of type {command.type}: every reset ends running transactions."
            " Wait until none runs, then send immediate or hard."
        )
    if command.evse_id:
        return versions.CannotExpress("OCPP 1.6 resets the whole charger: leave evse_id out.")
    return {"type": _RESETS[command.type]}


def _unlock(command: commands.Unlock) -> dict[str, Any] | versions.CannotExpress:
    number = connector(command.connector_id, command.evse_id)
    if isinstance(number, versions.CannotExpress):
        return number
    if not number:
        return versions.CannotExpress("Name the connector to unlock: connector_id from 1 up.")
    return {"connectorId": number}


def _availability(command: commands.Availability) -> dict[str, Any] | versions.CannotExpress:
    number = connector(command.connector_id, command.evse_id)
    if isinstance(number, versions.CannotExpress):
        return number
    return {"connectorId": number or 0, "type": "Operative" if command.available else "Inoperative"}


def _clear_cache(_: commands.ClearCache) -> dict[str, Any]:
    return {}


def _get_configuration(command: commands.GetConfiguration) -> dict[str, Any]:
    return {"key": list(command.keys)} if command.keys else {}


def _keys_in_parts(payload: dict[str, Any], peer: versions.Peer) -> list[dict[str, Any]]:
    """No more keys at a time than the charger takes."""
    most = peer.limits.get("GetConfigurationMaxKeys") or None
    return batches.batches(payload, "key", most, None) if "key" in payload else [payload]


def _set_configuration(command: commands.SetConfiguration) -> dict[str, Any] | versions.CannotExpress:
    if command.value is None:
        return versions.CannotExpress(f"Send a value for {command.key}: only a password is made when none is given.")
    return {"key": command.key, "value": security.written(command.key, command.value)}


def _data_transfer(command: commands.DataTransfer) -> dict[str, Any]:
    named = {"vendorId": command.vendor_id, "messageId": command.message_id, "data": command.data}
    return {name: value for name, value in named.items() if value is not None}


def _remote_start(command: commands.RemoteStart) -> dict[str, Any] | versions.CannotExpress:
    number = connector(command.connector_id, command.evse_id)
    if isinstance(number, versions.CannotExpress):
        return number
    if number == 0:
        return versions.CannotExpress("Connector 0 is the whole charger: name a connector from 1 up, or none.")
    if not 0 < len(command.id_token.value) <= _MAX_ID_TAG:
        return versions.CannotExpress(f"An OCPP 1.6 idTag has 1 to {_MAX_ID_TAG} characters.")
    profile = None if command.profile is None else charging_profiles.payload(command.profile)
    if isinstance(profile, versions.CannotExpress):
        return profile
    named = {"connectorId": number, "chargingProfile": profile}
    return {"idTag": command.id_token.value} | {name: value for name, value in named.items() if value is not None}


def _remote_stop(command: commands.RemoteStop) -> dict[str, Any] | versions.CannotExpress:
    number = transaction_ids.number(command.transaction_id)
    return number if isinstance(number, versions.CannotExpress) else {"transactionId": number}


def writes(order: versions.Order, answer: dict[str, Any]) -> list[versions.Written]:
    """The configuration key that an answered ChangeConfiguration set."""
    if order.action != "ChangeConfiguration" or answer["status"] not in ("Accepted", "RebootRequired"):
        return []
    key, value = order.payload["key"], order.payload["value"]
    return [versions.Written(key, value, answer["status"] == "RebootRequired")]


OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.Availability: versions.Outgoing("ChangeAvailability", _availability),
    commands.ClearCache: versions.Outgoing("ClearCache", _clear_cache),
    commands.DataTransfer: versions.Outgoing("DataTransfer", _data_transfer),
    commands.GetConfiguration: versions.Outgoing("GetConfiguration", _get_configuration, _keys_in_parts),
    commands.RemoteStart: versions.Outgoing("RemoteStartTransaction", _remote_start),
    commands.RemoteStop: versions.Outgoing("RemoteStopTransaction", _remote_stop),
    commands.Reset: versions.Outgoing("Reset", _reset),
    commands.SetConfiguration: versions.Outgoing("ChangeConfiguration", _set_configuration),
    commands.Unlock: versions.Outgoing("UnlockConnector", _unlock),
}
