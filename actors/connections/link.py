"""Link: one socket of a charger, and all that lasts exactly as long as it. Kept outside the actor: a crash keeps it.

What was agreed on it, what was answered over it, the calls that went out on it or wait. Decides nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import trio

from actors.chargers.outbound import Outbound
from csms import gateway
from csms.protocol import replies, versions

SEND_SECONDS = 10.0
"""A peer that takes no frame for so long is gone."""

logger = logging.getLogger(__name__)


class Connection(Protocol):
    """What the actor needs of a gateway's connection.

    `credential` is the stored form of what the charger signed in with, None where no password was asked for, `profile`
    the security profile that it used, `certificate` the serial number of the certificate that it showed. The others are
    seconds, 0 = off.
    """

    credential: str | None
    profile: int
    certificate: str | None
    ping_interval: float
    offline_after: float

    async def send(self, text: str) -> None:
        """Write one frame."""

    def close(self, code: int, reason: str) -> None:
        """Close it, from any task, without waiting."""


@dataclass(slots=True, eq=False)
class Link:
    """`epoch` numbers the links of a charger, from when its actor took this one."""

    connection: Connection
    version: versions.Version
    epoch: int = 0
    replies: replies.ReplyCache = field(default_factory=replies.ReplyCache)
    calls: Outbound = field(default_factory=Outbound)
    seen_at: datetime | None = None
    """When the last frame came."""
    triggered: set[str] = field(default_factory=set)
    """Messages that the charger agreed to send when we asked (rule 20)."""
    reported: set[int] = field(default_factory=set)
    """Connectors whose status came (rule 21)."""
    owes: bool = False
    """Something is due as soon as the answer at hand has left."""

    async def send(self, text: str) -> None:
        """Write one frame; that the socket is gone is told by its own end, not here."""
        try:
            with trio.fail_after(SEND_SECONDS):
                await self.connection.send(text)
        except trio.TooSlowError:
            self.connection.close(1001, "the charger takes no frames")
        except gateway.ConnectionClosed as closed:
            logger.info("frame_not_sent epoch=%d reason=%s", self.epoch, closed)
