"""What the functional blocks of a 1.6 charger have in common: how they are called, and a few answers.

Every block has a table COMMANDS: action -> handler. A handler gets a payload that fits the schema.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from csms.domain import charging_profile
from csms.simulator.messages import Message, Payload

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

Handler: TypeAlias = Callable[["Charger", Payload], Payload]
"""Obeys a call. Raises CallRefused for what is answered with a CALLERROR."""


def accepted(yes: bool) -> Payload:
    """Accepted or Rejected."""
    return {"status": "Accepted" if yes else "Rejected"}


def keep(charger: Charger, action: str, payload: Payload) -> None:
    """Send something in its turn, and again after a lost link or a reboot until it was answered or refused."""
    charger.exchange.outbox.add_record(Message(action, payload, tries=1))


def period(each: charging_profile.Period) -> Payload:
    """A period of a schedule, its limit as a JSON number."""
    limit = 0.0 if each.limit is None else float(each.limit)
    phases = {} if each.phases is None else {"numberPhases": each.phases}
    return {"startPeriod": each.start_s, "limit": limit, **phases}
