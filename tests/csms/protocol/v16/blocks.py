"""What the tests of 1.6's functional blocks ask of its tables."""

from typing import Any

from csms.domain import commands, facts, inventory
from csms.protocol import versions
from tests.csms.protocol.support import V16, told


def ordered(command: commands.Command) -> tuple[str, dict[str, Any]]:
    """The call that a command becomes."""
    order = V16.order(command)
    assert isinstance(order, versions.Order), order
    return order.action, order.payload


def detail(command: commands.Command) -> str:
    """Why 1.6 cannot express it."""
    order = V16.order(command)
    assert isinstance(order, versions.CannotExpress), order
    return order.detail


def learnt(action: str, request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """What an answered call, ordered raw or by name, changes."""
    assert V16.validators.request_faults(action, request) == ()
    return V16.learnt(versions.Order(action, request), answer)


def noticed(action: str, payload: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """What a report changes."""
    return told(facts.Notification, action, payload).changes


def merged(usual: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Fields as usual but for some."""
    return {**usual, **changes}
