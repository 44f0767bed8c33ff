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


_BEGIN = _Point(_NONE, _NONE)


class Splitter:
    """Cuts the periods of one session, which are in order, by one tariff, in a zone. Used once."""

    def __init__(self, tariff: Tariff, periods: Sequence[Period], zone: tzinfo) -> None:
        self._tariff, self._periods, self._zone = tariff, periods, zone
        self._begin = periods[0].start
        asked = [each.restrictions for each in tariff.elements if each.restrictions is not None]
        self._origins = {
            reserved: _seconds(begins[0] - self._begin)
            for reserved in (False, True)
            if (begins := [each.start for each in periods if (each.kind in RESERVED) == reserved])
        }
        walls = _walls(asked, periods, zone, self._begin)
        durations = _levels(asked, "min_duration", "max_duration", scale=1)
        self._times = {
            reserved: sorted({*walls, *(origin + each for each in durations)})
            for reserved, origin in self._origins.items()
        }
        self._energies = _levels(asked, "min_kwh", "max_kwh", scale=1000)
        self._powers = _levels(asked, "min_power", "max_power", scale=1000)
        self._currents = _levels(asked, "min_current", "max_current", scale=1)
        self._grace = Decimal(tariff.idle_grace_s)
        self._known: dict[tuple[object, ...], selection.Prices] = {}

    def slices(self) -> Iterator[Slice]:
        """All slices, in the order of the periods."""
        taken = idle = _NONE
        for period in self._periods:
            yield from self._cut(period, taken, idle)
            if period.kind not in RESERVED:
                taken += period.energy_wh
            idle = idle + period.duration_s if period.kind == "parking" else _NONE

    def _cut(self, period: Period, taken: Decimal, idle: Decimal) -> Iterator[Slice]:
        """One period, before which the session took `taken` Wh, and the vehicle idled for `idle` seconds."""
        at = _seconds(period.start - self._begin)
        power, current = period.power, period.current
        parked = period.kind == "parking"
        for here, there in pairwise(self._points(period, at, taken, idle)):
            yield Slice(
                period.kind,
                at + here.seconds,
                there.seconds - here.seconds,
                there.energy_wh - here.energy_wh,
                parked and idle + here.seconds < self._grace,
                self._prices(period.kind, at + here.seconds, taken + here.energy_wh, power, current),
            )

    def _points(self, period: Period, at: Decimal, taken: Decimal, idle: Decimal) -> list[_Point]:
        """Where a period begins, is cut, and ends."""
        length, energy, reserved = period.duration_s, period.energy_wh, period.kind in RESERVED
        cuts = _between(self._times[reserved], at, length)
        if period.kind == "parking":
            cuts += _between([self._grace], idle, length)
        points = [_Point(cut, energy * cut / length) for cut in cuts]
        if not reserved:
            points += [_Point(length * cut / energy, cut) for cut in _between(self._energies, taken, energy)]
        end = _Point(length, energy)
        return [_BEGIN, *_apart(sorted(points), end), end] if points else [_BEGIN, end]

    def _prices(
        self, kind: Kind, at: Decimal, taken: Decimal, power: Decimal | None, current: Decimal | None
    ) -> selection.Prices:
        """What applies here, looked up once for all moments that differ in nothing that the tariff asks about."""
        reserved = kind in RESERVED
        alike = (
            kind,
            bisect_right(self._times[reserved], at),
            bisect_right(self._energies, taken),
            None if power is None else bisect_right(self._powers, power),
            None if current is None else bisect_right(self._currents, current),
        )
        if (known := self._known.get(alike)) is None:
            local = (self._begin + span(at)).astimezone(self._zone)
            lasted = at - self._origins[reserved]
            moment = selection.Moment(local, lasted, _NONE if reserved else taken, power, current)
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


def _apart(points: Iterable[_Point], end: _Point) -> Iterator[_Point]:
    """Those of sorted points that differ from the one before and from the end."""
    before = _BEGIN
    for point in points:
        if _differ(before, point) and _differ(point, end):
            yield point
            before = point


def _differ(one: _Point, other: _Point) -> bool:
    return other.seconds - one.seconds > _TINY or other.energy_wh - one.energy_wh > _TINY


def _seconds(passed: timedelta) -> Decimal:
    whole = Decimal(passed.days * 86400 + passed.seconds)
    return whole + Decimal(passed.microseconds) / 1_000_000 if passed.microseconds else whole
