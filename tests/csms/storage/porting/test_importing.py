"""Imports of files that people wrote: what is wrong with them is told row by row, and nothing is half done."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from csms.domain import events
from csms.porting.errors import BadRows, Halfway
from csms.porting.report import Problem
from csms.storage.log import Log
from csms.storage.porting import KINDS, putting, running
from csms.storage.reference import assignments, drivers, stations, tariffs, tokens, users
from tests.csms.storage.porting import support
from tests.csms.storage.porting.support import imported


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    """A network with something of everything, which nobody changes."""
    with Log.open(tmp_path_factory.mktemp("source")) as log:
        log.write(support.furnish)
        yield log


def problems(log: Log, kind: str, records: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    report = imported(log, kind, json.dumps(records), "json", dry_run=True)
    return [(each.row, each.field, each.problem) for each in report.problems]


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("networks", {"id": "a b", "name": "N"}, "id", "letters, digits"),
    ("networks", {"name": "N"}, "id", "is missing"),
    ("stations", {"id": "s1"}, "name", "missing"),
    ("stations", {"id": "s2", "name": "S", "network_id": "nowhere"}, "network_id", "no network nowhere: add it first"),
    ("stations", {"id": "m3", "name": "M", "time_zone": "Mars/One"}, "time_zone", "not an IANA time zone"),
    (
        "stations",
        {"id": "m4", "name": "M", "coordinates": {"latitude": 91, "longitude": 1}},
        "coordinates.latitude",
        "90",
    ),
    ("stations", {"id": "m5", "name": "M", "facilities": ["CASINO"]}, "facilities[0]", "Invalid enum value"),
    ("stations", {"id": 7, "name": "S"}, "id", "is missing"),
    ("chargers", {"id": "C6", "station_id": "nowhere"}, "station_id", "no station nowhere"),
    ("chargers", {"id": "C7", "evses": [{"id": 1, "connectors": []}]}, "evses[0].connectors", "length >= 1"),
    ("chargers", {"id": "C8", "connectors": [{"id": 1}, {"id": 1}]}, "evses", "same id"),
    ("chargers", {"id": "C9", "security_profile": 4}, "security_profile", "<= 3"),
    ("chargers", {"id": "C10", "quirks": ["whistles"]}, "quirks", "no quirk whistles"),
    ("chargers", {"id": "C11", "decommissioned_at": "yesterday"}, "decommissioned_at", "RFC3339"),
    ("groups", {"id": "G"}, "name", "missing"),
    ("drivers", {"email": "nobody"}, "email", "an email address"),
    ("drivers", {"email": "12@example.com", "group_id": "NOBODY"}, "group_id", "NOBODY"),
    ("drivers", {"id": "../x", "email": "13@example.com"}, "id", "letters, digits"),
    ("drivers", {"id": ["x"], "email": "b@example.com"}, "id", "must be text"),
    ("tokens", {"id_token": ""}, "id_token", "is missing"),
    ("tokens", {"id_token": "T14", "valid_to": "2026-01-01"}, "valid_to", "RFC3339"),
    ("tokens", {"id_token": "T15", "valid_to": "0001-01-01T00:00:00Z"}, "valid_to", "between the years"),
    ("tokens", {"id_token": "T16", "limits": {"sessions": 0}}, "limits.sessions", ">= 1"),
    (
        "tokens",
        {"id_token": "T", "limits": {"month_amount": {"amount": "-1", "currency": "INR"}}},
        "limits",
        "more than 0",
    ),
    ("tariffs", {**support.TARIFF, "id": "t", "currency": "XXY"}, "currency", "XXY"),
    ("tariffs", {**support.TARIFF, "id": "t", "from_at": "2020-01-01T00:00:00Z"}, "id", "no tariff t"),
    ("tariffs", {"id": "city", "from_at": "2020-01-01T00:00:00Z", "elements": []}, "from_at", "is over"),
    ("assignments", {"place": "moon", "subject": "s", "tariff_id": "city"}, "place", "must be one of"),
    ("assignments", {"place": "station", "subject": "s", "tariff_id": "city"}, "subject", "no station s"),
    ("assignments", {"place": "connector", "subject": "CP-01/9", "tariff_id": "city"}, "subject", "no connector 9"),
    ("assignments", {"place": "station", "subject": "bare", "tariff_id": ["city"]}, "tariff_id", "must be text"),
    ("assignments", {"place": "station", "subject": "mall", "tariff_id": "none"}, "tariff_id", "no tariff none"),
]


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_bad_row_is_told_with_its_field_and_nothing_changes(furnished: Log, kind: str) -> None:
    rows = [(record, field, said) for of, record, field, said in BAD if of == kind]
    before = furnished.head(events.AUDIT_STREAM)
    told = problems(furnished, kind, [record for record, _, _ in rows])
    assert [(row, field) for row, field, _ in told] == [(row, field) for row, (_, field, _) in enumerate(rows, 1)]
    for (_, _, problem), (_, _, said) in zip(told, rows, strict=True):
        assert said in problem
    assert furnished.head(events.AUDIT_STREAM) == before


def test_a_bad_row_takes_all_others_with_it(log: Log) -> None:
    with pytest.raises(BadRows, match=r"1 row is not acceptable, so nothing was imported; the first is row 3: name:"):
        imported(log, "stations", "id,name\nmall,Mall\npark,\n")
    assert stations.every(log.connection) == []
    assert not log.head(events.AUDIT_STREAM).version


def test_so_does_a_row_that_cannot_even_be_read(log: Log) -> None:
    with pytest.raises(BadRows, match="row 3: published: must be true or false"):
        imported(log, "stations", "id,name,published\nmall,Mall,yes\npark,Park,perhaps\n")
    assert stations.every(log.connection) == []


def test_each_row_that_changes_something_is_one_entry_of_the_audit(log: Log) -> None:
    imported(log, "stations", "id,name,city\nmall,Mall,Pune\npark,Park,Pune\n")
    report = imported(log, "stations", "id,name,city\nmall,Mall,Pune\npark,Park,Mumbai\neast,East,\n")
    assert (report.added, report.changed, report.unchanged) == (1, 1, 1)
    entries = [stored.event for stored in log.read(events.AUDIT_STREAM)]
    assert [(each.id, each.before) for each in entries if isinstance(each, events.ReferenceChanged)] == [
        ("mall", {}),
        ("park", {}),
        ("park", {"city": "Pune"}),
        ("east", {}),
    ]
    assert stations.get(log.connection, "mall").revision == 1


def test_another_way_to_say_the_same_is_no_change(log: Log) -> None:
    log.write(support.furnish)
    before, revision = log.head(events.AUDIT_STREAM), tokens.find(log.connection, "04A1B2C3")
    same = {"id_token": "04a1b2c3", "valid_from": "2026-01-01T01:00:00.500+01:00"}
    report = imported(log, "tokens", json.dumps([same]), "json")
    assert (report.unchanged, tokens.find(log.connection, "04A1B2C3")) == (1, revision)
    tariff = {"id": "free", "tax_included": False, "valid_to": "2099-01-01T02:00:00+02:00"}
    assert imported(log, "tariffs", json.dumps([tariff]), "json").unchanged == 1
    assert tariffs.get(log.connection, "free").version == 1
    assert log.head(events.AUDIT_STREAM) == before


def test_what_a_file_has_no_column_for_stays(log: Log) -> None:
    log.write(support.furnish)
    before = stations.get(log.connection, "mall")
    imported(log, "stations", "id,city\nmall,Pune\n")
    after = stations.get(log.connection, "mall")
    assert (after.city, after.name, after.contact) == ("Pune", before.name, before.contact)


def test_drivers_without_an_id_are_found_by_email(log: Log) -> None:
    people = "email,name\nasha@example.com,Asha\nben@example.com,Ben\n"
    assert imported(log, "drivers", people).added == 2
    assert imported(log, "drivers", people.replace("Ben\n", "Ben Rao\n")).changed == 1
    staff = log.write(users.add, {"email": "sam@example.com", "role": "admin"})
    with pytest.raises(BadRows, match="exists already"):
        imported(log, "drivers", "email\nsam@example.com\n")
    with pytest.raises(BadRows, match="exists already"):
        imported(log, "drivers", f"id,email\n{staff.id},other@example.com\n")
    assert users.get(log.connection, staff.id) == staff
    assert len(drivers.some(log.connection, "", 9)) == 2


def test_a_row_may_come_once_only(log: Log) -> None:
    report = imported(log, "tokens", "id_token\nTAG\nother\ntag\n", dry_run=True)
    assert report.problems == (Problem(4, "id_token", "is in row 2 already: leave one of them"),)


def test_zeros_that_a_spreadsheet_cut_are_asked_about_and_stop_nothing(log: Log) -> None:
    imported(log, "tokens", "id_token\n00042\n0043\n")
    report = imported(log, "tokens", "id_token\n42\n0043\n77\n")
    assert (report.added, report.problems) == (2, ())
    [doubt] = report.doubts
    assert (doubt.row, doubt.field, "00042 is there" in doubt.problem) == (2, "id_token", True)


def test_an_assignment_without_a_tariff_takes_it_away_from_now_on(log: Log) -> None:
    log.write(support.furnish)
    imported(log, "assignments", "place,subject,tariff_id\ncharger,CP-01,\nnetwork,south,free\n")
    text = support.exported(log, "assignments", "csv").decode()
    assert "charger,CP-01" not in text
    assert "network,south,free," in text
    known = assignments.of_place(log.connection, "network", "south")
    assert [each.tariff_id for each in known] == ["city", "free"], "what held before is kept"


# -- Long files --------------------------------------------------------------------------------------------------------


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "TOGETHER", 4)
    monkeypatch.setattr(running, "PART", 2)


TAGS = "id_token\n" + "".join(f"TAG-{number}\n" for number in range(7))


def count(log: Log) -> int:
    return int(log.connection.execute("SELECT count(*) FROM tokens").fetchone()[0])


@pytest.mark.usefixtures("_short")
def test_a_long_file_is_checked_whole_before_any_of_it_is_stored(log: Log) -> None:
    with pytest.raises(BadRows):
        imported(log, "tokens", TAGS + "TAG-8\n\ntag-1\n")
    assert count(log) == 0
    assert imported(log, "tokens", TAGS, dry_run=True).added == 7
    assert count(log) == 0
    assert (imported(log, "tokens", TAGS).added, count(log)) == (7, 7)


@pytest.mark.usefixtures("_short")
def test_what_becomes_unacceptable_meanwhile_stops_it_where_it_is_and_it_goes_on_when_sent_again(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = putting.put

    def meddling(*arguments: Any, keep: bool) -> Any:
        if keep and count(log) == 4:
            log.connection.execute("UPDATE users SET email_folded = 'p-5@example.com' WHERE email = 'sam@example.com'")
        return put(*arguments, keep=keep)

    log.write(users.add, {"email": "sam@example.com", "role": "admin"})
    people = "email\n" + "".join(f"p-{number}@example.com\n" for number in range(7))
    monkeypatch.setattr(putting, "put", meddling)
    monkeypatch.setattr(
        "tests.csms.storage.porting.test_importing.count", lambda log: len(drivers.some(log.connection, "", 9))
    )
    with pytest.raises(Halfway, match=r"row 7 became unacceptable .*what stands before row 6 is stored"):
        imported(log, "drivers", people)
    assert len(drivers.some(log.connection, "", 9)) == 4
    monkeypatch.undo()
    log.connection.execute("UPDATE users SET email_folded = email")
    report = imported(log, "drivers", people)
    assert (report.unchanged, report.added) == (4, 3)


def test_a_file_of_large_records_comes_in_smaller_parts(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PART_BYTES", 250)
    sizes = []
    put = putting.put

    def counting(conn: Any, kind: str, rows: Any, *, keep: bool) -> Any:
        sizes.append((len(rows), keep))
        return put(conn, kind, rows, keep=keep)

    monkeypatch.setattr(putting, "put", counting)
    imported(log, "stations", "id,name,directions\n" + "".join(f"s{n},S,{'x' * 90}\n" for n in range(4)))
    assert sizes == [(1, False)] * 4 + [(1, True)] * 4 or sizes == [(2, False), (2, False), (2, True), (2, True)]
