"""How the calls of a central system find their handlers, and what is said of those that find none.

Every functional block has a table COMMANDS: action -> handler. A handler gets a payload that fits the schema; what it
sends besides its answer leaves after that. Used by `dialect` and the blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from csms.protocol import schemas
from csms.simulator.dialect import CallRefused
from csms.simulator.messages import Payload

if TYPE_CHECKING:
    from csms.simulator.v2x.station import Station

Handler: TypeAlias = Callable[["Station", Payload], Payload]
"""Obeys a call. Raises CallRefused for what is answered with a CALLERROR."""


def status(word: str, reason: str | None = None) -> Payload:
    """An answer that is only a status; `reason` is its machine-readable reasonCode (20 characters at most)."""
    return {"status": word} if reason is None else {"status": word, "statusInfo": {"reasonCode": reason}}


def accepted(yes: bool) -> Payload:
    """Accepted or Rejected."""
    return status("Accepted" if yes else "Rejected")


def obey(
    station: Station, table: Mapping[str, Handler], validators: schemas.Schemas, action: str, payload: Payload
) -> Payload:
    """Answer one call. Raises CallRefused: NotImplemented, NotSupported, or what is wrong with the payload."""
    if action not in validators.actions:
        raise CallRefused("NotImplemented", "this charger does not know that action")
    faults = validators.request_faults(action, payload)
    if faults:
        raise CallRefused(schemas.CODES_2X[faults[0].kind], faults[0].describe())
    handler = table.get(action)
    if handler is None:
        raise CallRefused("NotSupported", f"this charger does not support {action}")
    return handler(station, payload)
