"""Walk the whole log and say where its bytes are not those that were written.

Two walks: every stream's hash chain (csms/storage/chain.py), then the checkpoints, which notice that a stream or its
end is gone (csms/storage/checkpoints.py). Called by `csms log verify` and by doctor; reads only, server or not.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator

import msgspec

from csms.storage import chain, checkpoints, errors, reader, segment


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as it was written; stream "" where no single one is at fault."""

    stream: str
    version: int
    seq: int
    why: str


class Head(msgspec.Struct, frozen=True):
    """The end of the whole log. Noted elsewhere, it proves later that nothing up to `seq` was changed since."""

    seq: int
    digest: bytes
    checkpoint: checkpoints.Checkpoint | None


Progress = Callable[[int], None]
"""Told the number of events walked so far, now and then."""

_REPORT_EVERY = 10_000


def head(conn: sqlite3.Connection) -> Head:
    """The end of the log now."""
    return Head(last_seq(conn), checkpoints.running(conn)[0].digest(), checkpoints.last(conn))


def last_seq(conn: sqlite3.Connection) -> int:
    """The position of the newest event; 0 before the first."""
    row = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return int(row[0]) if row else 0


def findings(
    conn: sqlite3.Connection, noted: tuple[int, bytes] | None = None, progress: Progress | None = None
) -> Iterator[Finding]:
    """Everything that is wrong, in a consistent view of a read-only connection. `noted` is an earlier Head."""
    source = reader.Reader(conn, snapshot=True)
    report = _reporter(progress)
    with source.consistent():
        yield from _strays(conn)
        yield from _chains(conn, source, report)
        yield from _checkpoints(conn, source, noted, report)
    source.close()


def of_stream(conn: sqlite3.Connection, name: str) -> Iterator[Finding]:
    """What is wrong with the chain of one stream."""
    source = reader.Reader(conn, snapshot=True)
    with source.consistent():
        yield from _chain(conn, source, name, source.number(name), lambda: None)
    source.close()


def _chains(conn: sqlite3.Connection, source: reader.Reader, report: Callable[[], None]) -> Iterator[Finding]:
    for name in source.streams():
        number = source.number(name)
        try:
            yield from _chain(conn, source, name, number, report)
        except errors.StorageUnavailable as error:
            yield Finding(name, 0, 0, f"its archive cannot be read: {error.reason}")


def _chain(
    conn: sqlite3.Connection, source: reader.Reader, name: str, number: int, report: Callable[[], None]
) -> Iterator[Finding]:
    before, version, seq = chain.genesis(name), 0, 0
    ends = dict(conn.execute("SELECT version, hash FROM archived WHERE stream = ?", (number,)))
    for part, row in source.rows(number):
        report()
        if row.version != version + 1:
            yield Finding(name, row.version, row.seq, f"versions {version + 1} to {row.version - 1} are missing")
        elif _link(part, before, row) != row.hash:
            yield Finding(name, row.version, row.seq, "its bytes are not those that were written")
        if row.seq <= seq:
            yield Finding(name, row.version, row.seq, "it stands before the version that it follows")
        if ends.pop(row.version, row.hash) != row.hash:
            yield Finding(
                name, row.version, row.seq, "the archive holds another event than the one that was moved there"
            )
        before, version, seq = row.hash, row.version, row.seq
    for missing in ends:
        yield Finding(name, missing, 0, "it was moved to an archive that does not hold it")


def _checkpoints(
    conn: sqlite3.Connection, source: reader.Reader, noted: tuple[int, bytes] | None, report: Callable[[], None]
) -> Iterator[Finding]:
    due = [checkpoints.Checkpoint(*row) for row in conn.execute("SELECT seq, events, at, digest FROM checkpoints")]
    digest, count, seq = checkpoints.begin(b""), 0, 0
    try:
        for _, row in source.all_rows():
            report()
            if row.version < 1:  # the walk along its stream begins at 1, and so does every reader
                yield Finding(source.name(row.stream), row.version, row.seq, "a version below 1 hides it from readers")
            here = [digest.digest()] if noted is not None and row.seq > noted[0] >= seq else []
            while due and due[0].seq < row.seq:
                yield from _compare(due[0], digest.digest(), count)
                digest, count = checkpoints.begin(due.pop(0).digest), 0
            if noted is not None and here:
                yield from _noted(noted, (*here, digest.digest()))
                noted = None
            digest.update(row.hash)
            count, seq = count + 1, row.seq
    except errors.StorageUnavailable as error:
        yield Finding(
            "", 0, seq, f"an archive cannot be read, so checkpoints after this cannot be checked: {error.reason}"
        )
        return
    before = digest.digest()
    for checkpoint in due:
        if checkpoint.seq > seq and (checkpoint.digest, checkpoint.events) == (digest.digest(), count):
            yield Finding("", 0, checkpoint.seq, f"checkpoint: it is of a position beyond {seq}, where the log ends")
        yield from _compare(checkpoint, digest.digest(), count)
        digest, count = checkpoints.begin(checkpoint.digest), 0
    if noted is not None:
        yield from _noted(noted, (before, digest.digest()))


def _compare(checkpoint: checkpoints.Checkpoint, digest: bytes, count: int) -> Iterator[Finding]:
    if (checkpoint.digest, checkpoint.events) != (digest, count):
        why = (
            f"checkpoint: {checkpoint.events} events were noted, {count} are there; some were removed, added or altered"
        )
        yield Finding("", 0, checkpoint.seq, why)


def _noted(noted: tuple[int, bytes], here: Collection[bytes]) -> Iterator[Finding]:
    """`here`: the digests that the position had, before and after a checkpoint that was written at it."""
    if noted[1] not in here:
        yield Finding("", 0, noted[0], "the log up to here is not the one whose head was noted")


def _strays(conn: sqlite3.Connection) -> Iterator[Finding]:
    query = "SELECT seq, stream, version FROM events WHERE stream NOT IN (SELECT id FROM streams)"
    for seq, stream, version in conn.execute(query).fetchall():
        yield Finding(f"#{stream}", version, seq, "its stream is gone")


def _link(part: segment.Segment, before: bytes, row: segment.Row) -> bytes:
    name, schema = part.type(row.type)
    return chain.link(before, row.version, row.event_id, name, schema, row.at, row.correlation, row.causation, row.body)


def _reporter(progress: Progress | None) -> Callable[[], None]:
    walked = 0

    def report() -> None:
        nonlocal walked
        walked += 1
        if progress is not None and walked % _REPORT_EVERY == 0:
            progress(walked)

    return report
