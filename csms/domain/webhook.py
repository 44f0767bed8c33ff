"""Webhooks, the rules: which events of the log apps may hear of, under which names, and when a failed call comes again.

Used by whoever keeps subscriptions and by actors/business/webhooks.py. No I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

TYPES = {
    "SessionStarted": "session.started",
    "SessionStopped": "session.stopped",
    "SessionCompleted": "session.completed",
    "SessionFailed": "session.failed",
    "SessionFlagged": "session.flagged",
    "SessionPriced": "session.priced",
    "Connected": "charger.online",
    "Disconnected": "charger.offline",
    "Booted": "charger.booted",
    "StatusChanged": "charger.status_changed",
    "AlertRaised": "alert.raised",
    "AlertResolved": "alert.resolved",
    "PaymentAuthorised": "payment.authorised",
    "PaymentCaptured": "payment.captured",
    "PaymentCanceled": "payment.canceled",
    "PaymentFailed": "payment.failed",
    "PaymentRefunded": "payment.refunded",
    "RefundFailed": "payment.refund_failed",
    "DocumentIssued": "document.issued",
}
"""Event of the log -> what apps know it by."""
TEST = "webhook.test"
"""What is sent when somebody asks for a test; it needs no subscription."""
EVERYTHING = "*"
GROUPS = frozenset(name.partition(".")[0] + ".*" for name in TYPES.values())
CHOICES = frozenset(TYPES.values()) | GROUPS | {EVERYTHING}
"""What may be subscribed to: single types, groups such as session.*, and everything."""

FIRST, LONGEST = timedelta(seconds=5), timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=3)
ROTATION = timedelta(days=1)
"""How long the secret before is used beside a new one."""


def wants(subscribed: Collection[str], name: str) -> bool:
    """Whether who subscribed to these wants to hear of this type."""
    return not {name, name.partition(".")[0] + ".*", EVERYTHING}.isdisjoint(subscribed)


def concerns(scope: Collection[str] | None, stations: Collection[str | None]) -> bool:
    """Whether what happened at these stations may be told; what is of no station only to those without a scope."""
    return scope is None or (bool(stations) and all(station in scope for station in stations))


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: doubling, up to an hour."""
    return LONGEST if attempts > 20 else min(LONGEST, FIRST * 2 ** (attempts - 1))
