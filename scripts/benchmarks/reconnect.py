"""Everybody comes back after a restart of the server: the time until every charger is booted and accepted.

Security profile 1 with generated keys; the server has read their configuration before, as it does only once. All
connect at the same moment; measured without a limit of handshakes a second and with the default one, which makes it
longer so that what else the server does goes on. Beside it what it costs a bare trio-websocket echo, which looks nobody
up, to let them in.
"""

import argparse
import asyncio
import statistics
import time
from dataclasses import fields

from api.cli import files
from csms import config
from scripts.benchmarks import _charger, _fleet, _servers, idle_memory


def main() -> None:
    """Measure and print seconds from the first SYN to the accepted boot of the last, and of the median charger."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chargers", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3, help="restarts without the limit; there is one with it")
    parser.add_argument("--quick", action="store_true", help="500, one restart")
    given = parser.parse_args()
    chargers = 500 if given.quick else given.chargers
    default = next(field.default for field in fields(config.Settings) if field.name == "handshake_rate")
    with _servers.site(chargers, profile=1) as site:
        # So that there is something to come back to; a quick one is over before the first configuration is read.
        asyncio.run(come(site, chargers, "0", 0 if given.quick else idle_memory.QUIET_S))
        rounds = [asyncio.run(told(site, chargers, "0")) for _ in range(1 if given.quick else given.rounds)]
        print(f"handshake rate off, goal 10 s: {statistics.median(rounds):.1f} s")
        if not given.quick:
            limited = asyncio.run(told(site, chargers, str(default)))
            print(f"handshake rate {default:.0f} a second (default): {limited:.1f} s")
    with _servers.baseline("echo") as server:
        cpu = server.cpu_s
        asyncio.run(_gone(server, chargers))
        print(f"CPU of a bare trio-websocket echo: {(server.cpu_s - cpu) / chargers * 1000:.2f} ms each")


async def told(site: _servers.Site, chargers: int, rate: str) -> float:
    """One restart, printed; seconds until the last boot was accepted."""
    took, cpu = await come(site, chargers, rate)
    print(
        f"handshake rate {rate}: all {chargers} in {took[-1]:.1f} s (median {statistics.median(took):.1f} s),"
        f" {cpu:.1f} s CPU of the server, {cpu / chargers * 1000:.2f} ms each",
        flush=True,
    )
    return took[-1]


async def come(site: _servers.Site, chargers: int, rate: str, stay_s: float = 0) -> tuple[list[float], float]:
    """Start the server, let all connect at once: the seconds each took, in order, and the server's CPU seconds.

    They leave `stay_s` seconds after the last one has come.
    """
    files.raise_limit()
    with _servers.serving(site, "--handshake-rate", rate) as server:
        fleet = [_charger.Charger(server, f"BENCH-{number}") for number in range(chargers)]
        begun, cpu = time.perf_counter(), server.cpu_s

        async def one(charger: _charger.Charger) -> float:
            await charger.connect()
            await charger.boot()
            return time.perf_counter() - begun

        took = await asyncio.gather(*map(one, fleet))
        spent = server.cpu_s - cpu
        await asyncio.gather(*(charger.report() for charger in fleet))
        await asyncio.sleep(stay_s)
        await _fleet.leave(fleet)
    return sorted(took), spent


async def _gone(server: _servers.Server, chargers: int) -> None:
    await _fleet.leave(await _fleet.connect(server, range(chargers)))


if __name__ == "__main__":
    main()
