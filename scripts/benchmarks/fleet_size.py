"""What a charger costs as the fleet grows: CPU to connect it, to keep it, CPU of its MeterValues, and memory.

Each size on a server of its own, at the same rate of messages in all, from all chargers in turn; ratios are against the
smallest fleet.
"""

import argparse
import asyncio
import statistics
from collections.abc import Awaitable
from typing import NamedTuple

from scripts.benchmarks import _fleet, _servers, idle_memory

SIZES = (100, 1_000, 10_000)


class Pace(NamedTuple):
    """MeterValues a second of the whole fleet; the seconds of a round; and those after which a new fleet is quiet."""

    rate: float
    seconds: float
    rounds: int
    quiet_s: float = idle_memory.QUIET_S


class Cost(NamedTuple):
    """CPU in ms to connect and boot one and to read its configuration, in us to keep one idle for a second, in us a
    MeterValues; memory in kB.
    """

    connect_ms: float
    idle_us: float
    sample_us: float
    memory_kb: float


def main() -> None:
    """Measure and print every cost of every size, and its ratio to that of the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rate", type=float, default=500, help="MeterValues a second")
    parser.add_argument("--seconds", type=float, default=20, help="idle, and of MeterValues, a round")
    parser.add_argument("--rounds", type=int, default=3, help="of being idle and of MeterValues, a fleet")
    parser.add_argument(
        "--quick", action="store_true", help="100 and 300 chargers, one round of 1 second, and not quiet before it"
    )
    given = parser.parse_args()
    sizes = (100, 300) if given.quick else given.sizes
    pace = Pace(given.rate, 1, 1, 0) if given.quick else Pace(given.rate, given.seconds, given.rounds)
    first: Cost | None = None
    for size in sizes:
        with _servers.ours(size) as server:
            cost = asyncio.run(costs(server, size, pace))
        first = first or cost
        figures = zip(Cost._fields, cost, first, strict=True)
        told = [f"{name} {each:.1f} ({each / base:.2f} x)" for name, each, base in figures]
        print(f"{size:6} chargers:", *told, flush=True)


async def costs(server: _servers.Server, size: int, pace: Pace) -> Cost:
    """Of one charger among `size`."""
    cpu, memory = server.cpu_s, server.memory_kb
    chargers = await _fleet.arrive(server, range(size))
    await asyncio.sleep(pace.quiet_s)  # or in large fleets only some configurations would be read by now
    connect = (server.cpu_s - cpu) / size
    grown = (server.memory_kb - memory) / size
    idle = [await _spent(server, asyncio.sleep(pace.seconds)) for _ in range(pace.rounds)]
    await asyncio.gather(*(charger.charge() for charger in chargers))
    samples = []
    for _ in range(pace.rounds):
        took: list[float] = []
        samples.append(await _spent(server, _fleet.flow(chargers, pace.rate, pace.seconds, took)) / len(took))
    await _fleet.leave(chargers)
    still = statistics.median(idle) / pace.seconds / size
    return Cost(connect * 1e3, still * 1e6, statistics.median(samples) * 1e6, grown)


async def _spent(server: _servers.Server, act: Awaitable[object]) -> float:
    """CPU seconds of the server while that goes on."""
    before = server.cpu_s
    await act
    return server.cpu_s - before


if __name__ == "__main__":
    main()
