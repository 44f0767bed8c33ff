"""A copy made beside a running server restores to what was there at one moment."""

import errno
import stat
import tarfile
import threading
from pathlib import Path

import pytest

from csms.pki import store
from csms.storage import archive, backup, connection, errors, verify
from csms.storage.log import Log
from csms.storage.reference import firmware
from tests.csms.storage.support import Teller, append, at, noted, payloads, started


def test_a_backup_made_while_serving_restores_consistently(log: Log, directory: Path, tmp_path: Path) -> None:
    done = threading.Event()
    copies = [tmp_path / f"copy-{number}.tar" for number in range(3)]

    def serve() -> None:
        while not done.is_set():
            log.append(append("a", noted()))

    server = threading.Thread(target=serve)
    server.start()
    try:
        for copy in copies:
            backup.backup(directory, copy)
    finally:
        done.set()
        server.join()
    for copy in copies:
        backup.restore(copy, tmp_path / "restored")
        with Log.open(tmp_path / "restored") as restored:
            assert [stored.version for stored in restored.read("a")] == [*range(1, restored.head("a").version + 1)]
            assert list(verify.findings(restored.connection)) == []


def test_a_backup_that_fails_leaves_nothing(
    log: Log, directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(errors.StorageUnavailable, match="No space left"):
            backup.backup(directory, tmp_path / "copies.tar")
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(("copies", ".backup"))]


def test_a_restore_brings_back_what_was_saved(log: Log, teller: Teller, directory: Path, tmp_path: Path) -> None:
    teller.stay("s1")
    assert backup.backup(directory, tmp_path / "copy.tar") > 0
    teller.stay("s2")
    log.close()
    backup.restore(tmp_path / "copy.tar", directory)
    with Log.open(directory) as restored:
        assert list(restored.streams()) == ["session:s1"]


def test_a_restore_skips_transaction_ids_that_the_lost_part_gave_out(
    log: Log, teller: Teller, directory: Path, tmp_path: Path
) -> None:
    teller.tell("s1", started())
    backup.backup(directory, tmp_path / "copy.tar")
    log.close()
    backup.restore(tmp_path / "copy.tar", directory)
    with Log.open(directory) as restored:
        assert Teller(restored).tell("s2", started()).transaction_id == "1000002"


def test_the_firmware_catalogue_comes_along(log: Log, directory: Path, tmp_path: Path) -> None:
    names = "a" * 64, "b" * 64
    for version, sha256 in enumerate(names):
        fields = {"vendor": "ACME", "model": "M", "version": str(version), "sha256": sha256}
        log.write(firmware.add, fields, at(0))
    log.write(firmware.stored, firmware.every(log.connection)[0].id, 3)
    (directory / firmware.FOLDER).mkdir()
    for name in (*names, "coming-1"):
        (directory / firmware.FOLDER / name).write_text("bin")
    backup.backup(directory, tmp_path / "copy.tar")
    log.close()
    replaced = backup.restore(tmp_path / "copy.tar", directory)
    assert [path.name for path in (directory / firmware.FOLDER).iterdir()] == [names[1]]
    assert replaced is not None
    assert len(list((replaced / firmware.FOLDER).iterdir())) == 3


def keys(directory: Path) -> dict[str, int]:
    """The files of DATA/pki, with their modes."""
    found = (path for path in (directory / "pki").rglob("*") if path.is_file())
    return {path.relative_to(directory / "pki").as_posix(): stat.S_IMODE(path.stat().st_mode) for path in found}


@pytest.fixture
def authority(directory: Path) -> dict[str, int]:
    """Its files, with what was left of one that was being written."""
    own = store.Store(directory / "pki", "Example")
    own.make_server(["localhost"], at(0))
    own.v2g(at(0))
    own.publish(b"list")
    made = keys(directory)
    (directory / "pki" / ".server-rsa.key.77").write_text("half a key")
    return made


