"""Security of a 2.x charger: what it reports by itself. Used by the other blocks."""

from __future__ import annotations

from csms.simulator import clock
from csms.simulator.v2x.station import Station


def event(station: Station, kind: str, details: str | None = None) -> None:
    """Report something about security, and again until it is heard."""
    payload = {"type": kind, "timestamp": clock.stamp(station.charger.now())}
    station.keep("SecurityEventNotification", payload if details is None else {**payload, "techInfo": details})
