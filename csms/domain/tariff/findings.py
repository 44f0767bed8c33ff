"""What a good tariff may do that nobody meant: gaps that are free, prices that overlap, prices that never apply.

A tariff with findings is accepted; they are told to who edits it. The restrictions of an element are a box: on each
axis (day, time of day, energy, ...) it takes some of the intervals into which all elements together cut that axis.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, islice, pairwise
from typing import Any, Literal, TypeAlias

import msgspec

from csms.domain.tariff import words
from csms.domain.tariff.model import DAYS, Dimension, Restrictions, Tariff

Box: TypeAlias = tuple[frozenset[int], ...]
"""For each axis the intervals in it, by number."""

_CHECKED: tuple[Dimension, ...] = ("ENERGY", "TIME", "PARKING_TIME")
_MEANING = {"ENERGY": "energy", "TIME": "charging time", "PARKING_TIME": "idle time"}
_SHOWN = 10
_MOST_BOXES = 200


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something to look at; `elements` are numbers from 1."""

    kind: Literal["gap", "overlap", "unreachable"]
    dimension: Dimension
    elements: tuple[int, ...]
    text: str


def findings(tariff: Tariff) -> tuple[Finding, ...]:
    """The first ten of each dimension. Fees and reservations have no gaps: none is meant to be there always."""
    asked = [each.restrictions or Restrictions() for each in tariff.elements if each.reservation is None]
    axes = [axis for axis in _axes(asked) if axis.size > 1]
    found: list[Finding] = []
    for dimension in _CHECKED:
        boxes = {
            number: tuple(axis.taken(element.restrictions or Restrictions()) for axis in axes)
            for number, element in enumerate(tariff.elements, 1)
            if element.reservation is None and any(part.type == dimension for part in element.price_components)
        }
        if boxes:
            found += islice(chain(_gaps(dimension, boxes, axes), _hidden(dimension, boxes, axes)), _SHOWN)
    return tuple(found)


def _hidden(dimension: Dimension, boxes: dict[int, Box], axes: Sequence["_Axis"]) -> Iterator[Finding]:
    """Elements that others, which come before them, leave nothing, or surprisingly little."""
    for number, box in boxes.items():
        before = {other: known for other, known in boxes.items() if other < number}
        if _minus(box, before.values()) == []:
            text = f"element {number} never prices {_MEANING[dimension]}: elements before it always fit"
            yield Finding(kind="unreachable", dimension=dimension, elements=(number,), text=text)
            continue
        for other, known in before.items():
            common = tuple(one & two for one, two in zip(box, known, strict=True))
            if all(common) and common not in (box, known):
                when = _told(common, axes)
                text = f"elements {other} and {number} both price {_MEANING[dimension]} {when}: {other} counts"
                yield Finding(kind="overlap", dimension=dimension, elements=(other, number), text=text)


def _gaps(dimension: Dimension, boxes: dict[int, Box], axes: Sequence["_Axis"]) -> Iterator[Finding]:
    everything: Box = tuple(frozenset(range(axis.size)) for axis in axes)
    free = _minus(everything, boxes.values())
    for box in free or []:
        text = f"no element prices {_MEANING[dimension]} {_told(box, axes)}: it is free then"
        yield Finding(kind="gap", dimension=dimension, elements=(), text=text)


def _minus(box: Box, others: Iterable[Box]) -> list[Box] | None:
    """What is in `box` and in none of the others, as boxes that do not touch; None where they are too many to tell."""
    left = [box]
    for other in others:
        left = [piece for each in left for piece in _without(each, other)]
        if len(left) > _MOST_BOXES:
            return None
    return left


def _without(box: Box, other: Box) -> Iterator[Box]:
    if not all(one & two for one, two in zip(box, other, strict=True)):
        yield box
        return
    for index, (one, two) in enumerate(zip(box, other, strict=True)):
        if one - two:
            yield (*box[:index], one - two, *box[index + 1 :])
        box = (*box[:index], one & two, *box[index + 1 :])


