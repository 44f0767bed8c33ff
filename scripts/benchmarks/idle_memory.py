"""Memory of connected chargers that do nothing, each with its socket and its actor, above the empty server's.

Beside it what a connection costs that nobody stands behind: a bare trio-websocket echo's."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from actors.chargers import errands
from scripts.benchmarks import _charger, _fleet, _servers

WARM = 10
"""Chargers that come first, so that what is loaded once is not counted."""
QUIET_S = errands.CONFIGURE_SECONDS + 2
"""After that nothing goes on any more: the server has asked for the configuration and has its answer."""
Come: TypeAlias = Callable[[_servers.Server, Sequence[int]], Awaitable[list[_charger.Charger]]]


def main() -> None:
    """Measure and print kB a charger, ours and a bare connection's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chargers", type=int, default=10_000)
    parser.add_argument("--quick", action="store_true", help="500")
    given = parser.parse_args()
    chargers = 500 if given.quick else given.chargers
    with _servers.ours(chargers + WARM) as server:
        own = asyncio.run(each(server, chargers, _fleet.arrive, QUIET_S))
    with _servers.baseline("echo") as server:
        bare = asyncio.run(each(server, chargers, _fleet.connect, 0))
    print(f"csms (limit 60, goal 45): {own:.1f} kB each")
    print(f"bare trio-websocket echo: {bare:.1f} kB each")
    print(f"csms / echo: {own / bare:.2f}")


async def each(server: _servers.Server, chargers: int, come: Come, quiet_s: float) -> float:
    """Let them come; by how many kB the server's proportional set size has grown, each."""
    guests = await come(server, range(chargers, chargers + WARM))
    empty = server.memory_kb
    guests += await come(server, range(chargers))
    await asyncio.sleep(quiet_s)
    full = server.memory_kb
    print(f"{server.name}: {empty / 1024:.0f} MB, with {chargers} more {full / 1024:.0f} MB", flush=True)
    await _fleet.leave(guests)
    return (full - empty) / chargers


if __name__ == "__main__":
    main()
