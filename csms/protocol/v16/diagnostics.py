"""OCPP 1.6 logs: diagnostics, and by the security whitepaper the security log, sent to an address that we name.

Makes the kind "logs" of the inventory: "status" is the newest report, "diagnostics" what GetDiagnostics was answered,
and under its id each request for a log.
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import commands, inventory
from csms.protocol import notices, transfers, versions

_LOGS = frozenset({"DiagnosticsLog", "SecurityLog"})


def _diagnostics(command: commands.GetDiagnostics) -> dict[str, Any] | versions.Order | versions.CannotExpress:
    if command.log_type is not None:
        return transfers.get_log(command, _LOGS)
    if command.upload_url is None:
        return versions.CannotExpress("Say where the charger may send its log: upload_url.")
    named = {"startTime": transfers.moment(command.since), "stopTime": transfers.moment(command.until)}
    return {"location": command.upload_url} | {name: at for name, at in named.items() if at is not None}


def _ordered(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """Without a file name there is nothing to send."""
    file = {"fileName": answer["fileName"]} if answer.get("fileName") else {}
    body = {"location": transfers.shown(request["location"]), **file}
    return (inventory.Change(kind=transfers.LOGS, put={"diagnostics": body}),)


INCOMING: Mapping[str, versions.Incoming] = {
    action: notices.row(action, notices.progress(transfers.LOGS))
    for action in ("DiagnosticsStatusNotification", "LogStatusNotification")
}

OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.GetDiagnostics: versions.Outgoing("GetDiagnostics", _diagnostics)
}

CALLS: Mapping[str, versions.Learn] = {"GetDiagnostics": _ordered, "GetLog": transfers.log_ordered}
