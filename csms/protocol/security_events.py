"""SecurityEventNotification, the same in all versions: kept as it came, and what is critical reaches people at once."""

from collections.abc import Mapping

from csms.domain import facts, secrets, security
from csms.protocol import fields, jsontext, notices, versions

EVENT = "SecurityEventNotification"


def _event(report: fields.Fields) -> facts.Notification:
    body = notices.plain(report.payload)
    kind, alert = report.words("type"), None
    if security.alarming(kind):
        told = f": {body['techInfo']}" if body.get("techInfo") else ""
        alert = facts.Alert("security_event", secrets.shown(f"{kind} at {body.get('timestamp')}{told}"))
    payload = secrets.shown(jsontext.encode(body))
    return facts.Notification(action=EVENT, payload=payload, alert=alert, suspect=report.suspect)


INCOMING: Mapping[str, versions.Incoming] = {EVENT: versions.Incoming(_event, notices.empty)}
