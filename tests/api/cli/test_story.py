"""The story of a 2.x session as a person reads it; that of a 1.6 session is told by `csms replay` (test_replay.py)."""

from pathlib import Path

import tests
from api.cli import story
from csms.domain import session
from csms.storage import export

LOG = Path(tests.__file__).parent / "logs" / "transactions-2.x.jsonl"


def told(number: int) -> list[str]:
    """What is told of the `number`-th session of the golden log, without times and positions."""
    streams: dict[str, list[story.Step]] = {}
    for stored in map(export.parse, LOG.read_bytes().splitlines()):
        kind, _, name = stored.stream.partition(":")
        if kind == "session":
            steps = streams.setdefault(name, [])
            before = steps[-1].state if steps else None
            steps.append(story.Step(stored, session.evolve(before, name, stored.event, stored.at)))
    lines = list(story.of_session(list(streams.values())[number], "CARD"))
    return [line[33:] for line in lines[2:-1]]


def test_a_session_that_is_authorized_after_it_began_and_lacks_events_for_a_while() -> None:
    lines = told(0)
    assert lines[:4] == [
        "started       meter unknown, transaction T1, no token yet",
        "updated       Authorized, Accepted",
        "sample        0.000 kWh",
        "sample        0.250 kWh",
    ]
    assert "asked         more is to come" in lines
    assert lines[-1] == "completed     available"


def test_a_session_whose_end_came_first() -> None:
    lines = told(1)
    assert [line.split()[0] for line in lines] == ["started", "stopped", "started", "stopped", "flagged"]
