"""Bring stored bodies of older schemas up to the one that csms/domain/events.py has now, one step at a time.

Called by the codec for events whose schema number is below events.SCHEMA. A step is a pure dict -> dict function;
it is never changed once released, since logs that need it live for years.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from csms.domain import events
from csms.storage import errors

Body: TypeAlias = dict[str, Any]

STEPS: dict[tuple[str, int], Callable[[Body], Body]] = {}
"""(type, schema) -> the function that turns such a body into one of schema + 1."""


def upcast(type: str, schema: int, body: Body) -> Body:
    """`body` in the current schema of `type`. Raises UndecodableEvent when it is newer or a step is missing."""
    current = events.SCHEMA.get(type, 1)
    if schema > current:
        raise errors.UndecodableEvent(type, schema, f"this program knows up to {current}: install a newer version")
    for number in range(schema, current):
        step = STEPS.get((type, number))
        if step is None:
            raise errors.UndecodableEvent(
                type, schema, f"no step leads from {number} to {number + 1} (csms/storage/upcast.py)"
            )
        body = step(body)
    return body
