"""Reports that ask for no decision: kept as they came, with what they say about the charger. Used by all versions."""

from collections.abc import Callable
from typing import Any, TypeAlias

from csms.domain import facts, inventory, secrets
from csms.protocol import fields, jsontext, versions

Told: TypeAlias = Callable[[inventory.Body], tuple[inventory.Change, ...]]
"""Payload, as JSON that the log can hold -> what it changes in the inventory."""


def empty(_: facts.Answer) -> dict[str, Any]:
    """The answer that says nothing."""
    return {}


def row(action: str, told: Told, answer: Callable[[facts.Answer], dict[str, Any]] = empty) -> versions.Incoming:
    """The row of an action of this kind; it holds no tokens and no secrets."""

    def notification(report: fields.Fields) -> facts.Notification:
        body = plain(report.payload)
        return facts.Notification(
            action=action, payload=secrets.shown(jsontext.encode(body)), changes=told(body), suspect=report.suspect
        )

    return versions.Incoming(notification, answer)


def plain(payload: dict[str, Any]) -> inventory.Body:
    """A payload as the log and any JSON reader would have it. Raises FieldError for numbers out of all bounds."""
    try:
        body: inventory.Body = jsontext.plain(payload)
    except jsontext.JsonError as error:
        raise fields.FieldError("payload") from error
    return body


def progress(kind: str) -> Told:
    """A status of something that takes a while: the newest one, and that of the request that it names (rule 56).

    Either may be told on another socket than the order came on: a charger boots in between.
    """

    def told(body: inventory.Body) -> tuple[inventory.Change, ...]:
        request_id = body.get("requestId")
        merge = {} if request_id is None else {str(request_id): {"requestId": request_id, "status": body["status"]}}
        return (inventory.Change(kind=kind, put={"status": body}, merge=merge),)

    return told
