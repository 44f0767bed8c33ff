"""A message that a charger wants to send, and the queue that decides which goes next.

Used by `exchange`. Three lanes, as OCPP asks for: what a person waits for goes first; status reports go in the order of
what happened; records of transactions are kept, in order, until they are answered or given up. Pure.
"""

import collections
import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

Payload: TypeAlias = dict[str, Any]


_FIRST_AND_ANOTHER = 2


def nothing() -> None:
    """For messages whose fate changes nothing."""


def ignore(payload: Payload) -> None:
    """For messages whose answer says nothing."""


@dataclasses.dataclass(slots=True, eq=False)
class Message:
    """A call to make. `payload` may be a function: a stop learns its transaction id from the start's answer."""

    action: str
    payload: Payload | Callable[[], Payload]
    answered: Callable[[Payload], None] = ignore
    failed: Callable[[], None] = nothing
    """No usable answer came: refused, timed out, link lost; a record: given up for good."""
    about: str | None = None
    """The transaction that it belongs to, by its name in the ledger."""
    tries: int | None = None
    """How often it may be refused until it is given up; None: as often as the charger's settings say."""
    order: int = 0
    attempts: int = 0

    def build(self) -> Payload:
        """The payload as it is known now."""
        return self.payload() if callable(self.payload) else self.payload


@dataclasses.dataclass(frozen=True, slots=True)
class Care:
    """How well a charger keeps its records; shares of them from 0 (it does) to 1."""

    repeated: float = 0.0
    """Sent once more though they were answered."""
    swapped: float = 0.0
    """Sent before the one that came before them, where both wait."""
    lost: float = 0.0
    """Samples that are never sent, for want of memory."""


class Outbox:
    """What waits to be sent. Records survive a lost link and a reboot; the rest does not."""

    def __init__(self, care: Care = Care(), chance: Callable[[], float] = lambda: 1.0) -> None:
        """`chance` gives numbers from 0 to 1."""
        self._care = care
        self._chance = chance
        self.urgent: collections.deque[Message] = collections.deque()
        self.notices: collections.deque[Message] = collections.deque()
        self.records: collections.deque[Message] = collections.deque()
        self.retry_at = 0.0
        """The first record waits until then (simulated Unix seconds)."""
        self._count = 0

    def add_urgent(self, message: Message) -> None:
        """Send before everything else."""
        self.urgent.append(message)

    def add_notice(self, message: Message) -> None:
        """Send in order with the records, but forget it when the link is lost."""
        self.notices.append(self._numbered(message))

    def add_record(self, message: Message) -> None:
        """Keep until answered."""
        self.records.append(self._numbered(message))
        # The first one may be on its way already.
        if len(self.records) > _FIRST_AND_ANOTHER and self._chance() < self._care.swapped:
            self.records[-1], self.records[-2] = self.records[-2], self.records[-1]

    def loses(self) -> bool:
        """A sample finds no room."""
        return self._care.lost > 0 and self._chance() < self._care.lost

    def next(self, now: float) -> Message | None:
        """The message to send now. A record stays at the head of its lane until `settle`."""
        if self.urgent:
            return self.urgent.popleft()
        record = self.records[0] if self.records and self.retry_at <= now else None
        if self.notices and (record is None or self.notices[0].order < record.order):
            return self.notices.popleft()
        return record

    def is_record(self, message: Message) -> bool:
        """True when `message` is the first of the records."""
        return bool(self.records) and self.records[0] is message

    def settle(self) -> None:
        """The first record was answered: that is all, unless the charger is careless."""
        if self._chance() < self._care.repeated:
            again = self.records[0]
            again.answered, again.failed = ignore, nothing
        else:
            self.records.popleft()
        self.retry_at = 0.0

    def refuse(self, now: float, attempts: int, interval: float) -> None:
        """The first record failed: try again after `interval` times the failures so far, or give it up."""
        record = self.records[0]
        record.attempts += 1
        if record.attempts >= (attempts if record.tries is None else record.tries):
            self.records.popleft()
            self.retry_at = 0.0
            record.failed()
        else:
            self.retry_at = now + record.attempts * interval

    def link_lost(self) -> None:
        """Forget what only made sense on that link; the records wait for the next one."""
        lost = [*self.urgent, *self.notices]
        self.urgent.clear()
        self.notices.clear()
        self.retry_at = 0.0
        for message in lost:
            message.failed()

    def _numbered(self, message: Message) -> Message:
        self._count += 1
        message.order = self._count
        return message
