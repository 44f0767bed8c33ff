"""OCPP 1.6 Smart Charging: limits over time, and what they come to together.

Makes the kinds "charging-profiles" (csms.protocol.profiles) and "composite-schedules" (key: the connector asked about).
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import commands, inventory
from csms.protocol import jsontext, profiles, versions
from csms.protocol.v16 import charging_profiles, core_commands

SCHEDULES = "composite-schedules"


def _set(command: commands.SetChargingProfile) -> dict[str, Any] | versions.CannotExpress:
    number = core_commands.connector(command.connector_id, command.evse_id)
    if isinstance(number, versions.CannotExpress):
        return number
    profile = charging_profiles.payload(command.profile)
    if isinstance(profile, versions.CannotExpress):
        return profile
    return {"connectorId": number or 0, "csChargingProfiles": profile}


def _held(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    return (profiles.held(request["csChargingProfiles"], profiles.V16, request["connectorId"]),)


def _clear(command: commands.ClearChargingProfile) -> dict[str, Any] | versions.CannotExpress:
    number = core_commands.connector(command.connector_id, command.evse_id)
    if isinstance(number, versions.CannotExpress):
        return number
    if command.purpose is not None and command.purpose not in profiles.V16.purposes:
        return versions.CannotExpress(f"OCPP 1.6 has profiles of purpose {', '.join(profiles.V16.purposes)} only.")
    named = {
        "id": command.profile_id,
        "connectorId": number,
        "chargingProfilePurpose": command.purpose and profiles.V16.purposes[command.purpose],
        "stackLevel": command.stack_level,
    }
    return {name: value for name, value in named.items() if value is not None}


def _cleared(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    criteria = {name: value for name, value in request.items() if name != "id"}
    return profiles.cleared(profiles.V16, profile_id=request.get("id"), criteria=criteria, answer=answer)


def _composite(command: commands.GetCompositeSchedule) -> dict[str, Any] | versions.CannotExpress:
    number = core_commands.connector(command.connector_id, command.evse_id)
    if isinstance(number, versions.CannotExpress):
        return number
    unit = {"chargingRateUnit": command.unit} if command.unit else {}
    return {"connectorId": number or 0, "duration": command.duration_s, **unit}


def _told(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    body = {name: value for name, value in jsontext.plain(answer).items() if name != "status"}
    return (inventory.Change(kind=SCHEDULES, put={str(request["connectorId"]): body}),)


OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.ClearChargingProfile: versions.Outgoing("ClearChargingProfile", _clear),
    commands.GetCompositeSchedule: versions.Outgoing("GetCompositeSchedule", _composite),
    commands.SetChargingProfile: versions.Outgoing("SetChargingProfile", _set),
}

CALLS: Mapping[str, versions.Learn] = {
    "ClearChargingProfile": _cleared,
    "GetCompositeSchedule": _told,
    "RemoteStartTransaction": charging_profiles.begun_with,
    "SetChargingProfile": _held,
}
