"""After a day: what was acknowledged to its chargers against what the server has, whatever the clocks said.

Times and flags of a session are as its charger said them, unless that charger's clock was ever wrong, or the server's
was while the session ran or waited to be told; its energy, its records and its end are right whatever the clocks said.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from csms import simulator
from csms.simulator import ledger
from tests.chaos import agreement, hostile
from tests.e2e import moments, server

LATE = {"offline", "late_start"}
"""Flags of what was told late, as all chargers do that were cut off; the second one of what was ordered from afar."""
TIMES = ("started_at", "stopped_at")


def agree(
    running: server.Server, book: pathlib.Path, misdated: Collection[str], misled: Sequence[tuple[float, float]]
) -> tuple[int, int]:
    """How many sessions and records there were. Raises AssertionError for the first thing that is not right.

    `misdated` are the chargers whose clocks were ever wrong, `misled` the times at which the server's was.
    """
    told = [each for each in _lines(book) if each["record"] != "sample"]
    entries = ledger.read(json.dumps(each) for each in told)
    expected = {str(entry.transaction_id): agreement.as_sent(entry) for entry in entries.values()}
    assert len(expected) == len(entries), "two sessions were given the same transaction id"
    excused = {
        str(entries[session].transaction_id)
        for session, (begin, end) in _spans(told, entries).items()
        if entries[session].charger_id in misdated or any(begin < until and end > since for since, until in misled)
    }
    shown = {}
    for session in agreement.sessions(running):
        if session["transaction_id"] is None:
            assert session["status"] == "failed", f"nothing came of a remote start, and nobody was told: {session}"
        else:
            shown[str(session["transaction_id"])] = agreement.as_shown(session)
    for each in (shown, expected):
        for transaction_id, fields in each.items():
            _forgive(fields, excused=transaction_id in excused)
    agreement.same(shown, expected)
    recorded = agreement.in_the_log(running.data, hostile.EVIL)
    agreement.same(recorded, agreement.acknowledged(_lines(book), entries))  # type: ignore[arg-type]
    running.csms("log", "verify")
    running.csms("replay", "--all", "--diff-live")
    return len(entries), sum(each.starts + each.stops + each.samples.total() for each in recorded.values())


def _forgive(fields: dict[str, Any], *, excused: bool) -> None:
    fields["flags"] = [] if excused else sorted(set(fields["flags"]) - LATE)
    if excused:
        for name in TIMES:
            del fields[name]


def _spans(told: list[dict[str, Any]], entries: dict[str, simulator.Entry]) -> dict[str, tuple[float, float]]:
    """From the begin of each session, which may be told later, until its last record was acknowledged."""
    ends = {line["session"]: line["at"] for line in told}
    return {session: (moments.moment(entries[session].started_at).timestamp(), end) for session, end in ends.items()}


def _lines(book: pathlib.Path) -> Iterator[dict[str, Any]]:
    with book.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
