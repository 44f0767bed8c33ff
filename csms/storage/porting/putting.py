"""Some records of an import into the tables: all or none, or none at all to see what would become of them.

Run in the single writer, as the operation "rows.put" (csms/storage/operations.py); running.py says how many records
come together.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

import msgspec

from csms.porting.report import Password, Problem, Put
from csms.storage import errors, records, staging
from csms.storage.porting import KINDS
from csms.storage.porting.kind import Kind

Outcome: TypeAlias = Literal["added", "changed", "unchanged", "bad"]


def run(conn: sqlite3.Connection, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The same with JSON: {kind, rows: [[number, fields], ...], keep}."""
    done = put(conn, arguments["kind"], arguments["rows"], keep=arguments["keep"])
    told: dict[str, Any] = msgspec.to_builtins(done)
    return told


def put(conn: sqlite3.Connection, name: str, rows: Sequence[tuple[int, dict[str, Any]]], *, keep: bool) -> Put:
    """Add or change every record; kept if `keep` and none of them has a problem."""
    work = _Work(KINDS[name](conn, datetime.now(UTC)))
    with staging.apart() as staged:
        conn.execute("SAVEPOINT file")
        for number, fields in rows:
            work.take(number, fields, staged)
        kept = keep and not work.problems
        if not kept:
            conn.execute("ROLLBACK TO file")
        conn.execute("RELEASE file")
    if kept:
        staging.adopt(staged)
    return work.told(kept=kept)


class _Work:
    """Record after record, each undone where it is bad or changes nothing."""

    def __init__(self, kind: Kind) -> None:
        self.problems: list[Problem] = []
        self._doubts: list[Problem] = []
        self._kind = kind
        self._counts = Counter[Outcome]()
        self._passwords: list[Password] = []
        self._touched: list[str] = []

    def take(self, number: int, fields: dict[str, Any], staged: list[records.Entry]) -> None:
        """Add or change a record."""
        before = len(staged)
        self._kind.conn.execute("SAVEPOINT record")
        try:
            outcome = self._outcome(number, fields)
        except errors.StorageError as error:
            outcome = "bad"
            self.problems.append(self._problem(number, error))
        if outcome in ("bad", "unchanged"):
            self._kind.conn.execute("ROLLBACK TO record")
            del staged[before:]
        self._kind.conn.execute("RELEASE record")
        self._counts[outcome] += 1
        if self._kind.made is not None and outcome in ("added", "changed"):
            self._passwords.append(Password(fields["id"], self._kind.made))

    def told(self, *, kept: bool) -> Put:
        """What became of all."""
        passwords = self._passwords if kept else [Password(each.id, None) for each in self._passwords]
        return Put(
            added=self._counts["added"],
            changed=self._counts["changed"],
            unchanged=self._counts["unchanged"],
            problems=tuple(self.problems),
            doubts=tuple(self._doubts),
            passwords=tuple(passwords),
            touched=tuple(self._touched) if kept else (),
        )

    def _outcome(self, number: int, fields: dict[str, Any]) -> Outcome:
        """What says what is there already changes nothing, nor does another way to say it."""
        kind = self._kind
        kind.made = None
        before = kind.find(fields)
        if before is None:
            kind.add(fields)
            if (doubt := kind.doubt(fields)) is not None:
                self._doubts.append(Problem(number, *doubt))
            return "added"
        if all(name in before and before[name] == value for name, value in fields.items()):
            return "unchanged"
        kind.change(before, fields)
        if kind.find(fields) == before:
            return "unchanged"
        self._touched.append(str(before.get("id")))
        return "changed"

    def _problem(self, number: int, error: errors.StorageError) -> Problem:
        if isinstance(error, errors.InvalidValue):
            return Problem(number, error.field, error.reason)
        return Problem(number, self._kind.key, str(error))
