"""When something happened, if the charger's clock can be believed (rules 22, 50); for every decision about time.

Chargers start with a clock at 1970, run ahead, or send no time at all: then the time of arrival counts.
"""

from datetime import datetime, timedelta

EPOCH_YEAR = 2020
"""A clock before this year was never set."""
FUTURE = timedelta(minutes=5)
"""What lies further ahead than this was said by a wrong clock."""


def plausible(at: datetime | None, now: datetime) -> bool:
    """True for a time that a set clock can have said by `now`."""
    return at is not None and at.year >= EPOCH_YEAR and at - now <= FUTURE  # no sum: it may lie beyond 9999


def moment(at: datetime | None, now: datetime) -> datetime:
    """`at`, or the time of arrival where no set clock can have said it."""
    return at if at is not None and plausible(at, now) else now


def seconds(begin: datetime, end: datetime) -> int:
    """Whole seconds from `begin` to `end`, never negative."""
    return max(0, int((end - begin).total_seconds()))
