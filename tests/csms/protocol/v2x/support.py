"""Short ways to say what a 2.x charger sends and is sent; every test runs with both versions."""

from typing import Any, TypeVar

import pytest

from csms.domain import commands, facts, inventory
from csms.protocol import frames, jsontext, versions
from tests.csms.protocol.support import V21, V201, frame, heard

BOTH = pytest.mark.parametrize("version", [V201, V21], ids=["2.0.1", "2.1"])
ONLY = {V201.name: V201, V21.name: V21}
AT = "2026-03-01T10:00:00Z"

T = TypeVar("T", bound=facts.Fact)


def told(kind: type[T], version: versions.Version, action: str, payload: Any) -> T:
    """The fact of a CALL, which must be of this kind."""
    fact = heard(frame(action, payload), version)
    assert isinstance(fact, kind), fact
    return fact


def refused(version: versions.Version, action: str, payload: Any) -> str:
    """The error code that a CALL is refused with."""
    fault = heard(frame(action, payload), version)
    assert isinstance(fault, versions.CallFault), fault
    return fault.code


def answered(version: versions.Version, action: str, answer: facts.Answer) -> dict[str, Any]:
    """The payload that this answer becomes; it must be valid."""
    read = version.parse(version.reply(frames.Call("1", action, {}), answer))
    assert isinstance(read, frames.CallResult)
    assert version.validators.response_faults(action, read.payload) == ()
    payload: dict[str, Any] = jsontext.plain(read.payload)
    return payload


def ordered(version: versions.Version, command: commands.Command, peer: versions.Peer = versions.ANYBODY) -> Any:
    """What a command becomes: (action, payload), or why it cannot be."""
    order = version.order(command, peer)
    return (order.action, order.payload) if isinstance(order, versions.Order) else order.detail


def learnt(
    version: versions.Version, action: str, request: dict[str, Any], answer: dict[str, Any]
) -> tuple[inventory.Change, ...]:
    """What an answered call changes; both payloads must be valid."""
    assert version.validators.request_faults(action, request) == ()
    assert version.validators.response_faults(action, answer) == ()
    return version.learnt(versions.Order(action, request), answer)
