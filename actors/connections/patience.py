"""Patience: how long a charger may be silent until it is offline (rule 16). Used by the gateway and the charger."""

from actors.connections.link import Link
from csms import config
from csms.domain import charger

HEARTBEATS = 3.0
"""Without pings only the charger's own messages prove life: so many heartbeats may fail to come."""


def limits(settings: config.Settings, own: int | None = None, heartbeat: int | None = None) -> tuple[float, float]:
    """Seconds between pings, and without a sign of life until offline, for a charger with its `own` ping interval.

    The limit is never shorter than three pings, and three heartbeats where pings are off; `heartbeat` is the charger's
    own interval.
    """
    ping_interval = settings.ping_interval if own is None else float(own)
    if not settings.offline_after:
        return ping_interval, 0.0
    if not ping_interval:
        return 0.0, HEARTBEATS * (settings.heartbeat_interval if heartbeat is None else heartbeat)
    return ping_interval, settings.offline_after if own is None else max(settings.offline_after, 3.0 * ping_interval)


def follow(link: Link, state: charger.Charger, settings: config.Settings) -> None:
    """Take up the heartbeat interval that an operator gave the charger; a longer one also before it has rebooted."""
    connection = link.connection
    if state.heartbeat_interval is None or connection.ping_interval:
        return
    _, limit = limits(settings, 0, state.heartbeat_interval)
    connection.offline_after = max(limit, connection.offline_after) if state.pending_reboot else limit
