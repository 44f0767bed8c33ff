"""The time from the start of the process to the ready line, with many open sessions and with none.

The server was killed while chargers charged: their sessions get their actors back before it is ready.
"""

import argparse
import statistics
import time

from csms.storage.log import Log
from scripts.benchmarks import _servers, _story


def main() -> None:
    """Measure and print seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a thousand sessions, one round")
    given = parser.parse_args()
    sessions, rounds = (1_000, 1) if given.quick else (given.sessions, given.rounds)
    empty, full = [], []
    with _servers.site(1) as none, _servers.site(sessions) as many:
        with Log.open(many.data) as log:
            stays = [_story.Stay(number) for number in range(sessions)]
            log.append_batch([stay.start() for stay in stays])
            log.append_batch([stay.sample() for stay in stays])
        for _ in range(rounds):
            empty.append(seconds(none))
            full.append(seconds(many))
    bare, recovered = statistics.median(empty), statistics.median(full)
    print(f"ready with no session: {bare:.2f} s")
    print(f"ready with {sessions} open sessions: {recovered:.2f} s, {recovered / bare:.2f} x as long")


def seconds(site: _servers.Site) -> float:
    """From the start of the process until it says that it is ready."""
    begun = time.perf_counter()
    with _servers.serving(site):
        return time.perf_counter() - begun


if __name__ == "__main__":
    main()
