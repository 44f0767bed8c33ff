"""Older data is migrated after a backup, newer data is refused, and an interrupted migration changes nothing."""

import re
import sqlite3
from pathlib import Path

import pytest

from csms.storage import connection, errors, schema, schema_v2, schema_v3
from csms.storage.log import Log
from csms.storage.schema_v3 import running
from tests.csms.storage.support import append, noted, payloads


def _add_column(conn: sqlite3.Connection) -> None:
    conn.execute("ALTER TABLE stations ADD COLUMN colour TEXT")


def _fail_half_way(conn: sqlite3.Connection) -> None:
    _add_column(conn)
    raise LookupError("the power went off")


def _columns(directory: Path) -> set[str]:
    conn = connection.reader(directory)
    columns = {row[1] for row in conn.execute("PRAGMA table_info(stations)")}
    conn.close()
    return columns


@pytest.fixture
def old(directory: Path) -> Path:
    with Log.open(directory) as log:
        log.append(append("a", noted("kept")))
    return directory


def test_older_data_is_migrated_and_keeps_its_events(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, _add_column))
    with Log.open(old) as log:
        assert payloads(log, "a") == ["kept"]
        assert schema.version(log.connection) == len(schema.STEPS)
    assert "colour" in _columns(old)


def test_a_copy_of_the_older_data_is_kept(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, _add_column))
    Log.open(old).close()
    before = len(schema.STEPS) - 1
    copy = sqlite3.connect(old / f"csms.sqlite3.v{before}")
    assert copy.execute("SELECT count(*) FROM events").fetchone() == (1,)
    assert copy.execute("PRAGMA user_version").fetchone() == (before,)
    copy.close()


def test_a_new_database_needs_no_copy(old: Path) -> None:
    assert not list(old.glob("*.v*"))


def test_an_interrupted_migration_leaves_the_data_as_it_was(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(schema, "STEPS", (*schema.STEPS, _fail_half_way))
        with pytest.raises(LookupError):
            Log.open(old)
    assert "colour" not in _columns(old)
    with Log.open(old) as log:
        assert payloads(log, "a") == ["kept"]


@pytest.mark.parametrize("readonly", [False, True])
def test_newer_data_is_refused(old: Path, readonly: bool) -> None:
    conn = sqlite3.connect(connection.database(old))
    conn.execute("PRAGMA user_version = 99")
    conn.close()
    with pytest.raises(errors.NewerSchema, match="newer version") as refused:
        Log.open(old, readonly=readonly)
    assert (refused.value.found, refused.value.known) == (99, len(schema.STEPS))


def test_reading_older_data_asks_for_its_migration(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, _add_column))
    with pytest.raises(errors.OlderSchema, match="csms serve"):
        Log.open(old, readonly=True)


def test_an_index_that_joined_version_1_late_is_made_where_it_lacks(directory: Path) -> None:
    assert running.READ_MODELS in schema_v3.READ_MODELS
    with Log.open(directory) as log:
        log.connection.execute("DROP INDEX sessions_running")
        for _ in range(2):
            log.connection.execute(running.READ_MODELS)
        found = log.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sessions_running'").fetchone()
    assert found is not None


def test_version_2_has_the_reports_that_a_log_of_version_1_holds(directory: Path) -> None:
    with Log.open(directory) as log:
        log.append(append("charger:CP-01", noted('{"status": "Installed"}')))
        later = schema_v3.READ_MODELS + schema_v3.TABLES
        made = schema_v2.READ_MODELS + schema_v2.REFERENCE + later
        for table in reversed(re.findall(r"CREATE TABLE (\w+)", made)):
            log.connection.execute(f"DROP TABLE {table}")
        for table, column in re.findall(r"ALTER TABLE (\w+) ADD COLUMN (\w+)", made):
            log.connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        log.connection.execute("PRAGMA user_version = 1")
    with Log.open(directory) as log:
        rows = log.connection.execute("SELECT charger_id, action, payload FROM reports").fetchall()
    assert rows == [("CP-01", "Note", '{"status": "Installed"}')]
