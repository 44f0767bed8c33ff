"""Logs of the past fold to what they folded to then, for ever.

tests/logs/NAME.jsonl is an exported log, NAME.expected.json what it folds to. A log that is there is never changed:
what is recorded otherwise from now on comes in a new one. A fold may say more than is expected, never something else.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tests
from csms.domain import charger, session
from csms.storage import codec, export
from csms.storage.queries.plain import plain
from tests.csms.storage.support import at

LOGS = sorted((Path(tests.__file__).parent / "logs").glob("*.jsonl"))
NOW = at(86_400)


def fold(lines: Sequence[bytes]) -> dict[str, Any]:
    """What the sessions and chargers of an exported log look like a day later."""
    sessions: dict[str, session.Session] = {}
    chargers: dict[str, charger.Charger] = {}
    for stored in map(export.parse, lines):
        kind, _, name = stored.stream.partition(":")
        if kind == "session":
            sessions[name] = session.evolve(sessions.get(name), name, stored.event, stored.at)
        elif kind == "charger":
            known = chargers.get(name, charger.Charger(id=name))
            chargers[name] = charger.evolve(known, stored.event, stored.at)
    return {
        "sessions": {name: plain(session.view(state, NOW)) for name, state in sessions.items()},
        "chargers": {name: msgspec.json.decode(msgspec.json.encode(state)) for name, state in chargers.items()},
    }


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_a_golden_log_folds_to_what_it_always_did(log: Path) -> None:
    expected = json.loads(log.with_suffix(".expected.json").read_text())
    folded = fold(log.read_bytes().splitlines())
    assert [*_differences(expected, folded, "")] == []


def test_every_type_of_event_is_in_some_golden_log() -> None:
    written = {json.loads(line)["type"] for log in LOGS for line in log.read_bytes().splitlines()}
    assert set(codec.TYPES) - written == set()


def _differences(expected: Any, folded: Any, path: str) -> list[str]:
    if isinstance(expected, dict) and isinstance(folded, dict):
        return [
            difference
            for name, value in expected.items()
            for difference in _differences(value, folded.get(name), f"{path}/{name}")
        ]
    return [] if expected == folded else [f"{path}: {expected!r} became {folded!r}"]
