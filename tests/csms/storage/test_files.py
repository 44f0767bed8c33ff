"""Files beside the database: whole and on the disk, or not there."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from csms.storage import errors, files


def test_a_file_has_its_name_when_it_is_whole(tmp_path: Path) -> None:
    incoming = files.Incoming(tmp_path / "uploads", "f1")
    incoming.write(b"one")
    assert files.names(tmp_path / "uploads") == {"f1.part"}
    incoming.write(b"two")
    assert incoming.keep() == (hashlib.sha256(b"onetwo").hexdigest(), 6)
    incoming.drop()
    assert files.names(tmp_path / "uploads") == {"f1"}
    assert (tmp_path / "uploads" / "f1").read_bytes() == b"onetwo"


def test_a_file_that_is_dropped_leaves_nothing(tmp_path: Path) -> None:
    incoming = files.Incoming(tmp_path, "f1")
    incoming.write(b"one")
    incoming.drop()
    assert files.names(tmp_path) == frozenset()


def test_files_are_for_the_server_only(tmp_path: Path) -> None:
    files.Incoming(tmp_path / "uploads", "f1").keep()
    assert (tmp_path / "uploads" / "f1").stat().st_mode & 0o077 == 0
    assert (tmp_path / "uploads").stat().st_mode & 0o077 == 0


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    incoming = files.Incoming(tmp_path, "f1")
    for name in ("write", "fsync"):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, full)
            with pytest.raises(errors.StorageUnavailable, match="No space left"):
                incoming.write(b"one") if name == "write" else incoming.keep()
    incoming.drop()
    assert files.names(tmp_path) == frozenset()


@pytest.mark.parametrize(("start", "end"), [(0, 10), (0, 0), (3, 7), (9, 10), (5, 100)])
def test_any_part_of_a_file_can_be_read(tmp_path: Path, start: int, end: int) -> None:
    (tmp_path / "f1").write_bytes(b"0123456789")
    assert b"".join(files.chunks(tmp_path / "f1", start, end)) == b"0123456789"[start:end]


def test_a_long_file_comes_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "f1").write_bytes(b"x" * (files.CHUNK + 1))
    assert [len(each) for each in files.chunks(tmp_path / "f1", 0, files.CHUNK + 1)] == [files.CHUNK, 1]


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert files.names(tmp_path / "none") == frozenset()
