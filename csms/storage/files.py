"""Files beside the database: what chargers upload and the firmware that they fetch. Blocking: called in threads.

A file comes in under a name of ours with ".part" behind it, and has its own name only when all of it is on the disk.
Never takes a name from outside.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from csms.storage import errors

PART = ".part"
CHUNK = 256 * 1024


class Kept(NamedTuple):
    """A file that is on the disk; `sha256` in hex, `size` in bytes."""

    sha256: str
    size: int


class Incoming:
    """A file on its way to the disk; all methods raise StorageUnavailable where that is full or broken."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / name
        self._part = folder / (name + PART)
        self._digest = hashlib.sha256()
        self.size = 0
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            raise unavailable(error, folder) from error

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._digest.update(data)
        self.size += len(data)
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            raise unavailable(error, self._part) from error

    def keep(self) -> Kept:
        """Put it in its place; durable when this returns."""
        try:
            os.fsync(self._file)
            self._part.replace(self._path)
            _sync(self._path.parent)
        except OSError as error:
            raise unavailable(error, self._path) from error
        finally:
            self._close()
        return Kept(self._digest.hexdigest(), self.size)

    def drop(self) -> None:
        """Leave nothing behind; after keep() there is nothing to drop."""
        self._close()
        self._part.unlink(missing_ok=True)

    def _close(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)


def remove(folder: Path, name: str) -> None:
    """Remove a file, if it is there."""
    (folder / name).unlink(missing_ok=True)


def rename(folder: Path, old: str, new: str) -> None:
    """Give a file another name, durably. Raises StorageUnavailable."""
    try:
        (folder / old).replace(folder / new)
        _sync(folder)
    except OSError as error:
        raise unavailable(error, folder) from error


def names(folder: Path) -> frozenset[str]:
    """The files that are there, the unfinished ones included."""
    return frozenset(path.name for path in folder.iterdir() if path.is_file()) if folder.exists() else frozenset()


def chunks(path: Path, start: int, end: int) -> Iterator[bytes]:
    """The bytes of a file from `start` up to, not including, `end`. Raises FileNotFoundError."""
    with path.open("rb") as file:
        file.seek(start)
        while start < end and (data := file.read(min(CHUNK, end - start))):
            start += len(data)
            yield data


def unavailable(error: OSError, path: Path) -> errors.StorageUnavailable:
    """What the disk said, with what to do."""
    return errors.StorageUnavailable(f"{path}: {error.strerror or error}", "make room or mend the disk, then try again")


def _sync(folder: Path) -> None:
    """Make a new name in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
