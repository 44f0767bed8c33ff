"""`csms replay`: sessions rebuilt from the log alone, by the same pure fold that the server uses, without a server.

What it reads it verifies: the hash chain of every stream. With --diff-live it also compares what the log folds to with
the stored read models. It reads one consistent state of the log, also while a server writes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from api.cli import local, progress, story
from api.cli.failure import FAILED, USAGE, Failure
from csms.domain import events, session
from csms.storage import queries, verify
from csms.storage.log import Log
from csms.storage.projections import rebuild
from csms.storage.queries.plain import plain

_SESSIONS = events.session_stream("")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms replay`."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("session", nargs="?", metavar="SESSION", help="the id of a session")
    what.add_argument("--all", action="store_true", help="every session")
    what.add_argument("--charger", metavar="ID", help="a charger and its sessions")
    parser.add_argument("--until", type=int, metavar="SEQ", help="only what the log had up to this position")
    parser.add_argument(
        "--diff-live", action="store_true", help="compare with the stored read models; a difference ends with 1"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the session as the API shows it; several as one array, one a line"
    )
    local.add_data(parser)


def run(arguments: argparse.Namespace) -> int:
    """Replay: 0, or 1 when there is no such session, a chain is broken, or --diff-live finds a difference."""
    if arguments.until is not None and arguments.diff_live:
        raise Failure("--until and --diff-live: the read models have no past to compare with, leave one out", USAGE)
    with local.log(local.directory(arguments)) as log, log.reader.consistent():
        Replay(log, arguments.until, as_json=arguments.json).show(arguments)
        return FAILED if arguments.diff_live and _differ(log, _streams(log, arguments), arguments.json) else 0


class Replay:
    """Shows what one state of the log folds to, up to a position."""

    def __init__(self, log: Log, until: int | None, *, as_json: bool) -> None:
        self._log = log
        self._until = until
        self._json = as_json
        self._now = datetime.now(UTC)

    def show(self, arguments: argparse.Namespace) -> None:
        """What was asked for, on stdout. Raises Failure."""
        if arguments.session is not None:
            self._one(arguments.session)
            return
        streams: Iterable[str] = _sessions_of(self._log, arguments.charger)
        if arguments.charger is not None:
            streams = [*streams]
            self._require(arguments.charger, streams)
            if not self._json:
                self._charger(arguments.charger)
        self._several(streams)

    def _one(self, session_id: str) -> None:
        steps = self._steps(events.session_stream(session_id))
        if not steps:
            when = "" if self._until is None else f" up to position {self._until}"
            raise Failure(f"there is no session {session_id} in the log{when}: csms replay --all shows them all")
        shown = self._view(steps)
        if self._json:
            print(json.dumps(shown))
            return
        for line in story.of_session(steps, shown["id_token"]):
            print(line)
        print(f"  the chain of its {len(steps)} events is whole")

    def _several(self, streams: Iterable[str]) -> None:
        count = 0
        with progress.showing("sessions") as told:
            for stream in streams:
                steps = self._steps(stream)
                if not steps:
                    continue
                if self._json:
                    print("[" if count == 0 else ",", end="")
                self._line(steps)
                count += 1
                told(count)
        if self._json:
            print("]" if count else "[]")
        else:
            print(f"{count} sessions, every chain whole")

    def _line(self, steps: list[story.Step]) -> None:
        shown = self._view(steps)
        print(json.dumps(shown) if self._json else story.brief(steps[-1].state, shown["id_token"]))

    def _require(self, charger_id: str, sessions: list[str]) -> None:
        """A charger is known by its registration, its sessions or what it said, whichever is left. Raises Failure."""
        said = self._log.read(_charger_stream(self._log, charger_id))
        if not (sessions or queries.chargers.get(self._log.connection, charger_id) or any(said)):
            raise Failure(f"there is no charger {charger_id}, neither now nor in the log: csms charger list shows them")

    def _charger(self, charger_id: str) -> None:
        print(f"Charger {charger_id}")
        stream = _charger_stream(self._log, charger_id)
        _verify(self._log, stream)
        for stored in self._log.read(stream):
            if self._until is None or stored.seq <= self._until:
                print(story.of_charger_event(stored))

    def _steps(self, stream: str) -> list[story.Step]:
        """A session's events, each with the state after it; none when the session is younger. Raises Failure."""
        _verify(self._log, stream)
        state: session.Session | None = None
        steps: list[story.Step] = []
        session_id = stream.removeprefix(_SESSIONS)
        for stored in self._log.read(stream):
            if self._until is not None and stored.seq > self._until:
                break
            try:
                state = session.evolve(state, session_id, stored.event, stored.at)
            except ValueError as error:
                raise Failure(f"{error}: its stream does not fold at position {stored.seq}") from error
            steps.append(story.Step(stored, state))
        return steps

    def _view(self, steps: list[story.Step]) -> dict[str, Any]:
        told = [(step.stored.event, step.stored.at) for step in steps]
        return queries.sessions.view(self._log.connection, steps[-1].state, self._now, told)


