"""How late the server's event loop is while chargers connect, while MeterValues flow, and while one charger beside them
tells its whole device model in messages of a megabyte: p99 and the longest.

With the garbage collector as the server sets it up (api/cli/collector.py), and beside it as Python leaves it.
"""

import argparse
import os
import signal
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

from csms.storage import control
from scripts.benchmarks import _fleet, _long_reports, _servers, neighbours
from tests.chaos import hostile

CHARGING = 200
KINDS = ("settled", "untouched")


class Load(NamedTuple):
    """Connected chargers, MeterValues a second of CHARGING more, and for how long."""

    chargers: int
    rate: float
    seconds: float


class Late(NamedTuple):
    """In ms: p99 and the longest while connecting, while MeterValues flow, and with long reports beside those."""

    connecting_p99: float
    connecting: float
    flowing_p99: float
    flowing: float
    reporting_p99: float
    reporting: float


def main() -> None:
    """Measure and print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chargers", type=int, default=5_000, help="connected besides those that charge")
    parser.add_argument("--rate", type=float, default=1000, help="MeterValues a second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="200 chargers, 1 second, one round")
    given = parser.parse_args()
    load = Load(200, given.rate, 1) if given.quick else Load(given.chargers, given.rate, given.seconds)
    figures: dict[str, list[Late]] = {kind: [] for kind in KINDS}
    for _ in range(1 if given.quick else given.rounds):
        for kind, rounds in figures.items():
            rounds.append(lateness(kind, load))
            print(f"{kind:9}", *(f"{name} {ms:.0f} ms" for name, ms in rounds[-1]._asdict().items()), flush=True)
    for place, name in enumerate(Late._fields):
        own, bare = (statistics.median(each[place] for each in figures[kind]) for kind in KINDS)
        print(f"{name}: {own:.1f} ms, with Python's collector {bare:.1f} ms, ratio {own / bare:.2f}")


def lateness(kind: str, load: Load) -> Late:
    """One server, from its first charger on."""
    with _servers.site(load.chargers + CHARGING) as site:
        file = site.data.with_name("late")
        program = [sys.executable, "-m", "scripts.benchmarks._watched", str(file), kind]
        with _servers.serving(site, program=program) as server:
            control.ask(site.data, "charger.add", {"id": hostile.EVIL, "connectors": [{"id": 1}]})
            os.kill(server.pid, signal.SIGUSR1)
            with _fleet.elsewhere(server, CHARGING, load.chargers, 0):
                connecting = _told(server, file)
                with _fleet.elsewhere(server, 0, CHARGING, load.rate):
                    flowing = _during(load.seconds, server, file)
                    with neighbours.making(_long_reports.long_reports.__name__, 0, server, server.url):
                        reporting = _during(load.seconds, server, file)
    return Late(*connecting, *flowing, *reporting)


def _during(seconds: float, server: _servers.Server, file: Path) -> tuple[float, float]:
    os.kill(server.pid, signal.SIGUSR1)
    time.sleep(seconds)
    return _told(server, file)


def _told(server: _servers.Server, file: Path) -> tuple[float, float]:
    """What the watch has noted so far, which it then forgets."""
    file.unlink(missing_ok=True)
    os.kill(server.pid, signal.SIGUSR2)
    while not (file.exists() and (told := file.read_text()).endswith("\n")):
        time.sleep(0.01)
    p99, longest = map(float, told.split())
    return p99, longest


if __name__ == "__main__":
    main()
