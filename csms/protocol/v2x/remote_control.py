"""OCPP 2.x remote control: start, stop, unlock, reset, and ask for a message."""

from collections.abc import Mapping
from typing import Any

from csms.domain import commands, facts, topology
from csms.protocol import profiles, versions
from csms.protocol.v2x import answers, availability, charging_profiles

_RESETS = {"on_idle": "OnIdle", "immediate": "Immediate", "soft": "Immediate", "hard": "Immediate"}
_MESSAGES = frozenset(
    {"BootNotification", "FirmwareStatusNotification", "Heartbeat", "LogStatusNotification", "MeterValues"}
    | {"PublishFirmwareStatusNotification", "SignChargingStationCertificate", "SignCombinedCertificate"}
    | {"SignV2GCertificate", "StatusNotification", "TransactionEvent"}
)
_RENAMED = {"DiagnosticsStatusNotification": "LogStatusNotification"}
"""Messages of 1.6 that have another name here."""


def token(given: facts.IdToken) -> dict[str, Any]:
    """An IdTokenType."""
    return {"idToken": given.value, "type": given.type}


def _reset(more: Mapping[str, str]) -> versions.Builder:
    types = {**_RESETS, **more}

    def reset(command: commands.Reset) -> dict[str, Any] | versions.CannotExpress:
        if command.type not in types:
            return versions.CannotExpress(
                "Only OCPP 2.1 resumes transactions after a reset: send immediate or on_idle."
            )
        return {"type": types[command.type], **({"evseId": command.evse_id} if command.evse_id else {})}

    return reset


def _unlock(command: commands.Unlock) -> dict[str, Any] | versions.CannotExpress:
    if not command.evse_id:
        return versions.CannotExpress("Name the connector to unlock: connector_id from 1 up.")
    return _named(evseId=command.evse_id, connectorId=command.connector_id)


def _unlock_of(payload: dict[str, Any], peer: versions.Peer) -> list[dict[str, Any]]:
    """An EVSE's only connector need not be named."""
    if "connectorId" in payload:
        return [payload]
    here = _connectors(payload["evseId"], peer.topology)
    return [{**payload, "connectorId": here[0]}] if len(here) == 1 else [payload]


def _trigger(more: frozenset[str]) -> versions.Builder:
    known = _MESSAGES | more

    def trigger(command: commands.Trigger) -> dict[str, Any] | versions.CannotExpress:
        message = _RENAMED.get(command.message, command.message)
        if message not in known:
            return versions.CannotExpress(f"This OCPP version can trigger: {', '.join(sorted(known))}.")
        return {"requestedMessage": message, **availability.evse(command.evse_id, command.connector_id)}

    return trigger


def _trigger_of(payload: dict[str, Any], peer: versions.Peer) -> list[dict[str, Any]]:
    """A status is asked of each connector, since the message needs both EVSE and connector (rule 54)."""
    evse = payload.get("evse", {})
    if payload["requestedMessage"] != "StatusNotification" or "connectorId" in evse:
        return [payload]
    evses = [evse["id"]] if evse else sorted({place[0] for place in peer.topology.places.values()})
    pairs = [(each, connector) for each in evses for connector in _connectors(each, peer.topology)]
    return [{**payload, "evse": {"id": each, "connectorId": connector}} for each, connector in pairs] or [payload]


def _start(names: profiles.Names, longest: int) -> versions.Builder:
    def start(command: commands.RemoteStart) -> dict[str, Any] | versions.CannotExpress:
        if command.evse_id == 0:
            return versions.CannotExpress("EVSE 0 is the whole charger: name an EVSE from 1 up, or none.")
        profile = None if command.profile is None else charging_profiles.payload(command.profile, names)
        if isinstance(profile, versions.CannotExpress):
            return profile
        return {
            "idToken": token(command.id_token),
            "remoteStartId": command.remote_start_id,
            **_named(evseId=command.evse_id, chargingProfile=profile),
            **answers.group(command.group_id, longest),
        }

    return start


def _stop(command: commands.RemoteStop) -> dict[str, Any]:
    return {"transactionId": command.transaction_id}


def _named(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _connectors(evse_id: int, known: topology.Topology) -> list[int]:
    return [known.evse(number)[1] for number in known.connectors(evse_id)]


def outgoing(
    names: profiles.Names, longest: int, resets: Mapping[str, str] = {}, messages: frozenset[str] = frozenset()
) -> Mapping[type[commands.Command], versions.Outgoing]:
    """The rows of a version; `names` are those of its charging profiles, `longest` is the length of its tokens.

    The others are what it has more than 2.0.1.
    """
    return {
        commands.RemoteStart: versions.Outgoing("RequestStartTransaction", _start(names, longest)),
        commands.RemoteStop: versions.Outgoing("RequestStopTransaction", _stop),
        commands.Reset: versions.Outgoing("Reset", _reset(resets)),
        commands.Trigger: versions.Outgoing("TriggerMessage", _trigger(messages), _trigger_of),
        commands.Unlock: versions.Outgoing("UnlockConnector", _unlock, _unlock_of),
    }


OUTGOING = outgoing(profiles.V201, answers.LONGEST_201)

OUTGOING_21 = outgoing(
    profiles.V21, answers.LONGEST_21, {"resume": "ImmediateAndResume"}, frozenset({"SignV2G20Certificate"})
)
