"""Python values as the JSON that people see: times with Z, decimals as numbers, structs by their field names."""

import json
import math
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from csms.storage import codec


def plain(value: Any) -> Any:
    """`value` made of nothing but dicts, lists, text, numbers, booleans and None; a struct's defaults are left out."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return number(value)
        case datetime():
            return time(value)
        case bytes():
            return value.hex()
        case dict():
            return {str(key): plain(entry) for key, entry in value.items()}
        case list() | tuple():
            return [plain(entry) for entry in value]
        case msgspec.Struct():
            return {
                field.name: plain(entry)
                for field in msgspec.structs.fields(value)
                if (entry := getattr(value, field.name)) != field.default
            }
        case _:
            raise TypeError(f"{type(value).__name__} has no form in JSON")


def number(value: Decimal) -> int | float:
    """A decimal as a JSON number that reads the same."""
    return int(value) if value == value.to_integral_value() else float(value)


def time(value: datetime | None) -> str | None:
    """RFC 3339 with Z, without a fraction where there is none."""
    return None if value is None else str(msgspec.to_builtins(value)).replace("+00:00", "Z")


def moment(milliseconds: int | None) -> str | None:
    """The same from a stored time."""
    return None if milliseconds is None else time(codec.moment(milliseconds))


def stored(text: str) -> Any:
    """The value of a JSON text that a charger wrote; a number that no float can hold is told as it was written."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return json.loads(text, parse_float=_fraction)


def _fraction(text: str) -> float | str:
    return value if math.isfinite(value := float(text)) else text
