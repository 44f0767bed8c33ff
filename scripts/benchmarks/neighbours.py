"""What thousands of connected chargers notice of one that makes trouble: their latency with it and without.

The troubles: a charger whose stream nobody can read, whose actor fails and fails until it is parked; one that reports a
session which is parked; and every attack of tests/chaos/hostile.py. Before each the same MeterValues flow without it;
figures are medians of the rounds, and `nothing` shows what chance makes of them. The troublemaker, the chargers that
are measured and the server are three processes, which may have to share fewer cores. 13 minutes.
"""

import argparse
import asyncio
import contextlib
import random
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import NamedTuple

import trustme

from csms import config
from csms.storage import control
from scripts.benchmarks import _api, _charger, _fleet, _poison, _servers, _trouble, idle_memory
from tests.chaos import hostile

LIMITS = ("frame_rate_limit", "handshake_rate")
"""Settings which a benchmark's server has off: here they are as they are by default."""
QUICK = ("poisoned_charger",)


class Plan(NamedTuple):
    """Chargers, MeterValues a second of all together, seconds of a measurement, rounds.

    And seconds of the measurement in which an actor must be parked, of the pause after each trouble, and of that before
    the first measurement, in which the server asks new chargers for their configuration.
    """

    chargers: int
    rate: float
    seconds: float
    rounds: int
    parked_s: float = _poison.PARKED_AFTER_S
    settle_s: float = 1.0
    quiet_s: float = idle_memory.QUIET_S


class Felt(NamedTuple):
    """Milliseconds to the answer, and the server's CPU in per cent of a core."""

    p50: float
    p99: float
    longest: float
    cpu: float


def main() -> None:
    """Measure and print every trouble, with and without."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("troubles", nargs="*", metavar="TROUBLE", help=f"all if none: {', '.join(_trouble.TROUBLES)}")
    parser.add_argument("--chargers", type=int, default=5_000)
    parser.add_argument("--rate", type=float, default=500, help="MeterValues a second")
    parser.add_argument("--seconds", type=float, default=4, help="of a measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="100 chargers, one trouble, one round of half a second")
    given = parser.parse_args()
    names = given.troubles or list(_trouble.TROUBLES)
    if unknown := set(names) - set(_trouble.TROUBLES):
        parser.error(f"there is no {', '.join(sorted(unknown))}: choose from {', '.join(_trouble.TROUBLES)}")
    plan = Plan(given.chargers, given.rate, given.seconds, given.rounds)
    if given.quick:
        names, plan = given.troubles or QUICK, Plan(100, 100, 0.5, 1, 0.5, 0, 0)
    with _servers.site(plan.chargers + 2 * plan.rounds) as site:
        wss, flags = _tls(site)
        for number in range(plan.chargers, plan.chargers + plan.rounds):
            _poison.spoil_charger(site.data, number)
            _poison.spoil_session(site.data, number + plan.rounds)
        with _servers.serving(site, *flags, *_limits(), "--concurrent-sessions", "allow") as server:
            control.ask(site.data, "charger.add", {"id": hostile.EVIL, "connectors": [{"id": 1}]})
            felt = asyncio.run(measure(server, wss, plan, names))
            told(felt)
            _print_actors(server)


async def measure(
    server: _servers.Server, wss: str, plan: Plan, names: Sequence[str]
) -> dict[str, list[tuple[Felt, Felt]]]:
    """What was felt without and with each, round by round."""
    chargers = await _fleet.arrive(server, range(plan.chargers))
    await asyncio.gather(*(charger.charge() for charger in chargers))
    await asyncio.sleep(plan.quiet_s)
    felt: dict[str, list[tuple[Felt, Felt]]] = {name: [] for name in names}
    for each in range(plan.rounds):
        for name, rounds in felt.items():
            without = await _flow(server, chargers, plan, name)
            with making(name, _number(plan, name, each), server, wss):
                rounds.append((without, await _flow(server, chargers, plan, name)))
            await asyncio.sleep(plan.settle_s)
            print(f"{name}: p99 {without.p99:.0f} ms without, {rounds[-1][1].p99:.0f} ms with", flush=True)
    await _fleet.leave(chargers)
    return felt


def _number(plan: Plan, name: str, each: int) -> int:
    """Of the charger that makes the trouble of this round."""
    return plan.chargers + each + (plan.rounds if name == _poison.poisoned_session.__name__ else 0)


async def _flow(server: _servers.Server, chargers: list[_charger.Charger], plan: Plan, name: str) -> Felt:
    seconds = max(plan.seconds, plan.parked_s) if name == _poison.poisoned_charger.__name__ else plan.seconds
    random.shuffle(chargers)
    took: list[float] = []
    cpu = server.cpu_s
    await _fleet.flow(chargers, plan.rate, seconds, took)
    took.sort()
    p50, p99 = (1000 * took[len(took) * each // 100] for each in (50, 99))
    return Felt(p50, p99, 1000 * took[-1], 100 * (server.cpu_s - cpu) / seconds)


def told(felt: dict[str, list[tuple[Felt, Felt]]]) -> None:
    """Print the medians and their ratios."""
    print(f"{'without -> with (ratio)':26}", *(f"{name:>24}" for name in ("p50 ms", "p99 ms", "longest ms", "CPU %")))
    for name, rounds in felt.items():
        cells = []
        for place in range(len(Felt._fields)):
            without, beside = (statistics.median(each[side][place] for each in rounds) for side in (0, 1))
            cells.append(f"{without:8.1f} ->{beside:7.1f} ({beside / without:4.2f})")
        print(f"{name:26}", *(f"{cell:>24}" for cell in cells))


@contextlib.contextmanager
def making(name: str, number: int, server: _servers.Server, wss: str) -> Iterator[None]:
    """The trouble goes on in a process of its own. Raises RuntimeError when it ended by itself."""
    command = [sys.executable, "-m", "scripts.benchmarks._trouble", name, str(number), server.url, server.http, wss]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            process.stdout.readline()
            yield
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended by itself, with exit code {process.returncode}")
        finally:
            process.terminate()


def _tls(site: _servers.Site) -> tuple[str, list[str]]:
    """The URL and the flags of a port for wss."""
    issued = trustme.CA().issue_cert("127.0.0.1")
    chain, key = site.data.with_name("server.pem"), site.data.with_name("server.key")
    issued.cert_chain_pems[0].write_to_path(chain)
    issued.private_key_pem.write_to_path(key)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    flags = ["--ocpps-port", str(port), "--tls-certificate", str(chain), "--tls-key", str(key)]
    return f"wss://127.0.0.1:{port}/ocpp", flags


def _limits() -> Iterator[str]:
    for field in fields(config.Settings):
        if field.name in LIMITS:
            yield from (f"--{field.name.replace('_', '-')}", str(field.default))


def _print_actors(server: _servers.Server) -> None:
    with _api.Api(server) as api:
        lines = api.open("/metrics").read().decode().splitlines()
    print(*(line for line in lines if line.startswith(("csms_actors{", "csms_actor_crashes_total "))), sep="\n")


if __name__ == "__main__":
    main()
