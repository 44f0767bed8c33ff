"""What a charger needs to know of an OCPP version: its messages, and how it answers those of the central system.

`charger` and `exchange` speak only through this interface, so that another version is another module and nothing else.
A dialect keeps no state; that lives in the charger.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol, TypeAlias

from csms.simulator.messages import Payload

if TYPE_CHECKING:
    from csms.simulator import charger, config, meter, session

Call: TypeAlias = tuple[str, Payload]
"""An action and its payload."""


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


class Dialect(Protocol):
    """One OCPP version, as a charger speaks it. The readers of answers raise BadAnswer."""

    @property
    def subprotocol(self) -> str: ...

    def boot(self, config: config.ChargerConfig) -> Call: ...

    def heartbeat(self) -> Call: ...

    def status(self, connector_id: int, status: str, error_code: str, at: float) -> Call: ...

    def authorize(self, token: str) -> Call: ...

    def started(self, session: session.Session) -> Call: ...

    def sampled(self, connector_id: int, transaction_id: str | None, reading: meter.Reading) -> Call: ...

    def stopped(self, session: session.Session) -> Call: ...

    def read_boot(self, payload: Payload) -> Registered: ...

    def read_token(self, payload: Payload) -> TokenInfo: ...

    def read_start(self, payload: Payload) -> tuple[str, TokenInfo]: ...

    def read_stop(self, payload: Payload) -> TokenInfo | None: ...

    def restart(self, charger: charger.Charger) -> None:
        """The charger reboots: settings that waited for it take effect."""
        ...

    def answer(self, charger: charger.Charger, action: str, payload: Payload) -> Payload:
        """Obey a call of the central system and answer it. Raises CallRefused."""
        ...
