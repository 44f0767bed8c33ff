"""When something happened, if the charger's clock can be believed (rules 22, 50); for every decision about time.

Chargers start with a clock at 1970, run ahead, or send no time at all: then the time of arrival counts.
"""

from datetime import UTC, datetime, timedelta

import msgspec

EPOCH_YEAR = 2020
"""A clock before this year was never set."""
FUTURE = timedelta(minutes=5)
"""What lies further ahead than this was said by a wrong clock."""
HISTORY = timedelta(minutes=10)
"""What is older than this when it is told was kept by the charger: it says nothing of now."""
FIRST_YEAR = 1970


class Dated(msgspec.Struct, frozen=True):
    """Base of what people send that holds times: one that UTC has no words for must not get as far as an actor."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if wrong := objection(getattr(self, name)):
                raise ValueError(f"{name}: {wrong}")


def objection(value: object) -> str | None:
    """Why a time cannot be written, stored and compared in UTC; None for one that can, and for what is no time."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    try:
        good = value.astimezone(UTC).year >= FIRST_YEAR
    except OverflowError:
        good = False
    return None if good else f"a time must lie between the years {FIRST_YEAR} and 9999 in UTC"


def plausible(at: datetime | None, now: datetime) -> bool:
    """True for a time that a set clock can have said by `now`."""
    return at is not None and at.year >= EPOCH_YEAR and at - now <= FUTURE  # no sum: it may lie beyond 9999


def moment(at: datetime | None, now: datetime) -> datetime:
    """`at`, or the time of arrival where no set clock can have said it."""
    return at if at is not None and plausible(at, now) else now


def seconds(begin: datetime, end: datetime) -> int:
    """Whole seconds from `begin` to `end`, never negative."""
    return max(0, int((end - begin).total_seconds()))
