"""Feed: live state for pages and apps, as it is recorded. Positions are the log's own sequence numbers.

The journal casts every append; the actor turns it into items and hands them to bounded subscribers. A slow one is
dropped, is told so, and can resume from the position it saw last as long as the ring still has it.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
import trio

from actors import runtime
from actors.recording.journal import Committed
from csms.domain import charger, events, session
from csms.storage.records import Append, Stored

RING = 10_000
WAITING = 500
"""Items that a subscriber may be behind."""
CHARGERS, SESSIONS, ALERTS = "chargers", "sessions", "alerts"
TOPICS = frozenset({CHARGERS, SESSIONS, ALERTS})
RESET = "reset"
"""The topic of the item that says: read the state anew, what happened in between is not known here."""


class Item(msgspec.Struct, frozen=True, gc=False):
    """One change. `told` is None for a reset, and else what is told of it: few fields, since the ring keeps many."""

    position: int
    topic: str
    type: str
    at: datetime | None = None
    charger_id: str | None = None
    session_id: str | None = None
    station_id: str | None = None
    driver_id: str | None = None
    told: session.Summary | dict[str, Any] | None = None

    @property
    def data(self) -> dict[str, Any]:
        """What is told of it, JSON-able."""
        match self.told:
            case None:
                return {}
            case session.Summary() as summary:
                return {"session": summary}
            case told:
                return told


class Subscription:
    """Iterate it for items. It ends by itself after a reset that says that it was too slow."""

    def __init__(self, topics: frozenset[str], charger_id: str | None) -> None:
        self._topics = topics
        self._charger_id = charger_id
        self._items: deque[Item] = deque()
        self._wake = trio.Event()
        self._dropped = False

    def give(self, item: Item) -> None:
        """Queue an item that it wants; one too many and everything is dropped for a reset."""
        if self._dropped or not self._wants(item):
            return
        if len(self._items) >= WAITING:
            self._items.clear()
            self._dropped = True
            item = Item(item.position, RESET, RESET)
        self._items.append(item)
        self._wake.set()

    def _wants(self, item: Item) -> bool:
        """True for items of the topics and of the charger that it is about, and for a reset."""
        return item.topic == RESET or (item.topic in self._topics and self._charger_id in (None, item.charger_id))

    async def next(self, seconds: float = math.inf) -> Item | None:
        """The next item; None when none came in `seconds`. Raises StopAsyncIteration after the drop."""
        with trio.move_on_after(seconds):
            while not self._items:
                if self._dropped:
                    raise StopAsyncIteration
                self._wake = trio.Event()
                await self._wake.wait()
        return self._items.popleft() if self._items else None

    async def __aiter__(self) -> AsyncIterator[Item]:
        while True:
            try:
                item = await self.next()
            except StopAsyncIteration:
                return
            if item is not None:
                yield item


class Hub:
    """The ring and the subscribers: a plain object, so that they outlive a restart of the actor."""

    def __init__(self, ring: int = RING) -> None:
        self._ring = ring
        self._items: deque[Item] = deque()
        self._oldest = -1
        """The position behind which everything is known; -1: none."""
        self.position = 0
        self.subscribers: set[Subscription] = set()

    @contextmanager
    def subscribe(
        self, topics: frozenset[str] = TOPICS, *, charger_id: str | None = None, after: int | None = None
    ) -> Iterator[Subscription]:
        """Items from now on, or from the one behind `after`; a reset comes first if that is not known any more."""
        subscription = Subscription(topics, charger_id)
        if after is not None and after != self.position:
            if self._oldest < 0 or after < self._oldest or after > self.position:
                subscription.give(Item(self.position, RESET, RESET))
            else:
                for item in self._items:
                    if item.position > after:
                        subscription.give(item)
        self.subscribers.add(subscription)
        try:
            yield subscription
        finally:
            self.subscribers.discard(subscription)

    def publish(self, first: int, last: int, items: Sequence[Item]) -> None:
        """What happened at the positions from `first` to `last`: keep it and hand it out."""
        if self._oldest < 0:
            self._oldest = first - 1
        self._items.extend(items)
        self.position = last
        while self._items and last - self._items[0].position >= self._ring:
            self._oldest = self._items.popleft().position
        for subscription in list(self.subscribers):
            for item in items:
                subscription.give(item)

    def lost(self) -> None:
        """Something was published that did not arrive here: everybody must read anew."""
        self._items.clear()
        self._oldest = -1
        for subscription in self.subscribers:
            subscription.give(Item(self.position, RESET, RESET))


class Feed(runtime.Actor):
    """Turns appends into items. When it cannot keep up, old casts are dropped and subscribers are told to read anew."""

    capacity = 20_000
    overflow = runtime.Overflow.DROP_OLDEST

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._count: int | None = None

    async def init(self) -> None:
        """After a restart: the message in hand was lost with the last incarnation."""
        if self._hub.position:
            self._hub.lost()

    async def on_published(self, count: int, committed: Committed) -> None:
        """Appends were committed together; `count` numbers the commits without a gap."""
        if self._count is not None and count != self._count + 1:
            self._hub.lost()
        self._count = count
        happened = [(stored, _after(stored, request)) for request, result in committed for stored in result.stored]
        if happened:
            items = [item for stored, state in happened if (item := _item(stored, state)) is not None]
            self._hub.publish(happened[0][0].seq, happened[-1][0].seq, items)

    def describe_message(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Without bodies."""
        return method


def _after(stored: Stored, request: Append) -> session.Session | charger.Charger | None:
    """The state that the append of this event led to, of the event's own stream."""
    for state in request.state:
        if isinstance(state, session.Session | charger.Charger) and stored.stream.partition(":")[2] == state.id:
            return state
    return None


def _item(stored: Stored, state: object) -> Item | None:
    kind, _, key = stored.stream.partition(":")
    match stored.event:
        case events.AlertRaised(kind=about, subject=subject, detail=detail):
            alert = {"kind": about, "subject": subject, "detail": detail}
            return Item(stored.seq, ALERTS, stored.type, stored.at, told=alert)
        case events.ChargerMeterRecorded() | events.AuthorizationDecided() | events.CommandRequested():
            return None
    if kind == "session" and isinstance(state, session.Session):
        return Item(
            stored.seq,
            SESSIONS,
            stored.type,
            stored.at,
            charger_id=state.charger_id,
            session_id=key,
            station_id=state.station_id,
            driver_id=state.driver_id,
            told=session.summary(state, stored.event),
        )
    if kind == "charger" and isinstance(state, charger.Charger):
        told = {"charger_id": key, "online": state.online, **_about(stored.event)}
        return Item(stored.seq, CHARGERS, stored.type, stored.at, charger_id=key, told=told)
    return None


def _about(event: events.AnyEvent) -> dict[str, Any]:
    match event:
        case events.StatusChanged():
            return {
                "connector_id": event.connector_id,
                "evse_id": event.evse_id,
                "status": event.status,
                "error_code": event.error_code,
            }
        case events.CommandEnded():
            return {"command_id": event.command_id, "status": event.status}
        case events.RegistrationChanged():
            return {"registration": event.registration}
        case _:
            return {}
