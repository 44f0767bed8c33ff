"""OCPP 2.x display messages: what a charger shows, beside what it says by itself.

Makes the kind "display-messages" (key: the message's id; body: MessageInfo).
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import facts, inventory
from csms.protocol import fields, notices, versions

KIND = "display-messages"


def _notified(report: fields.Fields) -> facts.Notification:
    told = notices.plain(report.payload)
    messages = {str(message["id"]): message for message in told.get("messageInfo", ())}
    changes = (inventory.Change(kind=KIND, put=messages),) if messages else ()
    return facts.Notification(action="NotifyDisplayMessages", payload=None, changes=changes, suspect=report.suspect)


def _set(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    message = request["message"]
    return (inventory.Change(kind=KIND, put={str(message["id"]): message}),)


def _cleared(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """Unknown: it is not there, so it is gone all the same."""
    return () if answer["status"] == "Rejected" else (inventory.Change(kind=KIND, drop=(str(request["id"]),)),)


def _asked(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """The messages themselves come in NotifyDisplayMessages; that there are none is said here."""
    if answer["status"] != "Unknown":
        return ()
    if "id" in request:
        return (inventory.Change(kind=KIND, drop=tuple(map(str, request["id"]))),)
    return (inventory.Change(kind=KIND, where=inventory.pick(request, "priority", "state")),)


INCOMING: Mapping[str, versions.Incoming] = {"NotifyDisplayMessages": versions.Incoming(_notified, notices.empty)}

CALLS: Mapping[str, versions.Learn] = {
    "ClearDisplayMessage": _cleared,
    "GetDisplayMessages": _asked,
    "SetDisplayMessage": _set,
}
