"""OCPP 1.6 Firmware Management: new firmware, signed (security whitepaper) or not, and how far it is (rule 56).

Makes the kind "firmware" of the inventory: "status" is the newest report, "update" what was ordered last, and under its
id each signed request.
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import commands, inventory
from csms.protocol import notices, transfers, versions

KIND = transfers.FIRMWARE


def _update(command: commands.UpdateFirmware) -> dict[str, Any] | versions.Order | versions.CannotExpress:
    retrieve_at = transfers.moment(command.retrieve_at)
    if retrieve_at is None:
        return versions.CannotExpress("Say from when on the charger may fetch the firmware: retrieve_at.")
    if command.signing_certificate is not None or command.signature is not None:
        return transfers.signed_update(command, "SignedUpdateFirmware")
    if command.install_at is not None:
        return versions.CannotExpress(
            "In OCPP 1.6 only signed firmware has a time of installation: leave install_at out, or send"
            " signing_certificate and signature."
        )
    return {"location": command.url, "retrieveDate": retrieve_at}


def _ordered(request: dict[str, Any], _: dict[str, Any]) -> tuple[inventory.Change, ...]:
    body = {"location": transfers.shown(request["location"]), "retrieveDate": request["retrieveDate"]}
    return (inventory.Change(kind=KIND, put={"update": body}),)


INCOMING: Mapping[str, versions.Incoming] = {
    action: notices.row(action, notices.progress(KIND))
    for action in ("FirmwareStatusNotification", "SignedFirmwareStatusNotification")
}

OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.UpdateFirmware: versions.Outgoing("UpdateFirmware", _update)
}

CALLS: Mapping[str, versions.Learn] = {
    "SignedUpdateFirmware": transfers.update_ordered,
    "UpdateFirmware": _ordered,
}
