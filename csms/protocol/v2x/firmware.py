"""OCPP 2.x firmware: update a charger's own, or have a local controller publish it to others; how far it is (rule 56).

Makes the kinds "firmware" ("status", "update", and each request by its id) and "published-firmware" ("status", and each
file that a charger publishes by its checksum).
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import commands, inventory
from csms.protocol import notices, transfers, versions

PUBLISHED = "published-firmware"


def _update(command: commands.UpdateFirmware) -> versions.Order | versions.CannotExpress:
    return transfers.signed_update(command, "UpdateFirmware")


def _publishing(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    location = {"location": transfers.shown(request["location"])}
    body = {name: request[name] for name in ("checksum", "requestId")} | location
    return (inventory.Change(kind=PUBLISHED, put={request["checksum"]: body}),)


def _unpublished(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] == "DownloadOngoing":
        return ()
    return (inventory.Change(kind=PUBLISHED, drop=(request["checksum"],)),)


def _published(report: inventory.Body) -> tuple[inventory.Change, ...]:
    return (inventory.Change(kind=PUBLISHED, put={"status": report}),)


INCOMING: Mapping[str, versions.Incoming] = {
    "FirmwareStatusNotification": notices.row("FirmwareStatusNotification", notices.progress(transfers.FIRMWARE)),
    "PublishFirmwareStatusNotification": notices.row("PublishFirmwareStatusNotification", _published),
}

OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.UpdateFirmware: versions.Outgoing("UpdateFirmware", _update)
}

CALLS: Mapping[str, versions.Learn] = {
    "PublishFirmware": _publishing,
    "UnpublishFirmware": _unpublished,
    "UpdateFirmware": transfers.update_ordered,
}
