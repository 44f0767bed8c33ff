"""What an import did, or would do: all of it, and of each of its transactions."""

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with a row, and what to do.

    Rows are counted as spreadsheets do it, where the header is row 1; items of JSON from 1.
    """

    row: int
    field: str
    problem: str


class Password(msgspec.Struct, frozen=True):
    """A password that was made for a charger, shown this once; None where one would be made."""

    id: str
    password: str | None


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the records of one transaction; `touched` are the ids of those that were there and changed."""

    added: int
    changed: int
    unchanged: int
    problems: tuple[Problem, ...] = ()
    doubts: tuple[Problem, ...] = ()
    passwords: tuple[Password, ...] = ()
    touched: tuple[str, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How many records there are, and what becomes of them; `problems` has no room for `more_problems`.

    `doubts` stop nothing: what may not have been meant.
    """

    kind: str
    dry_run: bool
    rows: int
    added: int
    changed: int
    unchanged: int
    problems: tuple[Problem, ...] = ()
    more_problems: int = 0
    doubts: tuple[Problem, ...] = ()
    passwords: tuple[Password, ...] = ()
