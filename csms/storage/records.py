"""What goes into the log and what comes out: plain records, shared by the log, its callers and replay."""

from datetime import datetime

import msgspec

from csms.domain import events

EVENT_ID_BYTES = 12
"""What the log keeps of an event id: room for a time before 64 bits of a hash, which only tell the events of one stream
apart. Ids that begin with their time lie side by side in their index, whatever their streams: see ids.sample_id.
"""


class New(msgspec.Struct, frozen=True, gc=False):
    """One event to append.

    `event_id` is a hash of what the event is about: appended again, it finds its first position instead of being
    stored twice. Its first 12 bytes count. Empty: the event has no identity besides its position.
    `correlation` names the command or request that it belongs to, `causation` the event that led to it.
    """

    event: events.AnyEvent
    event_id: bytes = b""
    correlation: str | None = None
    causation: str | None = None


class Entry(msgspec.Struct, frozen=True, gc=False):
    """Events for one stream, which must be at version `expected` (0 = new, None = wherever it is)."""

    stream: str
    expected: int | None
    events: tuple[New, ...]


class Fence(msgspec.Struct, frozen=True, gc=False):
    """The `epoch`-th connection of a charger."""

    charger_id: str
    epoch: int


class Append(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Events that are stored together or not at all, with the states that they lead to.

    `at` is kept to the millisecond. `fence` refuses the append when a newer connection has claimed the charger; `claim`
    makes its epoch the newest. `state` holds the evolved Session and Charger states, whose rows are written with them.
    """

    entries: tuple[Entry, ...]
    at: datetime
    fence: Fence | None = None
    claim: Fence | None = None
    state: tuple[object, ...] = ()


class Stored(msgspec.Struct, frozen=True, gc=False):
    """One event of the log; `seq` orders all events, `version` counts those of the stream from 1."""

    seq: int
    stream: str
    version: int
    event_id: bytes
    type: str
    schema: int
    at: datetime
    correlation: str | None
    causation: str | None
    event: events.AnyEvent


class Appended(msgspec.Struct, frozen=True, gc=False):
    """Where the events are. `duplicate`: all of them were there already, nothing was written now."""

    stored: tuple[Stored, ...]
    duplicate: bool = False

    @property
    def first(self) -> Stored:
        """The first event's position."""
        return self.stored[0]


class Head(msgspec.Struct, frozen=True, gc=False):
    """The end of a stream: its number (0 = it does not exist), version and chain hash."""

    stream_id: int
    version: int
    hash: bytes