def _told(box: Box, axes: Sequence["_Axis"]) -> str:
    parts = [axis.told(taken) for axis, taken in zip(axes, box, strict=True) if len(taken) < axis.size]
    return ", ".join(parts) or "always"


# -- Axes --------------------------------------------------------------------------------------------------------------


class _Axis:
    """One thing that restrictions ask about, cut where any of them begins or ends. Half-open intervals, from 0."""

    def __init__(self, low: str, high: str, asked: Iterable[Restrictions]) -> None:
        self._low, self._high = low, high
        bounds = {self._bound(getattr(each, name)) for each in asked for name in (low, high)}
        self._cuts: list[Any] = sorted(each for each in bounds if each is not None)

    @property
    def size(self) -> int:
        return len(self._cuts) + 1

    def taken(self, asked: Restrictions) -> frozenset[int]:
        low, high = self._bound(getattr(asked, self._low)), self._bound(getattr(asked, self._high))
        first = 0 if low is None else self._cuts.index(low) + 1
        last = self.size if high is None else self._cuts.index(high) + 1
        return frozenset(range(first, last))

    def told(self, taken: frozenset[int]) -> str:
        return " or ".join(words.condition(self._asked(first, last)) for first, last in _runs(sorted(taken)))

    def _bound(self, value: Decimal | int | date | None) -> Any:
        """What is never below nothing is not cut at nothing."""
        return None if value == 0 else value

    def _asked(self, first: int, last: int) -> Restrictions:
        bounds: dict[str, Any] = {
            self._low: self._cuts[first - 1] if first else None,
            self._high: self._cuts[last] if last < len(self._cuts) else None,
        }
        return Restrictions(**bounds)


class _Days(_Axis):
    """The days of the week; none named means all."""

    def __init__(self, asked: Iterable[Restrictions]) -> None:
        self._named = any(each.day_of_week for each in asked)

    @property
    def size(self) -> int:
        return len(DAYS) if self._named else 1

    def taken(self, asked: Restrictions) -> frozenset[int]:
        return frozenset(index for index, day in enumerate(DAYS) if not asked.day_of_week or day in asked.day_of_week)

    def told(self, taken: frozenset[int]) -> str:
        return words.condition(Restrictions(day_of_week=tuple(DAYS[index] for index in sorted(taken))))


class _Times(_Axis):
    """The time of day, which goes round."""

    def __init__(self, asked: Iterable[Restrictions]) -> None:
        times = {"00:00"} | {each for one in asked for each in (one.start_time, one.end_time) if each is not None}
        self._cuts = sorted(times)

    @property
    def size(self) -> int:
        return len(self._cuts)

    def taken(self, asked: Restrictions) -> frozenset[int]:
        if asked.start_time is None and asked.end_time is None:
            return frozenset(range(self.size))
        first = self._cuts.index(asked.start_time or "00:00")
        last = self._cuts.index(asked.end_time or "00:00") or self.size
        inside = range(first, last) if first < last else [*range(first, self.size), *range(last)]
        return frozenset(inside)

    def told(self, taken: frozenset[int]) -> str:
        runs = _runs(sorted(taken))
        if len(runs) > 1 and runs[0][0] == 0 and runs[-1][1] == self.size - 1:
            runs = [*runs[1:-1], (runs[-1][0], runs[0][1])]
        spans = [(self._cuts[first], self._cuts[(last + 1) % self.size]) for first, last in runs]
        return " or ".join(words.condition(Restrictions(start_time=begin, end_time=end)) for begin, end in spans)


def _axes(asked: Sequence[Restrictions]) -> list[_Axis]:
    names = ("date", "kwh", "duration", "power", "current")
    pairs = [("start_date", "end_date"), *((f"min_{name}", f"max_{name}") for name in names[1:])]
    return [_Times(asked), _Days(asked), *(_Axis(low, high, asked) for low, high in pairs)]


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Sorted numbers as runs (first, last) without holes."""
    begins = [numbers[0], *(two for one, two in pairwise(numbers) if two > one + 1)]
    ends = [*(one for one, two in pairwise(numbers) if two > one + 1), numbers[-1]]
    return list(zip(begins, ends, strict=True))
