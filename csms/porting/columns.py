"""The columns of a table as a spreadsheet has them: how a value becomes a cell, and a cell the value again.

An empty cell is the value that its column has where nobody said anything. Texts that a spreadsheet would take for a
formula get an apostrophe in front, which is taken off again when they come back.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

Kind: TypeAlias = Literal["text", "integer", "number", "flag", "words", "json"]

_SHORTENED = re.compile(r"[0-9][.,][0-9]+E\+[0-9]+", re.IGNORECASE)
"""A number as spreadsheets write a long one, of which they have forgotten the end."""
_MISTAKEN = re.compile(rf"'*([=+\-@\t\r\n]|{_SHORTENED.pattern}\Z)", re.IGNORECASE)
"""What a spreadsheet would calculate."""
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class Column(msgspec.Struct, frozen=True):
    """A column; `path` leads to its value in a record, `empty` is the value of an empty cell."""

    name: str
    kind: Kind = "text"
    empty: Any = None
    inside: str | None = None
    """The field whose part this column is: an object of its own, None where all its columns are empty."""
    part: str = ""

    @property
    def field(self) -> str:
        """The field of the record that it is, or is a part of."""
        return self.inside or self.name

    def of(self, record: Mapping[str, Any]) -> Any:
        """Its value in a record."""
        if self.inside is None:
            return record[self.name]
        whole = record[self.inside]
        return self.empty if whole is None else whole.get(self.part, self.empty)

    def cell(self, value: Any) -> str:
        """A value as a cell."""
        if value is None or value == self.empty:
            return ""
        match self.kind:
            case "flag":
                return "true" if value else "false"
            case "words":
                return " ".join(value)
            case "json":
                return msgspec.json.encode(value).decode()
            case "integer" | "number":
                return str(int(value) if value == int(value) else value)
            case "text":
                return f"'{value}" if _MISTAKEN.match(value) else str(value)

    def value(self, cell: str, *, comma: bool = False) -> Any:
        """A cell as its value; `comma`: decimals may have one. Raises ValueError, which says what it must be."""
        if not cell.strip():
            return self.empty if not cell or self.kind != "text" else cell
        match self.kind:
            case "flag":
                return _flag(cell)
            case "words":
                return re.split(r"[\s,;]+", cell.strip())
            case "json":
                return _json(cell)
            case "integer":
                return _integer(cell)
            case "number":
                return _number(cell, comma=comma)
            case "text":
                return _text(cell)


def _flag(cell: str) -> bool:
    value = _FLAGS.get(cell.strip().lower())
    if value is None:
        raise ValueError("must be true or false")
    return value


def _json(cell: str) -> Any:
    try:
        return msgspec.json.decode(cell)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"is not valid JSON ({error}): compare it with what is exported") from None


def _integer(cell: str) -> int:
    if re.fullmatch(r"-?[0-9]{1,18}", cell.strip(), re.ASCII) is None:
        raise ValueError("must be a whole number")
    return int(cell)


def _number(cell: str, *, comma: bool) -> float:
    text = cell.strip()
    if comma and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]{1,3})?", text, re.ASCII | re.IGNORECASE) is None:
        raise ValueError("must be a number such as 22000 or 18.52")
    if not math.isfinite(value := float(text)):
        raise ValueError("must be a number of a size that can be")
    return value


def _text(cell: str) -> str:
    if _SHORTENED.fullmatch(cell.strip()):
        raise ValueError("was shortened by a spreadsheet: format the column as text there, and enter it again")
    return cell[1:] if cell.startswith("'") and _MISTAKEN.match(cell) else cell
