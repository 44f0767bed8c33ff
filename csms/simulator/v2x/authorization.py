"""Authorisation in a 2.x charger: what it remembers of tokens."""

from __future__ import annotations

from collections.abc import Mapping

from csms.simulator.messages import Payload
from csms.simulator.v2x import commands
from csms.simulator.v2x.station import Station


def _clear_cache(station: Station, _call: Payload) -> Payload:
    if not station.charger.settings.cache_enabled:
        return commands.status("Rejected", "NotEnabled")
    station.charger.cache.clear()
    return commands.status("Accepted")


COMMANDS: Mapping[str, commands.Handler] = {"ClearCache": _clear_cache}
