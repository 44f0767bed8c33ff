"""Events of alerts, stream system. Part of the union in events.py."""

from csms.domain.event import Event


class AlertRaised(Event, frozen=True, kw_only=True):
    """Operations should look at `subject` (a charger, session or actor)."""

    kind: str
    subject: str
    detail: str = ""


class AlertResolved(Event, frozen=True, kw_only=True):
    """What alerts of this kind about `subject` told of is so no more; nobody had to say so."""

    kind: str
    subject: str
