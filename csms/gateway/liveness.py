"""When to ping a charger and when to call it gone (rule 16), pure.

Called by the gateway's sweep, once for every connection. Never reads a clock.
"""

from enum import Enum, auto


class Verdict(Enum):
    """What to do with a connection now."""

    FINE = auto()
    PING = auto()
    GONE = auto()


def judge(*, silent_for: float, since_ping: float, ping_interval: float, offline_after: float) -> Verdict:
    """Decide from seconds.

    `silent_for`: how long we have waited for any bytes in vain; `since_ping`: since the last ping, or the upgrade.
    Some chargers never answer pings, so any bytes prove life. Interval 0: no pings. Limit 0: never gone.
    """
    if 0 < offline_after <= silent_for:
        return Verdict.GONE
    if 0 < ping_interval <= since_ping:
        return Verdict.PING
    return Verdict.FINE
