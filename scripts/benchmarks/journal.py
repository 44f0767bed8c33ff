"""Appends a second through the journal's actor, by producers that each wait for their own: all on disk when counted.

A meter sample an append, hash-chained, with the session's read model, in commits with synchronous=FULL. Beside it, on
the same disk: SQLite alone that inserts rows of the same size, one and 100 a commit.
"""

import argparse
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

import trio

from actors import runtime
from actors.recording import journal
from csms.storage.log import Log
from scripts.benchmarks import _story

PRODUCERS = (1, 10, 100, 500)
BODY = bytes(100)
TOGETHER = 100


def main() -> None:
    """Measure and print appends a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="a figure and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one round of half a second each")
    given = parser.parse_args()
    seconds, rounds = (0.5, 1) if given.quick else (given.seconds, given.rounds)
    with tempfile.TemporaryDirectory() as folder:
        bare = statistics.median(rows(Path(folder), 1, seconds) for _ in range(rounds))
        together = statistics.median(rows(Path(folder), TOGETHER, seconds) for _ in range(rounds))
        print(f"SQLite alone: {bare:.0f} a second, {TOGETHER} rows a commit: {together:.0f} a second")
        for producers in PRODUCERS:
            rate = statistics.median(trio.run(appends, Path(folder), producers, seconds) for _ in range(rounds))
            beside = f"{rate / bare:.2f} x SQLite alone, {rate / together:.2f} x with {TOGETHER} rows a commit"
            print(f"{producers:3} producers: {rate:6.0f} a second, {beside}", flush=True)


def rows(folder: Path, together: int, seconds: float) -> float:
    """Rows a second that plain SQLite commits, `together` in one transaction."""
    connection = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b BLOB)")
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO t (b) VALUES (?)", [(BODY,)] * together)
        connection.execute("COMMIT")
        count += together
    connection.close()
    return count / (time.perf_counter() - begun)


async def appends(parent: Path, producers: int, seconds: float) -> float:
    """Appends a second that a journal acknowledges to so many producers, each with a session of its own."""
    stays = [_story.Stay(number) for number in range(producers)]
    with tempfile.TemporaryDirectory(dir=parent) as folder, Log.open(Path(folder)) as log:
        log.append_batch([stay.start() for stay in stays])
        spec = runtime.ChildSpec("journal", lambda: journal.Journal(log, _nobody, _nobody))
        async with runtime.System([spec]) as system:
            ref = system.registry.lookup("journal", journal.Journal)
            assert ref is not None
            begun = time.perf_counter()
            with trio.move_on_after(seconds):
                async with trio.open_nursery() as nursery:
                    for stay in stays:
                        nursery.start_soon(produce, ref, stay)
            took = time.perf_counter() - begun
    return sum(stay.version - 1 for stay in stays) / took


async def produce(ref: runtime.Ref[journal.Journal], stay: _story.Stay) -> None:
    """Append one after the other, for ever."""
    while True:
        await journal.append(ref, stay.sample())


def _nobody(*_: object) -> None:
    """Who hears what was appended, and whether it can be."""


if __name__ == "__main__":
    main()
