"""How long `GET /sessions` takes on a million sessions: every filter, and pages far down the list.

Beside each: GET of one session by its id on the same server, before and after. Filters ask for what is there and for
what is not. The rows are written past the log, which a list does not read.
"""

import argparse
import random
import statistics
import time
import urllib.parse
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

from scripts.benchmarks import _api, _many, _servers

LIMIT = 20


class Sought(NamedTuple):
    """Chooses what to ask for, of so many sessions."""

    dice: random.Random
    sessions: int

    def session(self) -> int:
        """Any one."""
        return self.dice.randrange(self.sessions)

    def begun(self) -> int:
        """One that began."""
        return self.session() // 50 * 50

    def charger(self) -> int:
        """Where it was."""
        return self.session() % _many.CHARGERS

    def time(self) -> str:
        """When one began."""
        return (_many.BEGIN + self.session() * _many.APART).isoformat()

    def span(self) -> Mapping[str, str]:
        """A month."""
        begin = _many.BEGIN + self.session() * _many.APART
        return {"from": begin.isoformat(), "to": (begin + timedelta(days=30)).isoformat()}

    def token(self) -> str:
        """One that charged."""
        return _many.id_token(self.dice.randrange(self.sessions // _many.PER_TOKEN))


FILTERS: dict[str, Callable[[Sought], Mapping[str, str]]] = {
    "none": lambda _: {},
    "a page further down": lambda sought: {"cursor": str(sought.session() + 1)},
    "charger": lambda sought: {"charger_id": _many.charger_id(sought.charger()).lower()},
    "charger, failed": lambda sought: {"charger_id": _many.charger_id(sought.charger()), "status": "failed"},
    "charger, month": lambda sought: {"charger_id": _many.charger_id(sought.charger()), **sought.span()},
    "station": lambda sought: {"station_id": _many.station_id(sought.charger())},
    "station, failed": lambda sought: {"station_id": _many.station_id(sought.charger()), "status": "failed"},
    "station, month": lambda sought: {"station_id": _many.station_id(sought.charger()), **sought.span()},
    "completed": lambda _: {"status": "completed"},
    "failed": lambda _: {"status": "failed"},
    "active (none)": lambda _: {"status": "active"},
    "flag": lambda _: {"flag": "suspect"},
    "flag (none)": lambda _: {"flag": "orphan"},
    "transaction": lambda sought: {"transaction_id": str(sought.session())},
    "token": lambda sought: {"id_token": sought.token()},
    "token (unknown)": lambda _: {"id_token": "NOBODYS"},
    "from": lambda sought: {"from": sought.time()},
    "to": lambda sought: {"to": sought.time()},
    "month": lambda sought: sought.span(),
    "month, failed": lambda sought: {"status": "failed", **sought.span()},
    "to, a page further down": lambda sought: {"to": sought.time(), "cursor": str(sought.begun() + 1)},
}


def main() -> None:
    """Measure and print p99 in ms, and how many times that of one session by its id."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=100, help="a filter and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="20,000 sessions, one round of 20 requests")
    given = parser.parse_args()
    count, requests, rounds = (20_000, 20, 1) if given.quick else (given.sessions, given.requests, given.rounds)
    sought = Sought(random.Random(1), count)
    with _servers.site(1) as site:
        begun = time.perf_counter()
        _many.sessions(site.data, count)
        print(f"{count} sessions in {time.perf_counter() - begun:.0f} s", flush=True)
        with _servers.serving(site) as server, _api.Api(server) as api:
            measured(api, sought, 5)
            figures = [measured(api, sought, requests) for _ in range(rounds)]
    worst = 0.0
    for name in FILTERS:
        p99, one = (statistics.median(each[name][place] for each in figures) for place in (0, 1))
        ratio = statistics.median(each[name][0] / each[name][1] for each in figures)
        worst = max(worst, ratio)
        print(f"{name:30} p99 {p99:6.1f} ms, one by id {one:6.1f} ms, {ratio:5.1f} x")
    print(f"the slowest list / one session by its id (limit {LIMIT}): {worst:.1f}")


def measured(api: _api.Api, sought: Sought, requests: int) -> dict[str, tuple[float, float]]:
    """Of each filter p99 in ms, and that of one session by its id in between."""
    found = {}
    for name, chosen in FILTERS.items():
        lists, ones = [], []
        for _ in range(requests):
            ones.append(taken(api, f"/sessions/{_many.ended(sought.session()).id}"))
            lists.append(taken(api, f"/sessions?{urllib.parse.urlencode(chosen(sought))}"))
        found[name] = p99(lists), p99(ones)
    return found


def taken(api: _api.Api, path: str) -> float:
    """Milliseconds until it was answered."""
    begun = time.perf_counter()
    api.get(path)
    return (time.perf_counter() - begun) * 1000


def p99(took: list[float]) -> float:
    """What all but one of a hundred stayed below."""
    return sorted(took)[len(took) * 99 // 100]


if __name__ == "__main__":
    main()
