"""What the quirks of csms/domain/quirk.py mean for a payload: which faults of the schema they forgive, and which mend.

Called by versions.Version. Forgiven faults concern text that people read. Mended ones leave a payload that the schema
takes, so that no table behind it has to expect anything else.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, TypeAlias

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

    The caller validates what comes of it: a required field that was null is a missing one now.
    """
    for fault in faults:
        if fault.kind == "type" and fault.path:
            payload = _replaced(payload, fault.path, partial(_meant, quirks, fault.types))
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


def _meant(quirks: frozenset[Quirk], types: tuple[str, ...], value: Any) -> Any:
    """What was meant by a value where one of `types` belongs; the value itself where nobody knows."""
    if value is None:
        return _LEFT_OUT if Quirk.NULL_FIELDS in quirks else value
    if isinstance(value, dict) and "array" in types:
        return [value] if Quirk.SINGLE_FOR_LIST in quirks else value
    if Quirk.MISTYPED_VALUES in quirks:
        return next((found for kind in types if (found := _READ.get(kind, _as_it_is)(value)) is not value), value)
    return value


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


def _replaced(value: Any, path: tuple[str | int, ...], change: _Reader) -> Any:
    """`value` with what lies at `path` changed; nothing is changed in place, and what is the same stays the same."""
    if not path:
        return change(value)
    step, *rest = path
    try:
        old = value[step]
    except (KeyError, IndexError, TypeError):  # an earlier fault's mending took it away
        return value
    new = _replaced(old, tuple(rest), change)
    if new is old:
        return value
    changed = value.copy()
    if new is _LEFT_OUT:
        del changed[step]
    else:
        changed[step] = new
    return changed
