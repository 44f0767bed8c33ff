"""What is moved to an empty data directory is the same there, to the byte; and to import it again changes nothing."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from csms import credentials
from csms.domain import events
from csms.storage.log import Log
from csms.storage.porting import KINDS
from csms.storage.porting.running import Format
from csms.storage.reference import chargers, drivers, stations, tokens
from tests.csms.storage.porting import support

FORMATS: tuple[Format, ...] = ("csv", "json")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    """A network with something of everything."""
    with Log.open(tmp_path_factory.mktemp("source")) as log:
        log.write(support.furnish)
        yield log


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Log]:
    with Log.open(tmp_path / "data") as log:
        yield log


def audited(log: Log) -> int:
    return log.head(events.AUDIT_STREAM).version


@pytest.mark.parametrize("form", FORMATS)
def test_a_network_that_was_moved_is_the_same_byte_for_byte(source: Log, empty: Log, form: Format) -> None:
    files = {kind: support.exported(source, kind, form) for kind in KINDS}
    for kind, content in files.items():
        report = support.imported(empty, kind, content, form)
        assert report.rows == report.added + report.changed > 1, "something was moved"
        assert support.exported(empty, kind, form) == content
    assert {kind: support.exported(empty, kind, form) for kind in KINDS} == files
    other: Format = "json" if form == "csv" else "csv"
    assert {kind: support.exported(empty, kind, other) for kind in KINDS} == {
        kind: support.exported(source, kind, other) for kind in KINDS
    }, "whichever way it went"
    before = audited(empty)
    for kind, content in files.items():
        again = support.imported(empty, kind, content, form)
        assert (again.added, again.changed, again.unchanged) == (0, 0, again.rows)
    assert audited(empty) == before


def test_every_field_of_a_row_is_moved_or_stays_for_a_reason(source: Log) -> None:
    stays = {
        "stations": {"revision"},
        "chargers": {"credential", "pending_credentials", "next_security_profile", "revision"},
        "drivers": {"revision"},
        "tokens": {"ref", "registered", "revision"},
    }
    kept = {
        "stations": stations.Station,
        "chargers": chargers.Charger,
        "drivers": drivers.Driver,
        "tokens": tokens.Token,
    }
    for kind, row in kept.items():
        fields = set(row.__struct_fields__)
        assert fields - set(KINDS[kind].fields()) == stays[kind], f"a field of {kind} is new: move it, or say why not"


def test_no_secret_leaves(source: Log) -> None:
    for kind in KINDS:
        for form in FORMATS:
            content = support.exported(source, kind, form)
            assert b"sha256" not in content
            assert support.SECRET.encode() not in content
            assert b"credential" not in content
            assert b"password" not in content


def test_no_cell_is_a_formula(source: Log) -> None:
    for kind in KINDS:
        text = support.exported(source, kind, "csv").decode("utf-8-sig")
        for row in csv.DictReader(io.StringIO(text, newline="")):
            for name, cell in row.items():
                assert name in ("latitude", "longitude") or not cell.startswith(("=", "+", "-", "@")), (kind, cell)


def test_what_nobody_said_is_an_empty_cell(source: Log) -> None:
    assert support.exported(source, "stations", "csv").splitlines()[1] == b"bare,Bare" + b"," * 17
    assert b"BARE" + b"," * 17 in support.exported(source, "chargers", "csv").splitlines()


def test_a_charger_that_needs_a_password_gets_one_that_is_told_once(source: Log, empty: Log) -> None:
    for kind in ("networks", "stations"):
        support.imported(empty, kind, support.exported(source, kind, "csv"))
    content = support.exported(source, "chargers", "csv")
    looked = support.imported(empty, "chargers", content, dry_run=True)
    assert [(each.id, each.password) for each in looked.passwords] == [("CP-01", None)]
    [made] = support.imported(empty, "chargers", content).passwords
    assert made.password is not None
    assert credentials.verify(chargers.get(empty.connection, "CP-01").credential or "", made.password)
    assert support.imported(empty, "chargers", content).passwords == ()
