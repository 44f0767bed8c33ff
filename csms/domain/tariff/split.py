"""Cuts a session wherever its price may change, so that each slice has one price for each dimension.

Prices may change when the wall clock reaches a time that the tariff names, at midnight, when the session (or the
reservation) has lasted or has taken so much, at the end of the idle grace, and from one period to the next. Energy is
spread evenly over a period's time.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from csms.domain.tariff import selection, walltime
from csms.domain.tariff.model import Restrictions, Tariff
from csms.domain.tariff.periods import RESERVED, Kind, Period, span

_MICROSECOND = timedelta(microseconds=1)
_NONE = Decimal(0)
_TINY = Decimal("1E-20")
"""Two cuts that are nearer than this are one: division is exact to more digits than that."""


class Slice(NamedTuple):
    """A piece of a period. `at` is its begin in seconds since that of the first period."""

    kind: Kind
    at: Decimal
    seconds: Decimal
    energy_wh: Decimal
    in_grace: bool
    chosen: selection.Prices


class _Point(NamedTuple):
    """How far a period is: seconds and Wh since its begin."""

    seconds: Decimal
    energy_wh: Decimal


class Splitter:
    """Cuts the periods of one session by one tariff, in a zone. Used once."""

    def __init__(self, tariff: Tariff, periods: Sequence[Period], zone: tzinfo) -> None:
        self._tariff, self._periods, self._zone = tariff, periods, zone
        self._asked = [each.restrictions for each in tariff.elements if each.restrictions is not None]
        self._begin = min(period.start for period in periods)
        self._walls = _walls(self._asked, periods, zone, self._begin)
        self._durations = _levels(self._asked, "min_duration", "max_duration", scale=1)
        self._energies = _levels(self._asked, "min_kwh", "max_kwh", scale=1000)
        self._powers = _levels(self._asked, "min_power", "max_power", scale=1000)
        self._currents = _levels(self._asked, "min_current", "max_current", scale=1)
        self._known: dict[tuple[object, ...], selection.Prices] = {}
        self._taken = _NONE
        self._idle = _NONE
        self._origins: dict[bool, Decimal] = {}

    def slices(self) -> Iterator[Slice]:
        """All slices, in the order of the periods."""
        for period in self._periods:
            yield from self._cut(period)
            if period.kind not in RESERVED:
                self._taken += period.energy_wh
            self._idle = self._idle + period.duration_s if period.kind == "parking" else _NONE

    def _cut(self, period: Period) -> Iterator[Slice]:
        at = _seconds(period.start - self._begin)
        clock = at - self._origins.setdefault(period.kind in RESERVED, at)
        taken = _NONE if period.kind in RESERVED else self._taken
        power, current = period.power, period.current
        points = self._points(period, at, clock, taken)
        for here, there in pairwise(points):
            moment = (at + here.seconds, clock + here.seconds, taken + here.energy_wh, power, current)
            yield Slice(
                period.kind,
                at + here.seconds,
                there.seconds - here.seconds,
                there.energy_wh - here.energy_wh,
                period.kind == "parking" and self._idle + here.seconds < self._tariff.idle_grace_s,
                self._prices(period.kind, *moment),
            )

    def _points(self, period: Period, at: Decimal, clock: Decimal, taken: Decimal) -> list[_Point]:
        """Where a period begins, is cut, and ends."""
        length, energy = period.duration_s, period.energy_wh
        cuts = [
            *_between(self._walls, at, length),
            *_between(self._durations, clock, length),
            *(_between([Decimal(self._tariff.idle_grace_s)], self._idle, length) if period.kind == "parking" else ()),
        ]
        points = [_Point(cut, energy * cut / length) for cut in cuts]
        if period.kind not in RESERVED:
            points += [_Point(length * cut / energy, cut) for cut in _between(self._energies, taken, energy)]
        begin, end = _Point(_NONE, _NONE), _Point(length, energy)
        return [begin, *_apart(begin, sorted(points), end), end]

    def _prices(
        self,
        kind: Kind,
        at: Decimal,
        clock: Decimal,
        taken: Decimal,
        power: Decimal | None,
        current: Decimal | None,
    ) -> selection.Prices:
        """What applies here, looked up once for all moments that differ in nothing that the tariff asks about."""
        alike = (
            kind,
            bisect_right(self._walls, at),
            bisect_right(self._durations, clock),
            bisect_right(self._energies, taken),
            None if power is None else bisect_right(self._powers, power),
            None if current is None else bisect_right(self._currents, current),
        )
        if (known := self._known.get(alike)) is None:
            local = (self._begin + span(at)).astimezone(self._zone)
            moment = selection.Moment(local, clock, taken, power, current)
            known = self._known[alike] = selection.choose(self._tariff, kind, moment)
        return known


def _walls(asked: Iterable[Restrictions], periods: Sequence[Period], zone: tzinfo, begin: datetime) -> list[Decimal]:
    """The seconds after `begin` at which the wall clock may change a price."""
    times = {each for one in asked for each in (one.start_time, one.end_time) if each is not None}
    if not times and not any(one.start_date or one.end_date or one.day_of_week for one in asked):
        return []
    last = max(period.start + span(period.duration_s) for period in periods)
    wanted = {time(0), *map(time.fromisoformat, times)}
    return [_seconds(moment - begin) for moment in walltime.changes(begin.astimezone(UTC), last, zone, wanted)]


def _levels(asked: Iterable[Restrictions], *names: str, scale: int) -> list[Decimal]:
    found = {getattr(one, name) for one in asked for name in names} - {None}
    return sorted(Decimal(each) * scale for each in found)


def _between(levels: Sequence[Decimal], start: Decimal, length: Decimal) -> list[Decimal]:
    """Those levels, counted from `start`, that lie inside of the next `length`."""
    first, last = bisect_right(levels, start), bisect_left(levels, start + length)
    return [level - start for level in levels[first:last]]


def _apart(begin: _Point, points: Iterable[_Point], end: _Point) -> Iterator[_Point]:
    """Those of sorted points that differ from the one before and from the end."""
    for point in points:
        if _differ(begin, point) and _differ(point, end):
            yield point
            begin = point


def _differ(one: _Point, other: _Point) -> bool:
    return other.seconds - one.seconds > _TINY or other.energy_wh - one.energy_wh > _TINY


def _seconds(passed: timedelta) -> Decimal:
    return Decimal(passed // _MICROSECOND) / 1_000_000
