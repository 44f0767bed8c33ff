"""What can be asked of every actor, for free (OTP's sys): plain reads and flags, so they work on a stuck actor too.

For operators, tests and the actors page; never part of what actors say to each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.runtime import report, tree
from actors.runtime.mailbox import Traced
from actors.runtime.ref import Ref


def get_state(ref: Ref[Any]) -> object:
    """The actor's state (`Actor.get_state`), or None while no incarnation exists."""
    process = ref._mailbox.child.process
    return None if process is None else process.get_state()


def status(ref: Ref[Any]) -> dict[str, Any]:
    """Its row of the snapshot, plus whether it is suspended, the message in hand and its printable state."""
    mailbox = ref._mailbox
    current = mailbox.current
    return {
        **tree.row(mailbox.child),
        "suspended": mailbox.suspended,
        "current": None if current is None else report.message_text(mailbox.child, current),
        "status": report.state_text(mailbox.child),
    }


def suspend(ref: Ref[Any]) -> None:
    """Hold messages back after the one in hand; stopping still works. A restart resumes."""
    ref._mailbox.suspended = True


def resume(ref: Ref[Any]) -> None:
    """Go on handling messages."""
    ref._mailbox.suspended = False
    ref._mailbox.wake()


def trace(ref: Ref[Any], tracer: Callable[[Traced], None] | None) -> None:
    """Show every message to `tracer` as it is received and handled; None ends it."""
    ref._mailbox.tracer = tracer


def statistics(ref: Ref[Any]) -> dict[str, int]:
    """Counts over all incarnations: handled, dropped, queued, restarts; and Laters still open."""
    mailbox = ref._mailbox
    return {
        "handled": mailbox.handled,
        "dropped": mailbox.dropped,
        "queued": len(mailbox.queue),
        "later": len(mailbox.laters),
        "restarts": max(0, mailbox.child.incarnation - 1),
    }


def last_messages(ref: Ref[Any]) -> list[str]:
    """The last few messages that it took in hand, oldest first."""
    mailbox = ref._mailbox
    ring, turn = mailbox.last, mailbox.handled % len(mailbox.last) if mailbox.last else 0
    return [report.message_text(mailbox.child, envelope) for envelope in ring[turn:] + ring[:turn]]
