"""When the clock on the wall reaches what a tariff asks about: times of day, midnights, changes of summer time.

A day has 23 or 25 hours twice a year. What is asked is what the clock on the wall shows at a moment, so a time of day
that comes twice counts twice and one that is left out never comes.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def changes(begin: datetime, end: datetime, zone: tzinfo, times: Iterable[time]) -> list[datetime]:
    """The moments (UTC) between `begin` and `end` at which the wall shows one of `times`, or is set to another time."""
    found = set(_transitions(begin, end, zone))
    day, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    times = tuple(times)
    while day <= last:
        for each in times:
            first = datetime.combine(day, each, zone)
            found.update(local.astimezone(UTC) for local in (first, first.replace(fold=1)))
        day += _DAY
    return sorted(moment for moment in found if begin < moment < end)


def _transitions(begin: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
    day = begin.astimezone(UTC).replace(microsecond=0)
    while day < end:
        following = day + _DAY
        if _offset(day, zone) != _offset(following, zone):
            yield _transition(day, following, zone)
        day = following


def _transition(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The first second that has the offset of `after`."""
    old = _offset(before, zone)
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        if _offset(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(moment: datetime, zone: tzinfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()
