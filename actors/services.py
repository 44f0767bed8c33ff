"""Services: what every actor of a node is given: its neighbours' addresses, the settings, the clock.

Made once by tree.py and passed down; actors never look for globals. Holds no logic.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import trio

from actors import runtime
from actors.connections.trace import Traces
from actors.recording.journal import Journal
from actors.recording.news import News
from actors.recording.readers import Readers
from actors.upkeep.hearsay import Hearsay
from csms import config
from csms.integrations.http import Client
from csms.integrations.payment import PaymentGateway, providers

PRINTED_TOGETHER = 2
"""Documents that are set at a time: a long invoice takes most of a gigabyte while it is."""
JOURNAL_SECONDS = 30.0
"""How long a person waits for a commit before its outcome is unknown; an actor waits until it knows."""


def utc_now() -> datetime:
    """The time that is recorded and told to chargers, to the millisecond, as the log keeps it."""
    return datetime.fromtimestamp(time.time_ns() // 1_000_000 / 1000, UTC)


@dataclass(eq=False)
class Services:
    """One node's shared parts. `registry` is set when the tree is made, before anything in it runs."""

    settings: config.Settings
    readers: Readers
    sessions: runtime.DynamicSupervisor
    chargers: runtime.DynamicSupervisor
    jobs: runtime.DynamicSupervisor = field(default_factory=runtime.DynamicSupervisor)
    """One actor per campaign and bulk change that runs."""
    payments: runtime.DynamicSupervisor = field(default_factory=runtime.DynamicSupervisor)
    """One actor per payment that something is to be done about."""
    registry: runtime.Registry = field(default_factory=runtime.Registry)
    traces: Traces = field(default_factory=Traces)
    hashing: trio.CapacityLimiter = field(default_factory=lambda: trio.CapacityLimiter(1))
    """For argon2, which is slow and large on purpose: one at a time, however many passwords are changed."""
    printing: trio.CapacityLimiter = field(default_factory=lambda: trio.CapacityLimiter(PRINTED_TOGETHER))
    """For documents as PDF."""
    links: dict[str, Any] = field(default_factory=dict)
    """The newest link of each connected charger; kept here so that an actor's crash keeps the socket."""
    described: Callable[[str], None] = lambda _: None
    """Hears of each charger, by id, that has booted or told its configuration; must not wait."""
    news: News = field(default_factory=News)
    """Tells that the log has grown."""
    receiving: set[str] = field(default_factory=set)
    """The uploads that are coming in at the moment."""
    http: str | None = None
    """Where the HTTP port listens, set when it does."""
    hearsay: Hearsay = field(default_factory=Hearsay)
    """What others said of certificates that are not ours."""
    unusable: Counter[str] = field(default_factory=Counter)
    """How many SENDs could be told to nobody that they were bad, by what they were."""
    now: Callable[[], datetime] = utc_now
    started_at: datetime = field(default_factory=utc_now)
    """What was begun before and is not in the log was cut short by the end of the process."""

    @property
    def public_url(self) -> str | None:
        """Where chargers reach the HTTP port: as set, else where it listens, if that is an address for others."""
        return self.settings.public_url or self.http

    @cached_property
    def outbound(self) -> Client:
        """For HTTP calls that this node makes itself: closed with it."""
        return Client(self.settings.call_hosts)

    @cached_property
    def gateways(self) -> Mapping[str, PaymentGateway]:
        """The payment providers, by name."""
        return providers.made(self.settings)

    def payment_gateway(self, name: str) -> PaymentGateway:
        """A provider by its name. Raises Unavailable for one that the settings do not tell how to reach."""
        return providers.of(self.gateways, name)

    async def close(self) -> None:
        """Give up all connections to others."""
        await self.outbound.close()
        for gateway in vars(self).get("gateways", {}).values():
            await gateway.close()

    @cached_property
    def look_ups(self) -> Readers:
        """For what actors look up by key, in microseconds: one thread has answered before several have won the lock."""
        return Readers(self.settings.data, size=1, together=16)

    @cached_property
    def journal(self) -> runtime.Ref[Journal]:
        """The journal's ref, which outlives its restarts.

        Its calls have no deadline: an actor that gave up on a disk that hangs would not know what the log says, would
        have to crash, and after a few times be parked, though nothing is wrong with it.
        """
        ref = self.registry.lookup("journal", Journal)
        if ref is None:
            raise LookupError("the tree has no journal: it is made by tree.py")
        return ref.within(math.inf)
