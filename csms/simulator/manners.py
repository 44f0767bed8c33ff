"""How a charger answers the central system's calls: at once and once, or as bad firmware does.

Used by `exchange`, chosen by the charger's configuration. Pure.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeAlias

from csms.simulator import errors

Frame: TypeAlias = list[Any]
Manner: TypeAlias = Callable[[Frame], list[tuple[float, Frame]]]
"""An answer -> (seconds from now, frame) of what is sent instead."""


def of(name: str, late: float) -> Manner:
    """The manner of that name; its late answers come after `late` seconds. Raises UnknownManner."""
    if name not in _MANNERS:
        raise errors.UnknownManner(name, names())
    manner = _MANNERS[name]
    return lambda frame: manner(frame, late)


def names() -> tuple[str, ...]:
    """The manners there are."""
    return tuple(_MANNERS)


def _of_another(frame: Frame) -> Frame:
    # From the id itself, so that the same seed gives the same frames.
    return [frame[0], str(uuid.uuid5(uuid.NAMESPACE_OID, str(frame[1]))), *frame[2:]]


_MANNERS: dict[str, Callable[[Frame, float], list[tuple[float, Frame]]]] = {
    "good": lambda frame, _late: [(0.0, frame)],
    "silent": lambda _frame, _late: [],
    "late": lambda frame, late: [(late, frame)],
    "twice": lambda frame, _late: [(0.0, frame), (0.0, frame)],
    "wrong-id": lambda frame, _late: [(0.0, _of_another(frame))],
}
