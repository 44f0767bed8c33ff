"""Everything that can go wrong with the data directory.

StorageError
├── WrongExpectedVersion   somebody else appended first: read the stream again and decide again
├── Fenced                 a newer connection of the charger took over: stop writing
├── InvalidAppend          the append itself cannot be stored: a programming error or a conflict of keys
├── AppendUnknown          the commit may or may not have happened: read again, never assume
├── StorageUnavailable     disk full, I/O error, read-only: nothing was stored, try again later
├── DataDirectoryLocked    another process holds the data directory
├── NewerSchema            a newer version of this program wrote the data
├── OlderSchema            the data awaits migration, which only a writer can do
├── BadBackup              the file is no backup, or a damaged one
├── ChainBroken            the stored bytes of a stream are not those that were written
├── UndecodableEvent       an event of a type or schema that this program does not know
├── NotFound               no such row in a reference table
├── AlreadyExists          the key is taken
├── InvalidValue           a field of a reference row is not acceptable
│   └── BadCursor          the cursor of a list is none of its own
└── RevisionMismatch       the row was changed since it was read (If-Match)
"""

from pathlib import Path


class StorageError(Exception):
    """Base of every error that csms.storage raises on purpose."""


class WrongExpectedVersion(StorageError):
    """The stream is not at the expected version; read it again and decide again."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        self.stream, self.expected, self.actual = stream, expected, actual
        super().__init__(f"stream {stream} is at version {actual}, not {expected}: read it again and decide again")


class Fenced(StorageError):
    """A newer connection of this charger claimed it; the holder of `epoch` must stop writing."""

    def __init__(self, charger_id: str, epoch: int, current: int) -> None:
        self.charger_id, self.epoch, self.current = charger_id, epoch, current
        super().__init__(
            f"charger {charger_id}: connection {epoch} was superseded by {current}; only the newest may write"
        )


class InvalidAppend(StorageError):
    """The append can never be stored as it is; `reason` says why."""

    def __init__(self, stream: str, reason: str) -> None:
        self.stream, self.reason = stream, reason
        super().__init__(f"stream {stream}: cannot be appended: {reason}")


class AppendUnknown(StorageError):
    """The outcome of a commit is unknown; read the stream again before doing anything else."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the outcome of the commit is unknown ({reason}): read the stream again, never assume")


class StorageUnavailable(StorageError):
    """The data cannot be written (or read) now; nothing was stored. `advice` says what may help."""

    def __init__(self, reason: str, advice: str = "nothing was stored; it may be tried again later") -> None:
        self.reason, self.advice = reason, advice
        super().__init__(f"the data cannot be used: {reason}: {advice}")


class DataDirectoryLocked(StorageError):
    """Another process holds the data directory; `pid` is None when it did not say who it is."""

    def __init__(self, directory: Path, pid: int | None) -> None:
        self.directory, self.pid = directory, pid
        holder = f"process {pid}" if pid else "another process"
        super().__init__(
            f"data directory {directory} is in use by {holder}: stop it, or choose another directory with --data"
        )


class NewerSchema(StorageError):
    """The data was written by a newer version of this program."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        self.path, self.found, self.known = path, found, known
        super().__init__(
            f"{path} has data of version {found}, this program knows up to {known}: "
            "install the newer version, or restore the backup that it made before migrating"
        )


class OlderSchema(StorageError):
    """The data was written by an older version and has not been migrated yet."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        self.path, self.found, self.known = path, found, known
        super().__init__(f"{path} has data of version {found}, not {known}: `csms serve` migrates it when it starts")


class BadBackup(StorageError):
    """A file that cannot be restored; nothing was changed."""

    def __init__(self, path: Path, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(f"{path} cannot be restored: {why}; give a file that `csms backup` wrote")


class ChainBroken(StorageError):
    """The bytes of `stream` at `version` are not those that were written."""

    def __init__(self, stream: str, version: int, why: str) -> None:
        self.stream, self.version, self.why = stream, version, why
        super().__init__(f"stream {stream}, version {version}: {why}")


class UndecodableEvent(StorageError):
    """A stored event cannot be read by this program; `why` says what it lacks."""

    def __init__(self, type: str, schema: int, why: str) -> None:
        self.type, self.schema, self.why = type, schema, why
        super().__init__(f"event {type} of schema {schema}: {why}")


class NotFound(StorageError):
    """There is no `kind` with this key."""

    def __init__(self, kind: str, key: str) -> None:
        self.kind, self.key = kind, key
        super().__init__(f"there is no {kind} {key}: check its spelling or list what exists")


class AlreadyExists(StorageError):
    """There is a `kind` with this key already."""

    def __init__(self, kind: str, key: str) -> None:
        self.kind, self.key = kind, key
        super().__init__(f"{kind} {key} exists already: choose another, or change the existing one")


class InvalidValue(StorageError):
    """`field` of a row is not acceptable; the message says what is."""

    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(f"{field}: {reason}")


class BadCursor(InvalidValue):
    """It is not the cursor of a page of this list."""

    def __init__(self) -> None:
        super().__init__("cursor", "must be the next_cursor of the page before: start again without one")


class RevisionMismatch(StorageError):
    """The row changed since the caller read it."""

    def __init__(self, kind: str, key: str, expected: int, actual: int) -> None:
        self.kind, self.key, self.expected, self.actual = kind, key, expected, actual
        super().__init__(
            f"{kind} {key} is at revision {actual}, not {expected}: somebody changed it; read it again and retry"
        )
