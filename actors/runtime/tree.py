"""The supervision tree as data: for the snapshot, an actor's status and the dump of a stuck shutdown. Only reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from actors.runtime.child import Child
from actors.runtime.parent import Parent
from actors.runtime.process import ChildType


def row(child: Child) -> dict[str, Any]:
    """One child: id, name, type, state, incarnation (1 = first), restarts, last_reason, mailbox (messages waiting)."""
    return {
        "id": child.spec.id,
        "name": child.name,
        "type": child.spec.type.value,
        "state": str(child.state),
        "incarnation": child.incarnation,
        "restarts": max(0, child.incarnation - 1),
        "last_reason": None if child.last_reason is None else str(child.last_reason),
        "mailbox": child.queued,
    }


def view(child: Child) -> dict[str, Any]:
    """A child and all below it: `row`, and for supervisors `children` in order of start."""
    found = row(child)
    if child.spec.type is ChildType.SUPERVISOR:
        found["children"] = [view(one) for one in below(child)]
    return found


def below(child: Child) -> list[Child]:
    """The children of a supervisor that runs; of anything else none."""
    return list(child.process.children.values()) if isinstance(child.process, Parent) else []


def walk(child: Child) -> Iterator[Child]:
    """The child and all below it."""
    yield child
    for one in below(child):
        yield from walk(one)
