"""One writer a data directory, whoever it is, and none left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from csms.storage import errors
from csms.storage.log import Log

HOLD = "import sys; from pathlib import Path; from csms.storage.lock import Lock; \
Lock.acquire(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"


def test_a_second_writer_is_refused_with_the_holder_and_the_directory(log: Log, directory: Path) -> None:
    with pytest.raises(errors.DataDirectoryLocked) as refused:
        Log.open(directory)
    assert refused.value.pid == os.getpid()
    assert str(directory) in str(refused.value) and str(os.getpid()) in str(refused.value)


def test_readers_need_no_lock(log: Log, directory: Path) -> None:
    Log.open(directory, readonly=True).close()


def test_the_lock_is_free_again_after_close(log: Log, directory: Path) -> None:
    log.close()
    Log.open(directory).close()


def test_a_log_that_cannot_be_opened_leaves_no_lock(directory: Path) -> None:
    directory.mkdir()
    (directory / "csms.sqlite3").write_bytes(b"this is no database" * 100)
    with pytest.raises(errors.StorageUnavailable, match="no database"):
        Log.open(directory)
    (directory / "csms.sqlite3").unlink()
    Log.open(directory).close()


def test_a_killed_process_holds_nothing(directory: Path) -> None:
    directory.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(errors.DataDirectoryLocked) as refused:
            Log.open(directory)
        assert refused.value.pid == holder.pid
        holder.kill()
        holder.wait()
    Log.open(directory).close()
