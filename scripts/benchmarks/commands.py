"""A remote command's way from HTTP to the charger and back, idle and while MeterValues flow from other chargers.

Rounds of both follow each other on one server, so that each is a ratio against the other of the same minute. The
caller, the chargers that obey and those that charge are three processes.
"""

import argparse
import statistics
import time

from scripts.benchmarks import _api, _fleet, _servers

OBEYING, CHARGING = 10, 200


def main() -> None:
    """Measure and print p50 and p99 in ms."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=500, help="a round")
    parser.add_argument("--rate", type=float, default=1000, help="MeterValues a second")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one round of 50")
    given = parser.parse_args()
    rounds, count = (1, 50) if given.quick else (given.rounds, given.commands)
    with _servers.ours(OBEYING + CHARGING) as server, _fleet.elsewhere(server, 0, OBEYING, 0):
        timed(server, 20)
        quiet, busy = [], []
        for _ in range(rounds):
            quiet.append(told("idle", timed(server, count)))
            with _fleet.elsewhere(server, OBEYING, CHARGING, given.rate):
                busy.append(told(f"while {given.rate:.0f} MeterValues a second flow", timed(server, count)))
    for place, name in enumerate(("p50", "p99")):
        idle, loaded = (statistics.median(each[place] for each in figures) for figures in (quiet, busy))
        print(f"{name}: idle {idle:.1f} ms, busy {loaded:.1f} ms, busy / idle: {loaded / idle:.2f}")


def timed(server: _servers.Server, count: int) -> list[float]:
    """Milliseconds of each of `count` commands, one after the other, in order of length."""
    took = []
    with _api.Api(server) as api:
        for number in range(count):
            before = time.perf_counter()
            api.post(f"/chargers/BENCH-{number % OBEYING}/commands/clear-cache", {})
            took.append((time.perf_counter() - before) * 1000)
    return sorted(took)


def told(name: str, took: list[float]) -> tuple[float, float]:
    """p50 and p99, printed."""
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    print(f"{name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms", flush=True)
    return p50, p99


if __name__ == "__main__":
    main()
