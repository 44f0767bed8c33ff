"""A consistent copy of a data directory in one file, made beside a running server; and back again.

The file is a tar of the database, of the archives and firmware files that it names, and of DATA/pki with its private
keys, so it is readable by its owner only, as it and they are again when it is restored. What chargers uploaded is left
out. Called by `csms backup` and `csms restore`.
"""

import contextlib
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from pathlib import Path

from csms.storage import connection, errors, lock, schema
from csms.storage.reference import counters, firmware

TRANSACTION_GAP = 1_000_000
"""Transaction ids skipped by a restore: chargers may know ids that the lost part of the log gave out."""

PKI = "pki"
"""Where csms.pki.store keeps authorities, certificates and keys."""

_OF_PKI = re.compile(rf"{PKI}/(?:(?:operator|v2g)/)?[a-z0-9][a-z0-9-]*\.(?:pem|key|crl)")
_MEMBER = re.compile(
    rf"{re.escape(connection.NAME)}|{connection.ARCHIVES}/\d{{6}}\.sqlite3|{firmware.FOLDER}/[0-9a-f]{{64}}"
    rf"|{_OF_PKI.pattern}"
)
_PUBLIC = frozenset({".pem", ".crl"})
"""What others on the machine may read, as it was made: certificates and lists of revoked ones."""


def backup(directory: Path, target: Path, *, keys: bool = True) -> int:
    """Write a copy of `directory` to `target`, which appears only when it is whole. Returns its size in bytes.

    Without `keys` nothing of DATA/pki is in it. Raises StorageUnavailable.
    """
    partial = target.with_name(target.name + ".partial")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.absolute().parent) as scratch:
            copy = Path(scratch) / connection.NAME
            files = _copy_database(directory, copy)
            with open(partial, "wb", opener=_private) as file, tarfile.open(fileobj=file, mode="w") as tar:
                tar.add(copy, connection.NAME)
                for name in [*files, *(_pki(directory) if keys else ())]:
                    tar.add(directory / name, name)
                tar.close()
                file.flush()
                os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        raise errors.StorageUnavailable(f"{target}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):  # the disk that failed may not let us; there is nothing where it went well
            partial.unlink()
    return target.stat().st_size


def restore(source: Path, directory: Path) -> Path | None:
    """Replace what is in `directory` by a backup; what was there moves to the folder that is returned.

    Keys stay where the backup has none.
    Refuses while a server runs. Raises DataDirectoryLocked, NewerSchema, BadBackup.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = lock.Lock.acquire(directory)
    try:
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=directory) as scratch:
            restored = Path(scratch)
            _extract(source, restored)
            _prepare(source, restored)
            replaced = _move_aside(directory, *([PKI] if (restored / PKI).exists() else []))
            for path in restored.iterdir():
                path.rename(directory / path.name)
    finally:
        held.release()
    return replaced


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _copy_database(directory: Path, copy: Path) -> list[str]:
    """Copy the database as it is at one moment; the files that it names, relative to the directory."""
    source = connection.reader(directory)
    target = sqlite3.connect(copy, isolation_level=None)
    try:
        source.backup(target)
        archives = [f"{connection.ARCHIVES}/{row[0]}" for row in target.execute("SELECT file FROM archives")]
        return archives + [name for name in _firmware(target) if (directory / name).exists()]
    except sqlite3.Error as error:
        raise connection.unavailable(error, copy) from error
    finally:
        target.close()
        source.close()


def _pki(directory: Path) -> list[str]:
    """The files of DATA/pki, but for those that are being written."""
    found = (path.relative_to(directory).as_posix() for path in (directory / PKI).rglob("*") if path.is_file())
    return sorted(name for name in found if _OF_PKI.fullmatch(name))


def _firmware(conn: sqlite3.Connection) -> list[str]:
    """The files of the catalogue, each once; older databases have none."""
    if not conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'firmware'").fetchone():
        return []
    here = {each.sha256 for each in firmware.every(conn) if each.size is not None}
    return [f"{firmware.FOLDER}/{name}" for name in sorted(here)]


def _extract(source: Path, restored: Path) -> None:
    try:
        with tarfile.open(source) as tar:
            for member in tar:
                _extract_member(tar, member, restored)
    except tarfile.ReadError as error:
        raise errors.BadBackup(source, "it is damaged, or no backup at all") from error
    except (OSError, tarfile.TarError) as error:
        raise errors.BadBackup(source, str(error)) from error
    if not connection.database(restored).exists():
        raise errors.BadBackup(source, f"it holds no {connection.NAME}")


def _extract_member(tar: tarfile.TarFile, member: tarfile.TarInfo, restored: Path) -> None:
    """Only the files that a backup has, so that no file of another name can be written anywhere."""
    content = tar.extractfile(member) if _MEMBER.fullmatch(member.name) else None
    if content is None:
        raise tarfile.TarError(f"{member.name} does not belong in one")
    path = restored / member.name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with content, open(path, "wb", opener=_private) as file:
        shutil.copyfileobj(content, file)
    if path.suffix in _PUBLIC:
        path.chmod(0o644)


def _prepare(source: Path, restored: Path) -> None:
    """Check the database and skip transaction ids, before anything in the data directory is touched."""
    path = connection.database(restored)
    try:
        conn = connection.writer(restored)
    except errors.StorageUnavailable as error:
        raise errors.BadBackup(source, error.reason) from error
    try:
        schema.check(conn, path)
        problem = conn.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise errors.BadBackup(source, f"its database is damaged: {problem}")
        counters.skip_transaction_ids(conn, TRANSACTION_GAP)
        counters.skip_numbers(conn, TRANSACTION_GAP)
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError as error:
        raise errors.BadBackup(source, str(error)) from error
    finally:
        conn.close()


def _move_aside(directory: Path, *more: str) -> Path | None:
    ours = (connection.NAME, connection.ARCHIVES, firmware.FOLDER, *more)
    old = [directory / name for name in ours if (directory / name).exists()]
    old += [path for suffix in ("-wal", "-shm") if (path := directory / (connection.NAME + suffix)).exists()]
    if not old:
        return None
    number = 1
    while (folder := directory / f"replaced-{number}").exists():
        number += 1
    folder.mkdir(mode=0o700)
    for path in old:
        shutil.move(path, folder / path.name)
    return folder
