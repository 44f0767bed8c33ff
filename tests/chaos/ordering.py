"""`csms` that kills itself -9 in the middle of bulk work: `python -m tests.chaos.ordering WHEN NUMBER serve ...`.

    claimed     chargers were chosen, and no order is made yet
    requested   so many orders are stored, and the last of them is not sent
    ended       so many answers to orders are stored, and nobody who ordered has heard of the last

It looks for work more often than it would.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Sequence
from typing import Any

from actors.upkeep import ticking
from api import cli
from csms.domain import events
from csms.storage import log, records, writer
from csms.storage.reference import campaigns

OF_BULK_WORK = ("ca", "j")
"""What the ids of campaigns and jobs begin with, who order in their own name."""


def main(when: str, number: str, *arguments: str) -> None:
    """Run the command until it dies."""
    ticking.TICK_SECONDS = 0.1
    if when == "claimed":
        _die_of_a_claim()
    else:
        _die_of_orders(when, int(number))
    sys.argv = ["csms", *arguments]
    cli.main()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_of_a_claim() -> None:
    claim, change = campaigns.claim, log.Log.change
    claimed: list[str] = []

    def claiming(conn: sqlite3.Connection, *args: Any) -> list[str]:
        claimed.extend(claim(conn, *args))
        return claimed

    def last_breath(self: log.Log, what: Callable[[sqlite3.Connection], Any], by: str) -> Any:
        result = change(self, what, by)
        if claimed:
            _die()
        return result

    campaigns.claim = claiming  # type: ignore[assignment]
    log.Log.change = last_breath  # type: ignore[method-assign, assignment]


def _die_of_orders(when: str, number: int) -> None:
    commit = log.Log.append_batch
    requested, ended = set[str](), set[str]()

    def last_breath(self: log.Log, appends: Sequence[records.Append]) -> list[writer.Result]:
        results = commit(self, appends)
        for event in (new.event for append in appends for entry in append.entries for new in entry.events):
            match event:
                case events.CommandRequested(command_id=command_id, by=by) if by.startswith(OF_BULK_WORK):
                    requested.add(command_id)
                case events.CommandEnded(command_id=command_id) if command_id in requested:
                    ended.add(command_id)
        if len(requested if when == "requested" else ended) >= number:
            _die()
        return results

    log.Log.append_batch = last_breath  # type: ignore[method-assign]


if __name__ == "__main__":
    main(*sys.argv[1:])
