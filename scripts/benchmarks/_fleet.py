"""Many chargers, and processes of them.

`python -m scripts.benchmarks._fleet URL FIRST COUNT RATE` is one more process with a fleet: it charges, sends RATE
MeterValues a second in all, obeys what it is told, says "flowing" when they flow and, when it is terminated, how many a
second were answered.
"""

import asyncio
import contextlib
import itertools
import math
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

from api.cli import files
from scripts.benchmarks import _servers
from scripts.benchmarks._charger import Charger

AT_ONCE = 200
"""Chargers that connect together where the storm is not what is measured."""


async def connect(server: _servers.Server, numbers: Sequence[int]) -> list[Charger]:
    """Connect BENCH-n of these numbers, AT_ONCE at a time."""
    return await _together(server, numbers, Charger.connect)


async def arrive(server: _servers.Server, numbers: Sequence[int]) -> list[Charger]:
    """The same, then boot them and report their connectors."""
    return await _together(server, numbers, Charger.connect, Charger.boot, Charger.report)


async def leave(chargers: Sequence[Charger]) -> None:
    """Hang up all of them."""
    await asyncio.gather(*(charger.close() for charger in chargers))


async def _together(
    server: _servers.Server, numbers: Sequence[int], *steps: Callable[[Charger], Awaitable[None]]
) -> list[Charger]:
    files.raise_limit()
    chargers = [Charger(server, f"BENCH-{number}") for number in numbers]
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(charger: Charger) -> None:
        async with turns:
            for step in steps:
                await step(charger)

    await asyncio.gather(*map(one, chargers))
    return chargers


async def flow(chargers: Sequence[Charger], rate: float, seconds: float, took: list[float]) -> None:
    """Send `rate` MeterValues a second in all, evenly and round the chargers; `took` gets the seconds of each."""

    async def one(charger: Charger) -> None:
        before = time.perf_counter()
        await charger.sample()
        took.append(time.perf_counter() - before)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, charger in enumerate(itertools.cycle(chargers)):
            due = number / rate
            if due >= seconds:
                break
            if (wait := begun + due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            group.create_task(one(charger))


@contextlib.contextmanager
def elsewhere(server: _servers.Server, first: int, count: int, rate: float) -> Iterator[None]:
    """A process with the chargers BENCH-`first`...; prints how many MeterValues a second it got answered."""
    numbers = [str(first), str(count), str(rate)]
    command = [sys.executable, "-m", "scripts.benchmarks._fleet", server.url, *numbers]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "flowing\n", "the fleet's process failed"
            yield
        finally:
            process.terminate()
            if rate:
                print(f"  {process.stdout.read().strip()} MeterValues a second flowed")


async def _process(url: str, first: int, count: int, rate: float) -> None:
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    chargers = await arrive(_servers.Server("csms", 0, url), range(first, first + count))
    took: list[float] = []
    if rate:
        await asyncio.gather(*(charger.charge() for charger in chargers))
    begun = time.perf_counter()
    flowing = asyncio.create_task(flow(chargers, rate, math.inf, took)) if rate else None
    print("flowing", flush=True)
    await asked.wait()
    if flowing is not None:
        print(round(len(took) / (time.perf_counter() - begun)))
        flowing.cancel()
    await leave(chargers)


if __name__ == "__main__":
    asyncio.run(_process(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
