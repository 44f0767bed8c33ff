"""OCPP 2.x logs: sent by the charger to an address that we name. Makes the kind "logs" of the inventory."""

from collections.abc import Mapping

from csms.domain import commands
from csms.protocol import notices, transfers, versions

_LOGS_201 = frozenset({"DiagnosticsLog", "SecurityLog"})


def _outgoing(kinds: frozenset[str]) -> Mapping[type[commands.Command], versions.Outgoing]:
    """The rows of a version that has these types of logs."""

    def get_log(command: commands.GetDiagnostics) -> versions.Order | versions.CannotExpress:
        return transfers.get_log(command, kinds)

    return {commands.GetDiagnostics: versions.Outgoing("GetLog", get_log)}


INCOMING: Mapping[str, versions.Incoming] = {
    "LogStatusNotification": notices.row("LogStatusNotification", notices.progress(transfers.LOGS))
}

OUTGOING = _outgoing(_LOGS_201)
OUTGOING_21 = _outgoing(_LOGS_201 | {"DataCollectorLog"})

CALLS: Mapping[str, versions.Learn] = {"GetLog": transfers.log_ordered}
