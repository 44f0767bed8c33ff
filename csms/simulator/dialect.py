"""What a charger needs to know of an OCPP version: its messages, and how it answers those of the central system.

`charger` and `exchange` speak only through this interface, so that another version is another package and nothing
else. Each charger has a dialect of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias

from csms.simulator import meter
from csms.simulator.messages import Payload

if TYPE_CHECKING:
    from csms.simulator import charger, config, session

Call: TypeAlias = tuple[str, Payload | Callable[[], Payload]]
"""An action and its payload, or what makes that when it is sent."""


class CallRefused(Exception):
    """The charger answers a call with a CALLERROR of this code."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description


class BadAnswer(Exception):
    """The central system's answer does not have the form it must have."""


@dataclasses.dataclass(frozen=True, slots=True)
class TokenInfo:
    """What the central system says about a token."""

    status: str
    parent: str | None = None

    @property
    def accepted(self) -> bool:
        """The token may charge."""
        return self.status == "Accepted"


@dataclasses.dataclass(frozen=True, slots=True)
class Registered:
    """The answer to a boot: Accepted, Pending or Rejected, and a heartbeat or retry interval in seconds."""

    status: str
    interval: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """The answer to a record: the transaction's id where the central system gives it, and what it says of a token."""

    transaction_id: str | None = None
    token: TokenInfo | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Why and when a record of a transaction is made, and how things stood. `at` is Unix seconds."""

    at: float
    cause: str
    """A trigger reason of 2.x, or for an end its reason in the words of 1.6."""
    number: int
    """Of the transaction's records, from 0."""
    offline: bool
    """The central system could not be told at once."""
    state: str
    """Idle, EVConnected, Charging, SuspendedEV or SuspendedEVSE."""
    reading: meter.Reading | None
    told: bool
    """A token did it, and is to be told."""


class Dialect(Protocol):
    """One OCPP version, as one charger speaks it. The readers of answers raise BadAnswer."""

    @property
    def subprotocol(self) -> str: ...

    @property
    def malformed(self) -> str:
        """The error code for a call that is none."""
        ...

    @property
    def reports_charger(self) -> bool:
        """Whether there is a status of the charger as a whole (connector 0)."""
        ...

    def settings(self) -> config.Settings:
        """How a charger of this version is set when it is new."""
        ...

    def join(self, charger: charger.Charger) -> None:
        """The charger that it speaks for; called once, before everything else but `settings`."""
        ...

    def transaction_id(self) -> str | None:
        """The id of a new transaction; None where the central system gives it."""
        ...

    def availability(self, status: str) -> str:
        """A status of 1.6 in this version's words."""
        ...

    def stop_reason(self, reason: str) -> str:
        """A reason of 1.6 in this version's words."""
        ...

    def boot(self, charger: charger.Charger) -> Call: ...

    def heartbeat(self) -> Call: ...

    def status(self, connector_id: int, status: str, error_code: str, at: float) -> Call:
        """`status` is one that `availability` gave."""
        ...

    def authorize(self, token: str, kind: str) -> Call: ...

    def started(self, session: session.Session, occasion: Occasion) -> Call: ...

    def updated(self, session: session.Session, occasion: Occasion) -> Call | None:
        """Something in between; None where the version does not report it."""
        ...

    def stopped(self, session: session.Session, occasion: Occasion) -> Call: ...

    def sampled(self, connector_id: int, reading: meter.Reading) -> Call:
        """Meter values outside of a transaction."""
        ...

    def read_boot(self, payload: Payload) -> Registered: ...

    def read_token(self, payload: Payload) -> TokenInfo: ...

    def read_start(self, payload: Payload) -> Acknowledged: ...

    def read_update(self, payload: Payload) -> Acknowledged: ...

    def read_stop(self, payload: Payload) -> Acknowledged: ...

    def restart(self, charger: charger.Charger) -> None:
        """The charger reboots: settings that waited for it take effect."""
        ...

    def answer(self, charger: charger.Charger, action: str, payload: Payload) -> Payload:
        """Obey a call of the central system and answer it. Raises CallRefused."""
        ...
