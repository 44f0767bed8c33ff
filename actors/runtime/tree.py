"""The supervision tree as data: for the snapshot, the status of an actor, and the dump of a stuck shutdown. Only reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from actors.runtime.child import Child
from actors.runtime.parent import Parent


def row(child: Child) -> dict[str, Any]:
    """One child: id, name, type, state, incarnation (1 = the first), restarts, last_reason, mailbox (messages waiting)."""
    return {
        "id": child.spec.id,
        "name": child.name,
        "type": child.spec.type.value,
        "state": str(child.state),
        "incarnation": child.incarnation,
        "restarts": max(0, child.incarnation - 1),
        "last_reason": None if child.last_reason is None else str(child.last_reason),
        "mailbox": len(child.mailbox.queue),
    }


def view(child: Child) -> dict[str, Any]:
    """A child and all below it: `row`, and for supervisors `children` in order of start."""
    found = row(child)
    if isinstance(child.process, Parent):
        found["children"] = [view(one) for one in child.process.children.values()]
    return found


def walk(child: Child) -> Iterator[Child]:
    """The child and all below it."""
    yield child
    if isinstance(child.process, Parent):
        for one in list(child.process.children.values()):
            yield from walk(one)
