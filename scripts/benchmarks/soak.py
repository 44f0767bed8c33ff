"""Thousands of chargers charge, rest, vanish and come back for half an hour: what the server uses must not grow.

Beside them people look around, follow events and give commands. Every so often the server process is looked at: memory,
file descriptors, threads, tasks, actors, mailboxes, CPU, and the database, which alone may grow. After a warm-up, in
which rings and caches fill, each figure's line by least squares must be flat. Exit code 1 when one is not, or when a
charger was ever refused, disconnected or answered with an error.
"""

import argparse
import asyncio
import math
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from api.cli import files
from csms.storage import control
from scripts.benchmarks import _api, _fleet, _life, _servers, _usage, _visitors

SHOWN = " minute  memory MB  files threads  tasks sessions (ended) waiting  msg/s  CPU ms/msg  p99 ms  B/msg  WAL MB"


class Plan(NamedTuple):
    """How many chargers, for how long in minutes, how much of that warms up, and seconds between looks."""

    chargers: int
    minutes: float
    warm_up: float
    every_s: float
    pace: _life.Pace


def main() -> None:
    """Soak, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chargers", type=int, default=2_000)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--warm-up", type=float, help="minutes before the figures count; a third if not given")
    parser.add_argument("--every", type=float, default=30, help="seconds between looks")
    parser.add_argument("--sample", type=float, default=5, help="seconds between the MeterValues of a session")
    parser.add_argument("--quick", action="store_true", help="50 chargers for 2 seconds, which proves nothing")
    given = parser.parse_args()
    warm_up = given.minutes / 3 if given.warm_up is None else given.warm_up
    plan = Plan(given.chargers, given.minutes, warm_up, given.every, _life.Pace(given.sample, 120, 60))
    if given.quick:
        plan = Plan(50, 2 / 60, 0, 1, _life.Pace(0.2, 1, 0.5))
    files.raise_limit()
    tally = _life.Tally()
    with _servers.site(plan.chargers) as site, _servers.serving(site) as server:
        with ThreadPoolExecutor(8) as threads:  # together, so that they share commits
            list(threads.map(lambda number: _add_token(site, number), range(plan.chargers)))
        with _visitors.visiting(server, plan.chargers):
            usages = asyncio.run(soak(server, site, plan, tally))
    print(f"{tally.messages} messages, {tally.sessions} sessions, {tally.returns} connections again")
    grown = [] if given.quick else judged([usage for usage in usages[1:] if usage.minute >= plan.warm_up])
    for failure in tally.failures[:10]:
        print(f"FAILED: {failure}")
    sys.exit(1 if tally.failures or grown else 0)


def _add_token(site: _servers.Site, number: int) -> None:
    control.ask(site.data, "token.add", {"id_token": _life.token(number)})


def judged(usages: Sequence[_usage.Usage]) -> list[_usage.Growth]:
    """Print every figure's growth; those that grew."""
    growths = [_usage.growth(usages, limit) for limit in _usage.LIMITS]
    print(*growths, sep="\n")
    return [growth for growth in growths if not growth.flat]


async def soak(server: _servers.Server, site: _servers.Site, plan: Plan, tally: _life.Tally) -> list[_usage.Usage]:
    """Let them live, and look at the server."""
    over, turns = asyncio.Event(), asyncio.Semaphore(_fleet.AT_ONCE)
    async with asyncio.TaskGroup() as group:
        try:
            for number in range(plan.chargers):
                group.create_task(_life.Life(server, number, plan.pace, tally, turns).run(over))
            return await _looks(server, site, plan, tally)
        finally:
            over.set()


async def _looks(server: _servers.Server, site: _servers.Site, plan: Plan, tally: _life.Tally) -> list[_usage.Usage]:
    api = await asyncio.to_thread(_api.Api, server)
    print(SHOWN, flush=True)
    begun = time.monotonic()
    usages = [await asyncio.to_thread(_usage.look, server, site, api, 0, 0)]
    before = _Spent(0, server.cpu_s)
    for number in range(1, math.ceil(plan.minutes * 60 / plan.every_s) + 1):
        await asyncio.sleep(begun + number * plan.every_s - time.monotonic())
        minute = (time.monotonic() - begun) / 60
        usages.append(await asyncio.to_thread(_usage.look, server, site, api, minute, tally.open))
        spent = _Spent(tally.messages, server.cpu_s)
        print(_row(usages[-2], usages[-1], spent.since(before), tally.took), flush=True)
        before = spent
        tally.took.clear()
    return usages


class _Spent(NamedTuple):
    """Messages that were answered, and CPU seconds of the server."""

    messages: int
    cpu_s: float

    def since(self, before: "_Spent") -> "_Spent":
        return _Spent(self.messages - before.messages, self.cpu_s - before.cpu_s)


def _row(before: _usage.Usage, now: _usage.Usage, spent: _Spent, took: Sequence[float]) -> str:
    """One look, and what went on since the one `before`; nothing at all may have been answered."""
    messages = spent.messages or math.nan
    rate, cpu_ms = messages / (now.minute - before.minute) / 60, 1000 * spent.cpu_s / messages
    p99 = 1000 * sorted(took)[len(took) * 99 // 100] if took else math.nan
    size = 1024 * (now.stored_kb - before.stored_kb) / messages
    of_process = f"{now.minute:7.1f} {now.memory_kb / 1024:10.1f} {now.files:6} {now.threads:7} {now.tasks:6}"
    of_actors = f"{now.sessions:8} {now.ended:7} {now.mailbox:7}"
    return f"{of_process} {of_actors} {rate:6.0f} {cpu_ms:11.2f} {p99:7.0f} {size:6.0f} {now.wal_kb / 1024:7.1f}"


if __name__ == "__main__":
    main()