def test_keys_come_along_and_nobody_else_can_read_them(
    log: Log, directory: Path, tmp_path: Path, authority: dict[str, int]
) -> None:
    backup.backup(directory, tmp_path / "copy.tar")
    backup.restore(tmp_path / "copy.tar", tmp_path / "restored")
    assert keys(tmp_path / "restored") == authority
    assert {mode for name, mode in authority.items() if name.endswith(".key")} == {0o600}
    assert stat.S_IMODE((tmp_path / "restored" / "pki" / "operator").stat().st_mode) == 0o700
    restored, own = (store.Store(each / "pki", "Example") for each in (tmp_path / "restored", directory))
    assert restored.operator(at(0)).key.private_numbers() == own.operator(at(0)).key.private_numbers()


def test_keys_stay_out_where_that_is_wanted_and_stay_where_they_are(
    log: Log, directory: Path, tmp_path: Path, authority: dict[str, int]
) -> None:
    backup.backup(directory, tmp_path / "copy.tar", keys=False)
    log.close()
    backup.restore(tmp_path / "copy.tar", directory)
    assert keys(directory).keys() >= authority.keys()
    backup.restore(tmp_path / "copy.tar", tmp_path / "restored")
    assert not (tmp_path / "restored" / "pki").exists()


def test_what_a_restore_replaces_is_kept_aside(log: Log, directory: Path, tmp_path: Path) -> None:
    backup.backup(directory, tmp_path / "copy.tar")
    log.append(append("a", noted("replaced")))
    log.close()
    aside = backup.restore(tmp_path / "copy.tar", directory)
    assert aside == directory / "replaced-1"
    with Log.open(aside) as old:
        assert payloads(old, "a") == ["replaced"]
    assert backup.restore(tmp_path / "copy.tar", directory) == directory / "replaced-2"


def test_archives_are_part_of_a_backup(log: Log, teller: Teller, directory: Path, tmp_path: Path) -> None:
    teller.stay("s1")
    log.checkpoint(at(900))
    conn = connection.reader(directory)
    prepared = archive.prepare(conn, directory, at(3600))
    conn.close()
    assert prepared is not None
    log.write(lambda conn: archive.adopt(conn, prepared.file, at(3600)))
    backup.backup(directory, tmp_path / "copy.tar")
    backup.restore(tmp_path / "copy.tar", tmp_path / "restored")
    with Log.open(tmp_path / "restored") as restored:
        assert len(list(restored.read("session:s1"))) == 4


def test_a_restore_refuses_while_a_server_runs(log: Log, directory: Path, tmp_path: Path) -> None:
    backup.backup(directory, tmp_path / "copy.tar")
    with pytest.raises(errors.DataDirectoryLocked):
        backup.restore(tmp_path / "copy.tar", directory)


def test_a_damaged_backup_changes_nothing(log: Log, directory: Path, tmp_path: Path) -> None:
    log.append(append("a", *[noted("x" * 2000) for _ in range(20)]))
    copy = tmp_path / "copy.tar"
    backup.backup(directory, copy)
    log.close()
    content = bytearray(copy.read_bytes())
    content[20_000:30_000] = bytes(10_000)
    copy.write_bytes(content)
    with pytest.raises(errors.BadBackup):
        backup.restore(copy, directory)
    with Log.open(directory) as untouched:
        assert len(payloads(untouched, "a")) == 20


@pytest.mark.parametrize("content", [b"", b"not a tar"])
def test_a_file_that_is_no_backup_is_refused(directory: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "copy.tar").write_bytes(content)
    with pytest.raises(errors.BadBackup, match="csms backup"):
        backup.restore(tmp_path / "copy.tar", directory)


@pytest.mark.parametrize("name", ["../outside", "/outside", "archive/../../outside", "other"])
def test_a_backup_cannot_write_anywhere_else(directory: Path, tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "copy.tar", "w") as tar:
        tar.add(__file__, name)
    with pytest.raises(errors.BadBackup):
        backup.restore(tmp_path / "copy.tar", directory)
    assert not (tmp_path / "outside").exists()


def test_a_backup_that_cannot_be_written_says_so(log: Log, directory: Path, tmp_path: Path) -> None:
    with pytest.raises(errors.StorageUnavailable, match="nowhere"):
        backup.backup(directory, tmp_path / "nowhere" / "copy.tar")


def test_a_backup_is_readable_by_its_owner_only(log: Log, directory: Path, tmp_path: Path) -> None:
    backup.backup(directory, tmp_path / "copy.tar")
    assert (tmp_path / "copy.tar").stat().st_mode & 0o777 == 0o600
