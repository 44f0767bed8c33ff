"""What the quirks of csms/domain/quirk.py mean for a payload: which faults of the schema they forgive, and which mend.

Called by versions.Version. Forgiven faults concern text that people read. Mended ones leave a payload that the schema
takes, so that no table behind it has to expect anything else.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

import msgspec

from csms.domain import quirk
from csms.protocol import schemas

Quirk = quirk.Quirk
TOLERANT, STRICT = quirk.TOLERANT, quirk.STRICT

_TOKENS = frozenset({"idTag", "parentIdTag", "idToken", "additionalIdToken"})
"""Rule 29: a token keeps its limit, in the spelling of every version."""
_DESCRIPTIVE = frozenset(
    {"errorCode", "unit", "measurand", "context", "location", "phase", "format", "reason"}
    | {"triggerReason", "stoppedReason", "trigger", "eventNotificationType"}
)
"""Lists of words that describe; the second line is of 2.x."""
_LEFT_OUT = object()


def forgives(quirks: frozenset[Quirk], action: str, fault: schemas.SchemaFault) -> bool:
    """Whether this set of quirks covers this fault."""
    return _quirk(action, fault) in quirks


def mended(quirks: frozenset[Quirk], payload: Any, faults: Sequence[schemas.SchemaFault]) -> Any:
    """The payload as it was meant, as far as these quirks say what was; the same object where there is nothing to do.

    What is mended in one item of a list is mended in all of them: they have one schema, and a device writes them alike.
    The caller validates what comes of it: a required field that was null is a missing one now.
    """
    mending = {(_everywhere(fault.path), change): None for fault in faults if (change := _mending(quirks, fault))}
    for path, change in mending:
        payload = _replaced(payload, path, change)
    return payload


def _quirk(action: str, fault: schemas.SchemaFault) -> Quirk | None:
    match fault.kind:
        case "unknown_field":
            return Quirk.EXTRA_FIELDS
        case "length" if fault.field not in _TOKENS:
            return Quirk.LONG_TEXT
        case "value" if fault.field in _DESCRIPTIVE:
            return Quirk.UNKNOWN_WORDS
        case "type" if action == "DataTransfer" and fault.path == ("data",):
            return Quirk.OBJECT_DATA
        case _:
            return None


# -- Mending -----------------------------------------------------------------------------------------------------------


class _Typed(msgspec.Struct, frozen=True):
    """What was meant by a value where one of `types` belongs; the value itself where nobody knows."""

    quirks: frozenset[Quirk]
    types: tuple[str, ...]

    def __call__(self, value: Any) -> Any:
        if value is None:
            return _LEFT_OUT if Quirk.NULL_FIELDS in self.quirks else value
        if isinstance(value, dict) and "array" in self.types:
            return [value] if Quirk.SINGLE_FOR_LIST in self.quirks else value
        if Quirk.MISTYPED_VALUES in self.quirks:
            read = (_READ.get(kind, _as_it_is)(value) for kind in self.types)
            return next((found for found in read if found is not value), value)
        return value


class _Without(msgspec.Struct, frozen=True):
    """An object without these fields, which the schema does not know."""

    names: tuple[str, ...]

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, dict) or value.keys().isdisjoint(self.names):
            return value
        return {name: each for name, each in value.items() if name not in self.names}


def _mending(quirks: frozenset[Quirk], fault: schemas.SchemaFault) -> _Typed | _Without | None:
    match fault.kind:
        case "type" if fault.path:
            return _Typed(quirks, fault.types)
        case "unknown_field" if fault.names and Quirk.EXTRA_FIELDS in quirks:
            return _Without(fault.names)
        case _:
            return None


_Pattern: TypeAlias = tuple[str | None, ...]
"""A path with None for "each item"."""


def _everywhere(path: tuple[str | int, ...]) -> _Pattern:
    return tuple(step if isinstance(step, str) else None for step in path)


def _as_it_is(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        return value
    return number if number.is_finite() else value


def _whole(value: Any) -> Any:
    number = _number(value)
    if not isinstance(number, Decimal) or abs(number) >= 2**63 or number != int(number):
        return value
    return int(number)


_Reader: TypeAlias = Callable[[Any], Any]
_READ: Mapping[str, _Reader] = {"string": _text, "integer": _whole, "number": _number}
"""The schema's type -> how a value of another type is read as one."""


def _replaced(value: Any, path: _Pattern, change: _Reader) -> Any:
    """`value` with what lies at `path` changed; nothing is changed in place, and what is the same stays the same."""
    if not path:
        return change(value)
    step, rest = path[0], path[1:]
    if isinstance(value, list) and step is None:
        items = [_replaced(item, rest, change) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else [item for item in items if item is not _LEFT_OUT]
    if not isinstance(value, dict) or step not in value:  # elsewhere in the list, or an earlier mending took it away
        return value
    new = _replaced(value[step], rest, change)
    if new is value[step]:
        return value
    return {name: new if name == step else each for name, each in value.items() if name != step or new is not _LEFT_OUT}
