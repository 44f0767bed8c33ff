"""An import from its file to its report. Synchronous: the API runs it in a thread, the command line as it is.

A file of up to `TOGETHER` records is one transaction. A longer one would keep the single writer, and with it every
charger, for too long: it is checked whole first, and nothing is stored if a row is bad; then it is stored in parts,
each a transaction, between which chargers are served. Measured with 100,000 tokens: 16 s of a core, of which a
part takes 0.04 s to check and 0.1 s to store; 5,000 together half a second.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import IO, Any, Literal, Protocol, TypeAlias

import msgspec

from csms.porting import listings, sheets
from csms.porting.errors import BadRows, Halfway
from csms.porting.report import Password, Problem, Put, Report
from csms.porting.sheets import Row
from csms.storage import errors
from csms.storage.porting.kind import Kind

TOGETHER = 5_000
"""Records of one transaction, where these are the whole file."""
PART = 1_000
"""Records of a transaction of a longer file."""
PART_BYTES = 1_000_000
"""Of the records of a transaction as JSON in UTF-8: escaped, that is less than the control socket takes in a line."""
MOST_PROBLEMS = 10_000
"""Problems that are told; the others are counted."""

Format: TypeAlias = Literal["csv", "json"]
Record: TypeAlias = tuple[int, dict[str, Any]]


class Putting(Protocol):
    """Takes records into the tables in one transaction; `keep` False: only sees what would become of them."""

    def __call__(self, kind: str, rows: Sequence[Record], *, keep: bool) -> Put:
        """Raises what a writer raises."""


def run(kind: type[Kind], file: IO[bytes], form: Format, put: Putting, *, dry_run: bool) -> Report:
    """Import a file, which is read twice if it is long. Raises BadFile, BadRows, Halfway, and what `put` raises."""
    with closing(_Rows(kind, file, form)) as rows:
        first, more = _first(rows)
        told = _Told()
        if more is None:
            told.add(put(kind.name, first, keep=not dry_run and not rows.problems))
        else:
            for part in _parts(chain(first, [more], rows)):
                told.add(put(kind.name, part, keep=False))
        told.problems += rows.problems
        report = told.report(kind, rows.count, dry_run=dry_run)
    if report.problems and not dry_run:
        raise BadRows(report)
    if more is None or dry_run:
        return report
    with closing(_Rows(kind, file, form)) as rows:
        return _stored(kind, rows, put)


def form_of(said: Format | None, path: Path | None) -> Format:
    """The format that somebody said, else the one that a file's name ends with, else CSV."""
    return said or ("json" if path is not None and path.suffix.lower() == ".json" else "csv")


def _stored(kind: type[Kind], rows: "_Rows", put: Putting) -> Report:
    """A long file that was checked, part after part."""
    told = _Told()
    for part in _parts(rows):
        done = put(kind.name, part, keep=True)
        if done.problems:
            raise Halfway(part[0][0], done.problems[0])
        told.add(done)
    return told.report(kind, rows.count, dry_run=False)


class _Rows:
    """The records of a file that are good as far as can be said without the tables; `problems` are those of others."""

    def __init__(self, kind: type[Kind], file: IO[bytes], form: Format) -> None:
        self._kind = kind
        read = listings.read(file, kind.fields()) if form == "json" else sheets.read(file, kind.columns)
        self._read = read
        self._rows = read if form == "json" else kind.gathered(read)
        self._seen: dict[tuple[Any, ...], int] = {}
        self.problems: list[Problem] = []
        self.count = 0

    def close(self) -> None:
        """Let the file go, wherever it was."""
        self._read.close()

    def __iter__(self) -> Iterator[Record]:
        return self

    def __next__(self) -> Record:
        while True:
            row = next(self._rows)
            self.count += 1
            problems = row.problems or self._objections(row)
            if not problems:
                return row.number, row.fields
            self.problems += problems

    def _objections(self, row: Row) -> Sequence[Problem]:
        try:
            identity = self._kind.identity(row.fields)
        except errors.InvalidValue as error:
            return [Problem(row.number, error.field, error.reason)]
        first = self._seen.setdefault(identity, row.number)
        if first == row.number:
            return []
        return [Problem(row.number, self._kind.key, f"is in row {first} already: leave one of them")]


class _Told:
    """What became of the records so far."""

    def __init__(self) -> None:
        self._added = self._changed = self._unchanged = 0
        self._passwords: list[Password] = []
        self.problems: list[Problem] = []
        self._doubts: list[Problem] = []

    def add(self, done: Put) -> None:
        """Another transaction."""
        self._added += done.added
        self._changed += done.changed
        self._unchanged += done.unchanged
        self._passwords += done.passwords
        self._doubts += done.doubts[: MOST_PROBLEMS - len(self._doubts)]
        self.problems += done.problems

    def report(self, kind: type[Kind], count: int, *, dry_run: bool) -> Report:
        """All of it, problems in the order of the file."""
        problems = sorted(self.problems, key=lambda problem: problem.row)
        return Report(
            kind=kind.name,
            dry_run=dry_run,
            rows=count,
            added=self._added,
            changed=self._changed,
            unchanged=self._unchanged,
            problems=tuple(problems[:MOST_PROBLEMS]),
            doubts=tuple(self._doubts),
            more_problems=max(0, len(problems) - MOST_PROBLEMS),
            passwords=tuple(self._passwords),
        )


# -- Transactions ------------------------------------------------------------------------------------------------------


def _first(rows: Iterable[Record]) -> tuple[list[Record], Record | None]:
    """As much as one transaction may have, and the record that is too much for it: None if these are all."""
    first, size = list[Record](), 0
    for record in rows:
        size += _size(record)
        if first and (len(first) >= TOGETHER or size > PART_BYTES):
            return first, record
        first.append(record)
    return first, None


def _parts(rows: Iterable[Record]) -> Iterator[list[Record]]:
    """The transactions of a long file."""
    part, size = list[Record](), 0
    for record in rows:
        size += _size(record)
        if part and (len(part) >= PART or size > PART_BYTES):
            yield part
            part, size = [], _size(record)
        part.append(record)
    if part:
        yield part


def _size(record: Record) -> int:
    return len(msgspec.json.encode(record))
