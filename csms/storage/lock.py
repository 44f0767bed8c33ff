"""One writer a data directory: an flock on DATA/csms.lock, held for the life of the process that writes."""

import fcntl
import os
from pathlib import Path
from typing import Self

from csms.storage import errors

NAME = "csms.lock"


class Lock:
    """The right to write in a data directory. The kernel releases it when the process dies, however it dies."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, directory: Path) -> Self:
        """Take the lock. Raises DataDirectoryLocked with the holder's process id."""
        descriptor = os.open(directory / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.pread(descriptor, 20, 0).strip()
            os.close(descriptor)
            raise errors.DataDirectoryLocked(directory, int(text) if text.isdigit() else None) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        return cls(descriptor)

    def release(self) -> None:
        """Give it back; again is harmless. The file stays: removing it would let two processes lock two files."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
