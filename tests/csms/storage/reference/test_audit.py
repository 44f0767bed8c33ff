"""What people change is an event of the same transaction: who, what, before and after."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from csms.domain import events
from csms.storage import errors, staging, verify
from csms.storage.log import Log
from csms.storage.projections import rebuild
from csms.storage.records import New
from csms.storage.reference import api_keys, chargers, stations, tokens, users
from tests.csms.storage.support import NOW, Teller, started


def told(log: Log) -> list[dict[str, Any]]:
    """Everything that the audit says, plainly."""
    changes = [stored.event for stored in log.read(events.AUDIT_STREAM)]
    return [
        {"kind": each.kind, "id": each.id, "by": each.by, "before": each.before, "after": each.after}
        for each in changes
        if isinstance(each, events.ReferenceChanged)
    ]


def test_a_change_is_recorded_with_what_it_was_and_what_it_is(log: Log) -> None:
    log.change(lambda conn: stations.add(conn, {"id": "mall", "name": "City Mall", "city": "Pune"}), "u1")
    log.change(lambda conn: stations.change(conn, "mall", {"city": "Mumbai"}), "u2")
    log.change(lambda conn: stations.remove(conn, "mall"), "u3")
    added, moved, removed = told(log)
    assert (added["by"], added["kind"], added["id"], added["before"]) == ("u1", "station", "mall", {})
    assert added["after"]["city"] == "Pune"
    assert moved == {
        "kind": "station",
        "id": "mall",
        "by": "u2",
        "before": {"city": "Pune"},
        "after": {"city": "Mumbai"},
    }
    assert (removed["by"], removed["before"]["name"], removed["after"]) == ("u3", "City Mall", {})


def test_a_change_that_changes_nothing_is_not_recorded(log: Log) -> None:
    log.write(stations.add, {"id": "mall", "name": "City Mall"})
    log.write(stations.change, "mall", {"name": "City Mall"})
    assert len(told(log)) == 1


def test_secrets_and_names_never_reach_the_log(log: Log) -> None:
    log.write(users.add, {"email": "asha@example.com", "role": "support", "name": "Asha"}, "argon2-of-it")
    log.write(chargers.add, {"id": "CP-1", "evses": [], "security_profile": 1}, "hash-of-the-password")
    log.write(api_keys.add, {"name": "Reporting", "role": "finance"}, NOW)
    token = log.write(tokens.add, {"id_token": "04AABBCCDD"})
    log.write(tokens.change, token.ref, {"blocked": True})
    said = str(told(log))
    for secret in ("asha", "Asha", "argon2-of-it", "hash-of-the-password", "04AABBCCDD", "04aabbccdd"):
        assert secret not in said
    assert told(log)[0]["after"]["role"] == "support"
    assert told(log)[-1]["after"] == {"blocked": 1}


def test_what_only_came_over_the_wire_is_no_change_of_anybodys(log: Log) -> None:
    log.write(tokens.intern, "04AABBCCDD")
    assert told(log) == []


def test_a_change_that_fails_leaves_neither_rows_nor_events(log: Log) -> None:
    def change(conn: sqlite3.Connection) -> None:
        stations.add(conn, {"id": "mall", "name": "City Mall"})
        stations.add(conn, {"id": "mall", "name": "Again"})

    with pytest.raises(errors.AlreadyExists):
        log.write(change)
    assert told(log) == []
    Teller(log).tell("s1", started())
    log.write(stations.add, {"id": "mall", "name": "City Mall"})
    assert [each["id"] for each in told(log)] == ["mall"]


def test_what_is_staged_must_fit_its_stream_or_nothing_happens(log: Log) -> None:
    def change(conn: sqlite3.Connection) -> None:
        stations.add(conn, {"id": "mall", "name": "City Mall"})
        staging.stage("system", New(events.AlertRaised(kind="test", subject="x")), expected=7)

    with pytest.raises(errors.WrongExpectedVersion):
        log.write(change)
    assert log.connection.execute("SELECT count(*) FROM stations").fetchone() == (0,)
    assert log.head("system").version == 0


def test_staged_events_are_chained_counted_and_folded_like_all_others(log: Log, tmp_path: Path) -> None:
    Teller(log).tell("s1", started())
    log.write(stations.add, {"id": "mall", "name": "City Mall"})
    Teller(log).tell("s2", started())
    log.checkpoint(NOW)
    with Log.open(log.directory, readonly=True) as reading:
        assert list(verify.findings(reading.connection)) == []
        assert list(rebuild.diff(reading.connection)) == []
        assert reading.connection.execute("SELECT kind, subject, by FROM audit").fetchall() == [
            ("station", "mall", "system")
        ]


def test_staging_outside_of_a_write_is_a_mistake() -> None:
    with pytest.raises(LookupError):
        staging.stage("system", New(events.AlertRaised(kind="test", subject="x")))
