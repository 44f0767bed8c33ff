"""What a server process uses, looked at again and again, and whether it grew. Used by soak.py."""

import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from scripts.benchmarks import _api, _servers

SHARE = 0.03
"""What may be more at the end than at the beginning, of what there was: chance makes it go up and down."""


class Usage(NamedTuple):
    """At one moment; `minute` since the beginning, sizes in kB, `ended` are actors of sessions that nobody runs."""

    minute: float
    memory_kb: int
    files: int
    threads: int
    tasks: int
    sessions: int
    ended: int
    mailbox: int
    stored_kb: int
    wal_kb: int


class Limit(NamedTuple):
    """A figure that must stay as it is, but for SHARE or, where that is less, `least`."""

    name: str
    unit: str
    least: float


LIMITS = (
    Limit("memory_kb", "kB", 2048),
    Limit("files", "file descriptors", 10),
    Limit("threads", "threads", 2),
    Limit("tasks", "tasks", 50),
    Limit("ended", "actors of sessions that have ended", 50),
    Limit("wal_kb", "kB of WAL", 4096),
)


class Growth(NamedTuple):
    """The line through a figure, by least squares: where it begins and ends, its slope a minute, what is allowed."""

    limit: Limit
    first: float
    last: float
    slope: float
    allowed: float

    @property
    def flat(self) -> bool:
        """False when it grew."""
        return self.last - self.first <= self.allowed

    def __str__(self) -> str:
        told = f"{self.limit.unit}: {self.first:.0f} at first, {self.last:.0f} at last, {self.slope:+.2f} a minute"
        return f"{told}: {'flat' if self.flat else 'GREW'} (may be {self.allowed:.0f} more)"


def look(server: _servers.Server, site: _servers.Site, api: _api.Api, minute: float, running: int) -> Usage:
    """Now; `running` is how many sessions the chargers run."""
    lines = api.open("/metrics").read().decode().splitlines()
    metrics = {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}
    process = Path(f"/proc/{server.pid}")
    status = dict(line.split(":\t", 1) for line in process.joinpath("status").read_text().splitlines() if ":\t" in line)
    sizes = {file.name: file.stat().st_size // 1024 for file in site.data.glob("csms.sqlite3*")}
    sessions = int(metrics["csms_session_actors"])
    return Usage(
        minute=minute,
        memory_kb=min(_memory(server)),
        files=len(list(process.joinpath("fd").iterdir())),
        threads=int(status["Threads"]),
        tasks=int(metrics["csms_tasks"]),
        sessions=sessions,
        ended=sessions - running,
        mailbox=int(metrics["csms_mailbox_messages"]),
        stored_kb=sum(sizes.values()),
        wal_kb=sizes.get("csms.sqlite3-wal", 0),
    )


def _memory(server: _servers.Server) -> Iterator[int]:
    """Some moments, for each password that is checked takes 64 MB for one of them."""
    for _ in range(5):
        yield server.memory_kb
        time.sleep(0.2)


def growth(usages: Sequence[Usage], limit: Limit) -> Growth:
    """Of one figure, over two usages or more."""
    minutes = [usage.minute for usage in usages]
    slope, start = statistics.linear_regression(minutes, [getattr(usage, limit.name) for usage in usages])
    first, last = (start + slope * minute for minute in (minutes[0], minutes[-1]))
    return Growth(limit, first, last, slope, max(limit.least, SHARE * first))
