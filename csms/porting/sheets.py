"""Records as CSV (RFC 4180, UTF-8), written and read a row at a time.

Spreadsheets write it with semicolons or tabs too, with a byte order mark, with blank rows and line feeds inside of
cells: all are read. Rows are numbered as they number them, the header being row 1.
"""

import csv
import io
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, NamedTuple

from csms.porting.columns import Column
from csms.porting.errors import BadFile
from csms.porting.report import Problem

MARK = "\ufeff"
"""Without it the most used spreadsheet takes a file for an older encoding."""
SHOWN, SHOWN_CHARACTERS = 10, 40
"""Columns that mean nothing, and of the name of each, which are told."""
_SEPARATORS = ",;\t"
_DECLARED = "sep="
_WIDE = (b"\xff\xfe", b"\xfe\xff")


class Row(NamedTuple):
    """A record that was read, by the row where it begins, with what could not be understood of it."""

    number: int
    fields: dict[str, Any]
    problems: tuple[Problem, ...] = ()


# -- Writing -----------------------------------------------------------------------------------------------------------


def header(columns: Sequence[Column]) -> str:
    """The first row."""
    return MARK + _line([column.name for column in columns])


def written(columns: Sequence[Column], flat: Mapping[str, Any]) -> str:
    """A record's row."""
    return _line([column.cell(column.of(flat)) for column in columns])


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


# -- Reading -----------------------------------------------------------------------------------------------------------


def read(file: IO[bytes], columns: Sequence[Column]) -> Generator[Row, None, None]:
    """The rows of a file, from its beginning, as flat as they are. Raises BadFile."""
    file.seek(0)
    if file.read(2) in _WIDE:
        raise BadFile("the file is UTF-16: save it as CSV UTF-8")
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        yield from _rows(text, {column.name: column for column in columns})
    except UnicodeDecodeError as error:
        raise BadFile(
            f"the file is not UTF-8 (a byte {error.object[error.start]:#04x} cannot be read): "
            "save it as CSV UTF-8, not as plain CSV"
        ) from error
    except csv.Error as error:
        raise BadFile(f"the file is no CSV: {error}") from error
    finally:
        text.detach()


def _rows(text: io.TextIOWrapper, known: Mapping[str, Column]) -> Iterator[Row]:
    separator = _separator(text)
    reader = csv.reader(text, delimiter=separator, strict=True)
    number, names = 0, None
    for number, cells in enumerate(reader, 1):
        if not any(cells) or (names is None and cells[0].startswith(_DECLARED)):
            continue
        if names is None:
            names = _named([cell.strip() for cell in cells], known)
        else:
            yield _row(number, cells, names, known, comma=separator != ",")
    if names is None:
        raise BadFile(f"the file is empty: its first row names the columns, of {', '.join(known)}")


def _separator(text: io.TextIOWrapper) -> str:
    """What stands between the names of the columns."""
    start = text.tell()
    first = text.readline()
    if first.startswith(_DECLARED):
        first = text.readline()
    text.seek(start)
    return max(_SEPARATORS, key=first.count)


def _named(names: list[str], known: Mapping[str, Column]) -> list[str]:
    """The header, checked."""
    while names and not names[-1]:
        names.pop()
    if strange := [name for name in names if name not in known]:
        raise BadFile(f"row 1 has columns that mean nothing here: {_some(strange)}; there are: {', '.join(known)}")
    if twice := {name for name, times in Counter(names).items() if times > 1}:
        raise BadFile(f"row 1 has columns twice: {', '.join(sorted(twice))}; remove one of each")
    for name in names:
        whole = known[name].inside
        parts = [other for other, column in known.items() if whole is not None and column.inside == whole]
        if missing := [other for other in parts if other not in names]:
            raise BadFile(f"row 1 has {name} without {', '.join(missing)}: add these columns, empty if need be")
    return names


def _some(names: Sequence[str]) -> str:
    """The first of them, and of each the beginning: a file may have a million columns."""
    shown = ", ".join(repr(name[:SHOWN_CHARACTERS]) for name in names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"


def _row(number: int, cells: list[str], names: list[str], known: Mapping[str, Column], *, comma: bool) -> Row:
    fields: dict[str, Any] = {}
    problems = []
    if any(cells[len(names) :]):
        problems.append(Problem(number, names[-1], "more cells than columns: put what has a separator in it in quotes"))
    cells += [""] * (len(names) - len(cells))
    for name, cell in zip(names, cells, strict=False):
        try:
            _put(fields, known[name], known[name].value(cell, comma=comma))
        except ValueError as error:
            problems.append(Problem(number, name, str(error)))
    for whole in {column.inside for column in known.values() if column.inside in fields}:
        if all(column.of(fields) == column.empty for column in known.values() if column.inside == whole):
            fields[whole] = None
    return Row(number, fields, tuple(problems))


def _put(fields: dict[str, Any], column: Column, value: Any) -> None:
    if column.inside is None:
        fields[column.name] = value
    else:
        fields.setdefault(column.inside, {})[column.part] = value