def _verify(log: Log, stream: str) -> None:
    for finding in verify.of_stream(log.connection, stream):
        raise Failure(
            f"stream {stream}, version {finding.version}: {finding.why}; "
            "csms log verify shows all that is wrong, csms restore brings a backup back"
        )


def _sessions_of(log: Log, charger_id: str | None) -> Iterator[str]:
    """All streams of sessions, or those of a charger, whatever the read models say."""
    for stream in log.streams(_SESSIONS):
        if charger_id is None:
            yield stream
            continue
        first = next(iter(log.read(stream)), None)
        begun = None if first is None else getattr(first.event, "charger_id", None)
        if begun is not None and begun.casefold() == charger_id.casefold():
            yield stream


def _charger_stream(log: Log, charger_id: str) -> str:
    wanted = events.charger_stream(charger_id)
    found = (stream for stream in log.streams(events.charger_stream("")) if stream.casefold() == wanted.casefold())
    return next(found, wanted)


# -- --diff-live -------------------------------------------------------------------------------------------------------


def _streams(log: Log, arguments: argparse.Namespace) -> list[str] | None:
    """The streams whose states are compared; None: everything."""
    if arguments.session is not None:
        return [events.session_stream(arguments.session)]
    if arguments.charger is not None:
        return [_charger_stream(log, arguments.charger), *_sessions_of(log, arguments.charger)]
    return None


def _differ(log: Log, streams: list[str] | None, as_json: bool) -> bool:
    """Tell every difference between the fold and the stored read models, beside the JSON; True if there was one."""
    out = sys.stderr if as_json else sys.stdout
    count = 0
    for difference in rebuild.diff(log.connection, streams):
        count += 1
        for line in _told(difference):
            print(line, file=out)
    if count == 0:
        print("the stored read models are what the log folds to", file=out)
    return count > 0


def _told(difference: rebuild.Difference | rebuild.Unfolded) -> Iterator[str]:
    if isinstance(difference, rebuild.Unfolded):
        yield f"stream {difference.stream} cannot be folded: {difference.why}"
        return
    row = f"{difference.table} {difference.key}"
    stored, folded = difference.stored, difference.folded
    if stored is None or folded is None:
        yield f"{row}: {'only the log has it' if stored is None else 'the log has no such thing'}"
        return
    for field in difference.fields:
        yield from _field(f"{row}: {field}", stored[field], folded[field])


def _field(name: str, stored: Any, folded: Any) -> Iterator[str]:
    """A field that differs; of a state, its own fields that do."""
    if isinstance(stored, dict) and isinstance(folded, dict):
        for inner in sorted({*stored, *folded}):
            if stored.get(inner) != folded.get(inner):
                yield from _field(f"{name}.{inner}", stored.get(inner), folded.get(inner))
    else:
        yield f"{name}: stored {_short(stored)}, folded {_short(folded)}"


def _short(value: Any) -> str:
    return json.dumps(plain(msgspec.to_builtins(value, builtin_types=(bytes, datetime))))
