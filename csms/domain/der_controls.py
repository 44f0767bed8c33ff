"""Grid settings that a charger keeps for a time (OCPP 2.1): when each ends, and that it is gone then.

Things of the inventory (kind "der-controls", key the control's id), made by csms.protocol.v21.der. Default controls
never end: they are in force again whenever nothing else is. Pure; used by the protocol's table and the charger's actor.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from csms.domain import inventory

KIND = "der-controls"
SET = "SetDERControl"
"""The call that sets one."""
_NOT_DEFAULT = (False, None)
"""`isDefault` of those that end; one that was only heard of, when it started, does not say."""


def ended(control_id: str) -> tuple[inventory.Change, ...]:
    """A control ended: nothing is left of it, unless it is a default one."""
    return tuple(
        inventory.Change(kind=KIND, where={"controlId": control_id, "isDefault": flag}) for flag in _NOT_DEFAULT
    )


def lapsed(held: Mapping[str, inventory.Body], now: datetime) -> tuple[inventory.Change, ...]:
    """The time of these is over, whether the charger says so or not."""
    over = tuple(key for key, end in _ends(held) if end <= now)
    return (inventory.Change(kind=KIND, drop=over),) if over else ()


def next_end(held: Mapping[str, inventory.Body]) -> datetime | None:
    """When `lapsed` has something to say; None where no control ends by itself."""
    return min((end for _, end in _ends(held)), default=None)


def _ends(held: Mapping[str, inventory.Body]) -> Iterator[tuple[str, datetime]]:
    for key, body in held.items():
        if not body.get("isDefault"):
            yield from ((key, end) for end in _settings(body.values()))


def _settings(fields: Iterable[Any]) -> Iterator[datetime]:
    """The end of the one field of a control that has a beginning and a duration."""
    for each in fields:
        if isinstance(each, dict) and "startTime" in each and "duration" in each:
            try:
                begins = datetime.fromisoformat(each["startTime"])
                yield begins.replace(tzinfo=begins.tzinfo or UTC) + timedelta(seconds=float(each["duration"]))
            except (TypeError, ValueError, OverflowError):  # the charger's word decides then
                continue
