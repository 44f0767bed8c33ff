"""How large the log is, and how fast it is read: bytes an event, and events a second that fold to sessions.

A meter sample of three values an event, its session's row and all indexes included. Beside the replay, on the same
file: reading every row with nothing but SQLite.
"""

import argparse
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from csms.domain import session
from csms.storage import connection
from csms.storage.log import Log
from scripts.benchmarks import _story

SESSIONS = 100


def main() -> None:
    """Measure and print bytes and events a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="20,000 events, one round")
    given = parser.parse_args()
    count, rounds = (20_000, 1) if given.quick else (given.events, given.rounds)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        print(f"size: {written(data, count):.0f} bytes an event, of {count}")
        bare, folded = [], []
        for _ in range(rounds):
            bare.append(rate(rows, data))
            folded.append(rate(fold, data))
    plain, replayed = statistics.median(bare), statistics.median(folded)
    print(f"rows alone: {plain:.0f} a second")
    print(f"replay: {replayed:.0f} a second, {replayed / plain:.2f} x rows alone")


def written(data: Path, count: int) -> float:
    """Fill a log with samples; the bytes of the database each of them took."""
    with Log.open(data) as log:
        stays = [_story.Stay(number) for number in range(SESSIONS)]
        log.append_batch([stay.start() for stay in stays])
        before = _bytes(log.connection)
        for _ in range(count // SESSIONS):
            log.append_batch([stay.sample() for stay in stays])
        return (_bytes(log.connection) - before) / count


def rate(read: Callable[[Path], int], data: Path) -> float:
    """Events a second that `read` gets through."""
    begun = time.perf_counter()
    return read(data) / (time.perf_counter() - begun)


def rows(data: Path) -> int:
    """Read all and do nothing with it."""
    opened = connection.reader(connection.database(data))
    try:
        return sum(1 for _ in opened.execute("SELECT * FROM events"))
    finally:
        opened.close()


def fold(data: Path) -> int:
    """Decode every event and fold the sessions."""
    states: dict[str, session.Session | None] = {}
    count = 0
    with Log.open(data, readonly=True) as log:
        for stored in log.read_all():
            count += 1
            name = stored.stream
            states[name] = session.evolve(states.get(name), name.partition(":")[2], stored.event, stored.at)
    return count


def _bytes(opened: sqlite3.Connection) -> int:
    pages, size = (opened.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(pages) * int(size)


if __name__ == "__main__":
    main()
