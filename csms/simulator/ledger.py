"""What the central system acknowledged, session by session: the charger's side of the story.

Chargers write it as answers come in; tests and `csms simulate` compare it with what the server stored. With a file,
each acknowledgement is one JSON line with the whole entry, written before the charger goes on, so a server that is
killed takes nothing of it along; the last line of a session counts (`read`).
"""

from __future__ import annotations

import collections
import dataclasses
import io
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import msgspec

from csms.simulator import clock
from csms.simulator.session import Session

State = Literal["starting", "active", "stopping", "completed", "dropped"]
"""starting: the start has no answer yet; stopping: the stop has none; dropped: a record was given up for good."""


@dataclasses.dataclass(slots=True, kw_only=True)
class Entry:
    """One transaction. Times are the RFC 3339 texts that were sent, energies Wh."""

    session: str
    charger_id: str
    connector_id: int
    id_token: str
    started_at: str
    meter_start_wh: int
    state: State = "starting"
    transaction_id: str | None = None
    """In 1.6 given by the acknowledged start, None until then."""
    stopped_at: str | None = None
    meter_stop_wh: int | None = None
    reason: str | None = None
    stop_token: str | None = None
    offline: bool = False
    """A record said that it was made offline; only those of 2.x do."""
    samples: int = 0
    """Sample records that were acknowledged."""
    updates: int = 0
    """Records without a reading that were acknowledged."""
    last_register_wh: int | None = None
    """Register of the last acknowledged sample."""
    unacknowledged: int = 0
    """Records of this session that still want an answer."""
    dropped: int = 0


class Ledger:
    """The entries of a fleet, and the file that follows them. A context manager: it closes the file."""

    def __init__(self, path: Path | None = None) -> None:
        self.entries: dict[str, Entry] = {}
        self.counts: collections.Counter[str] = collections.Counter()
        """Records by what became of them: start, sample, update and stop when acknowledged, else dropped."""
        self.pending = 0
        """Records that still want an answer."""
        self._file: io.TextIOWrapper | None = None if path is None else path.open("a", encoding="utf-8")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def began(self, charger_id: str, session: Session) -> None:
        """A transaction started at the charger; its start waits for an answer."""
        self.pending += 1
        self.entries[session.key] = Entry(
            session=session.key,
            charger_id=charger_id,
            connector_id=session.connector_id,
            id_token=session.id_token,
            started_at=clock.stamp(session.started_at),
            meter_start_wh=session.meter_start_wh,
            transaction_id=session.transaction_id,
            unacknowledged=1,
        )

    def updated(self, session: Session) -> None:
        """A sample or another record in between waits for an answer."""
        self._queued(self.entries[session.key])

    def authorized(self, session: Session) -> None:
        """Somebody was authorised in a transaction that ran already."""
        self.entries[session.key].id_token = session.id_token

    def ended(self, session: Session) -> None:
        """The transaction ended at the charger; its stop waits for an answer."""
        entry = self.entries[session.key]
        self._queued(entry)
        entry.state = "dropped" if entry.state == "dropped" else "stopping"
        entry.stopped_at = None if session.stopped_at is None else clock.stamp(session.stopped_at)
        entry.meter_stop_wh = session.meter_stop_wh
        entry.reason = session.reason
        entry.stop_token = session.stop_token

    def start_acknowledged(self, session: Session) -> None:
        """The start was answered with a transaction id."""
        entry = self.entries[session.key]
        entry.transaction_id = session.transaction_id
        if entry.state == "starting":
            entry.state = "active"
        self._done("start", session)

    def sample_acknowledged(self, session: Session, register_wh: int) -> None:
        """A sample was answered."""
        entry = self.entries[session.key]
        entry.samples += 1
        entry.last_register_wh = register_wh
        self._done("sample", session)

    def update_acknowledged(self, session: Session) -> None:
        """A record in between that is no sample was answered."""
        entry = self.entries[session.key]
        entry.updates += 1
        self._done("update", session)

    def stop_acknowledged(self, session: Session) -> None:
        """The stop was answered."""
        entry = self.entries[session.key]
        if entry.state != "dropped":
            entry.state = "completed"
        self._done("stop", session)

    def given_up(self, session: Session) -> None:
        """A record was dropped after its last attempt."""
        entry = self.entries[session.key]
        entry.dropped += 1
        entry.state = "dropped"
        self._done("dropped", session)

    def unacknowledged(self) -> list[Entry]:
        """The sessions with records that the central system did not acknowledge, or that are still open."""
        return [entry for entry in self.entries.values() if entry.unacknowledged or entry.state != "completed"]

    def of(self, charger_id: str) -> list[Entry]:
        """A charger's sessions, oldest first."""
        return [entry for entry in self.entries.values() if entry.charger_id == charger_id]

    def _queued(self, entry: Entry) -> None:
        entry.unacknowledged += 1
        self.pending += 1

    def _done(self, record: str, session: Session) -> None:
        entry = self.entries[session.key]
        entry.offline = session.offline
        entry.unacknowledged -= 1
        self.pending -= 1
        self.counts[record] += 1
        if self._file is not None:
            line: dict[str, Any] = {"record": record, **dataclasses.asdict(entry)}
            self._file.write(msgspec.json.encode(line).decode() + "\n")
            self._file.flush()


def read(lines: Iterable[str]) -> dict[str, Entry]:
    """The last entry of each session in a ledger file's lines. Raises msgspec.DecodeError for what is no entry."""
    entries: dict[str, Entry] = {}
    for line in lines:
        fields = msgspec.json.decode(line, type=dict[str, Any])
        fields.pop("record")
        entry = msgspec.convert(fields, Entry)
        entries[entry.session] = entry
    return entries
