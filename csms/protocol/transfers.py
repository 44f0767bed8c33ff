"""Files that chargers fetch and send, as all versions write them: signed firmware, logs, and where they lie.

Makes the kinds "firmware" and "logs" of the inventory, both with a thing for each request by its id. Where a file lies
is kept without what only the charger needs to know: a user, a password, a query, the name behind a one-time address.
"""

import urllib.parse
from datetime import datetime
from typing import Any

from csms.domain import commands, inventory
from csms.protocol import times, versions

FIRMWARE = "firmware"
LOGS = "logs"
_TAKEN = frozenset({"Accepted", "AcceptedCanceled"})
"""AcceptedCanceled: taken, and the one before was given up."""
_LOG_TYPES = {None: "DiagnosticsLog", "diagnostics": "DiagnosticsLog", "security": "SecurityLog"}


def moment(at: datetime | None) -> str | None:
    """A time as it is written, None for none."""
    return None if at is None else times.write(at)


def shown(location: str) -> str:
    """The address of a file as people may see it: its scheme and host."""
    parts = urllib.parse.urlsplit(location)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"


def signed_update(command: commands.UpdateFirmware, action: str) -> versions.Order | versions.CannotExpress:
    """The order that names the firmware with its signature, or where that may lack, without."""
    if command.request_id is None or command.retrieve_at is None:
        return versions.CannotExpress("The order needs its request_id and the time from when on to fetch: retrieve_at.")
    if (command.signing_certificate is None) is not (command.signature is None):
        return versions.CannotExpress("Signed firmware needs both, signing_certificate and signature.")
    firmware = {
        "location": command.url,
        "retrieveDateTime": moment(command.retrieve_at),
        "installDateTime": moment(command.install_at),
        "signingCertificate": command.signing_certificate,
        "signature": command.signature,
    }
    return versions.Order(action, {"requestId": command.request_id, "firmware": _told(firmware)})


def update_ordered(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """A charger took an order for firmware with a request id."""
    if answer.get("status") not in _TAKEN:
        return ()
    firmware = request["firmware"]
    body = {
        "requestId": request["requestId"],
        "location": shown(firmware["location"]),
        "signed": "signature" in firmware,
        **{name: firmware[name] for name in ("retrieveDateTime", "installDateTime") if name in firmware},
    }
    return (inventory.Change(kind=FIRMWARE, put={"update": body, str(request["requestId"]): body}),)


def get_log(command: commands.GetDiagnostics, kinds: frozenset[str]) -> versions.Order | versions.CannotExpress:
    """The order for a log; `kinds` are those that the version knows beside diagnostics and security."""
    log_type = _LOG_TYPES.get(command.log_type, "DataCollectorLog")
    if log_type not in kinds:
        return versions.CannotExpress(f"This version has no log of type {command.log_type}: ask for diagnostics.")
    if command.upload_url is None or command.request_id is None:
        return versions.CannotExpress("The order needs an upload_url and its request_id.")
    log = {
        "remoteLocation": command.upload_url,
        "oldestTimestamp": moment(command.since),
        "latestTimestamp": moment(command.until),
    }
    return versions.Order("GetLog", {"requestId": command.request_id, "logType": log_type, "log": _told(log)})


def log_ordered(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """A charger will send a log."""
    if answer.get("status") not in _TAKEN:
        return ()
    body = {
        "requestId": request["requestId"],
        "logType": request["logType"],
        "location": shown(request["log"]["remoteLocation"]),
        **({"filename": answer["filename"]} if "filename" in answer else {}),
    }
    return (inventory.Change(kind=LOGS, put={str(request["requestId"]): body}),)


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
