"""Problems that a charger of 2.x tells by events of a high severity: which of them operations must hear of. Pure.

Severities are OCPP's, 0 the worst; 4 (error: "non-urgent") and above alert nobody. A problem is a thing of the
inventory (kind "problems", key the variable: csms.domain.variables; body: {severity, eventId, timestamp}) from its
first event until it is cleared: it is alerted once, and again when it is still told of a day later. Called by the
charger's actor.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from csms.domain import clock, facts, inventory, session_decisions

KIND = "problems"
ALERT = "charger_problem"
AGAIN = timedelta(days=1)
WORDS: Mapping[int, str] = {0: "danger", 1: "hardware failure", 2: "system failure", 3: "critical"}
"""The severities that ask for somebody at once."""


class Verdict(NamedTuple):
    """What to record of an event, and what to tell operations; `alert` may be told before, as the same one."""

    change: inventory.Change | None = None
    alert: facts.Alert | None = None


def judge(told: facts.Problem, severity: int | None, known: inventory.Body | None, now: datetime) -> Verdict:
    """`severity` is the event's or its monitor's; `known` what is recorded of a problem with this variable.

    What was over long ago, as in the records of a time without connection, is history: it says nothing of now.
    """
    at = clock.moment(told.at, now)
    before = None if known is None else datetime.fromisoformat(known["timestamp"])
    if now - at > session_decisions.HISTORY or (before is not None and at < before):
        return Verdict()
    if told.cleared:
        return Verdict() if known is None else Verdict(inventory.Change(kind=KIND, drop=(told.key,)))
    if severity is None or severity not in WORDS:
        return Verdict()
    body = {"severity": severity, "eventId": told.event_id, "timestamp": at.isoformat()}
    again = body == known
    if not again and known is not None and before is not None and not _news(severity - known["severity"], at - before):
        return Verdict()
    change = None if again else inventory.Change(kind=KIND, put={told.key: body})
    return Verdict(change, facts.Alert(ALERT, f"{told.key}: {WORDS[severity]} (severity {severity}){told.detail}"))


def _news(worse: int, after: timedelta) -> bool:
    """Whether a known problem is alerted again: it is worse now (negative), or lasts."""
    return worse < 0 or after >= AGAIN
