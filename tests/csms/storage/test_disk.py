"""A full disk: nothing false is acknowledged, what was stays, and appending works again when there is room."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from csms.storage import errors, verify
from csms.storage.log import Appended, Log
from tests.csms.storage.support import NOW, append, noted

BIG = "x" * 3000


def _fill(log: Log) -> int:
    """Append until the disk is full; how many appends were acknowledged."""
    for number in range(100_000):
        result = log.append_batch([append("a", noted(BIG))])[0]
        if not isinstance(result, Appended):
            assert isinstance(result, errors.StorageUnavailable | errors.AppendUnknown), result
            return number
    raise AssertionError("the disk never became full")


def _versions(log: Log) -> list[int]:
    return [stored.version for stored in log.read("a")]


def test_a_full_database_stores_nothing_and_recovers(log: Log) -> None:
    pages = log.connection.execute("PRAGMA page_count").fetchone()[0]
    log.connection.execute(f"PRAGMA max_page_count = {pages + 50}")
    acknowledged = _fill(log)
    assert _versions(log) == [*range(1, acknowledged + 1)]
    with pytest.raises(errors.StorageUnavailable, match="disk space"):
        log.append(append("a", noted(BIG * 10)))
    log.connection.execute("PRAGMA max_page_count = 1000000")
    assert log.append(append("a", noted(BIG), expected=acknowledged)).first.version == acknowledged + 1
    log.checkpoint(NOW)
    assert list(verify.findings(log.connection)) == []


def test_every_append_of_a_batch_that_did_not_fit_is_told_so(log: Log) -> None:
    pages = log.connection.execute("PRAGMA page_count").fetchone()[0]
    log.connection.execute(f"PRAGMA max_page_count = {pages + 20}")
    results = log.append_batch([append("a", noted(BIG)) for _ in range(100)])
    assert {type(result) for result in results} == {errors.StorageUnavailable}
    assert _versions(log) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("mounting a small file system needs root")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_loses_nothing_that_was_acknowledged(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    with Log.open(small_disk / "data") as log:
        ballast.write_bytes(bytes(200_000))
        acknowledged = _fill(log)
        assert _versions(log)[:acknowledged] == [*range(1, acknowledged + 1)]
        ballast.unlink()
        log.append(append("a", noted("there is room again")))
    with Log.open(small_disk / "data") as log:
        assert len(_versions(log)) >= acknowledged + 1
        assert list(verify.findings(log.connection)) == []


def test_a_directory_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(errors.StorageUnavailable, match="file"):
        Log.open(tmp_path / "file" / "data")
