"""Damage to any cell of the stored log: verification finds it, and neither it nor a reader falls over it."""

import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from csms.storage import connection, errors, reader, verify
from csms.storage.log import Log
from tests.csms.storage import support

COUNT = int(os.environ.get("FUZZ_COUNT", "500"))
SEED = 16

CELLS = {
    "events": ("seq", "stream", "version", "event_id", "type", "at", "correlation", "causation", "body", "hash"),
    "streams": ("id", "name"),
    "types": ("id", "name", "schema"),
    "checkpoints": ("seq", "events", "digest"),
}
NUMBERS = ("0", "-1", "1", "9", "9223372036854775807", "-9223372036854775808", "1772355600001")
BYTES = ("x''", "x'80'", "x'ff'", "zeroblob(16)", "zeroblob(100000)")
TEXTS = ("''", "'Notified'", "'charger:CP-09'", "CAST(x'ff' AS TEXT)", "CAST(x'00' AS TEXT)", "NULL")
VALUES = {"INTEGER": NUMBERS, "BLOB": BYTES, "TEXT": TEXTS}


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A log with two chargers, a session, types and checkpoints, in which everything may be changed."""
    with Log.open(tmp_path / "data") as log:
        support.Teller(log).stay("s1")
        for number in range(3):
            log.append(support.append("charger:CP-02", support.noted(f"{number}")))
            log.checkpoint(support.NOW)
    support.tamper(tmp_path / "data")
    with closing(sqlite3.connect(connection.database(tmp_path / "data"), isolation_level=None)) as opened:
        opened.execute("PRAGMA foreign_keys = OFF")
        yield opened


def test_whatever_cell_is_changed_it_is_found_and_nothing_falls_over_it(conn: sqlite3.Connection) -> None:
    assert list(verify.findings(conn)) == []
    dice = random.Random(SEED)
    changed = sum(_changed(conn, dice) for _ in range(COUNT))
    assert changed > COUNT / 4
    assert list(verify.findings(conn)) == []


def _changed(conn: sqlite3.Connection, dice: random.Random) -> bool:
    """Change a cell, look, and change it back. False where the database itself refuses the change."""
    table = dice.choice([*CELLS, "events"])
    column = dice.choice(CELLS[table])
    kinds = {name: kind for _, name, kind, *_ in conn.execute(f"PRAGMA table_info({table})")}
    value = dice.choice(VALUES[kinds[column]])
    row, same = dice.choice(conn.execute(f"SELECT rowid, {column} IS {value} FROM {table}").fetchall())
    conn.execute("BEGIN")
    try:
        conn.execute(f"UPDATE {table} SET {column} = {value} WHERE rowid = ?", (row,))
        if not same:
            assert _found(conn), f"{table}.{column} of row {row} became {value}"
            _read(conn)
        return not same
    except sqlite3.IntegrityError:
        return False
    finally:
        conn.execute("ROLLBACK")


def _found(conn: sqlite3.Connection) -> bool:
    try:
        return bool(list(verify.findings(conn)))
    except sqlite3.DatabaseError:  # text that is no UTF-8, which the database finds as it finds a bad page
        return True


def _read(conn: sqlite3.Connection) -> None:
    with suppress(errors.StorageError, sqlite3.DatabaseError):
        for _ in reader.Reader(conn, snapshot=True).read_all():
            pass


@pytest.mark.parametrize("at", [2**63 - 1, -(2**63)])
def test_an_event_whose_time_is_no_time_is_undecodable(conn: sqlite3.Connection, at: int) -> None:
    conn.execute("UPDATE events SET at = ? WHERE seq = 1", (at,))
    with pytest.raises(errors.UndecodableEvent, match="its time is"):
        list(reader.Reader(conn, snapshot=True).read_all())
