"""OCPP 2.x availability: what connectors and EVSEs say of themselves, and what they are told (rules 24, 25, 26)."""

from collections.abc import Mapping
from typing import Any

from csms.domain import commands, facts
from csms.protocol import fields, notices, versions


def _status(report: fields.Fields) -> facts.AvailabilityReport:
    said = facts.Availability(
        report.number("evseId", 0, fields.INT32),
        report.number("connectorId", 0, fields.INT32) or None,
        report.words("connectorStatus"),
        report.time("timestamp"),
    )
    return facts.AvailabilityReport(availability=said, suspect=report.suspect)


def evse(evse_id: int | None, connector_id: int | None) -> dict[str, Any]:
    """The field `evse` for an order that is about one; {} for the whole charger."""
    if not evse_id:
        return {}
    return {"evse": {"id": evse_id, **({} if connector_id is None else {"connectorId": connector_id})}}


def _availability(command: commands.Availability) -> dict[str, Any]:
    wanted = "Operative" if command.available else "Inoperative"
    return {"operationalStatus": wanted, **evse(command.evse_id, command.connector_id)}


INCOMING: Mapping[str, versions.Incoming] = {"StatusNotification": versions.Incoming(_status, notices.empty)}

OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.Availability: versions.Outgoing("ChangeAvailability", _availability)
}
