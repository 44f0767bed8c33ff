"""How much of what a charger says its state keeps. Used by charger.py only; pure.

The state is written anew with every event of its charger, so whatever a charger can make longer needs an end here: one
that invents connectors, or a setting of a megabyte, would make the single writer rewrite all that with each frame, for
everybody. The log has everything as it was said; what is beyond these bounds is only not in the state.
"""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

import msgspec

TEXT = 500
"""Characters of one text about it, such as its vendor."""
VALUE = 2500
"""Characters of one setting: OCPP's limit."""
TOTAL = 32_000
"""Characters of all settings together, and of all connectors: what two hundred settings or connectors take."""
TRANSACTIONS = 256
"""Transactions that it may hold charging profiles for."""
_ENTRY = 100
"""What an entry takes besides its texts."""

Settings = Mapping[str, tuple[str | None, bool]]
C = TypeVar("C", bound=msgspec.Struct)
V = TypeVar("V")


def text(said: str | None) -> str | None:
    """A text as the state keeps it."""
    return said if said is None or len(said) <= TEXT else said[:TEXT]


def texts(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields with their texts as the state keeps them."""
    return {name: text(value) if isinstance(value, str) else value for name, value in fields.items()}


def settings(known: Settings, told: Settings) -> dict[str, tuple[str | None, bool]]:
    """The settings after these were told: what is there keeps its place before what is new; half a value is none."""
    room, kept = TOTAL, {}
    for key, (value, readonly) in {**known, **told}.items():
        size = len(key) + len(value or "")
        if size <= min(VALUE, room):
            kept[key] = (value, readonly)
            room -= size
    return kept


def newest(known: Mapping[int, C], number: int, told: C) -> dict[int, C]:
    """The connectors after one told its status, which is the newest: those that have said nothing longest go first.

    Number 0, the whole charger, stays.
    """
    kept = {each: connector for each, connector in known.items() if each != number} | {number: told}
    room = TOTAL - sum(map(_size, kept.values()))
    for each in [each for each in kept if each not in (0, number)]:
        if room >= 0:
            break
        room += _size(kept.pop(each))
    return kept


def transactions(named: Collection[str]) -> tuple[str, ...]:
    """Those of these transactions, oldest first, that the state keeps."""
    return tuple(each for each in named if len(each) <= TEXT)[-TRANSACTIONS:]


def _size(connector: msgspec.Struct) -> int:
    return _ENTRY + sum(len(value) for value in msgspec.structs.astuple(connector) if isinstance(value, str))
