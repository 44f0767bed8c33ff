"""What was used at which price: slices added up per price, then rounded up to whole steps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import TypeAlias

from csms.domain.tariff import rounding
from csms.domain.tariff.bill import Position
from csms.domain.tariff.model import Dimension, PriceComponent, Reservation, Tariff
from csms.domain.tariff.periods import RESERVED
from csms.domain.tariff.split import Slice

_Key: TypeAlias = tuple[Position, int, object]
_DIMENSIONS: dict[Position, Dimension] = {
    "ENERGY": "ENERGY",
    "TIME": "TIME",
    "PARKING_TIME": "PARKING_TIME",
    "RESERVATION_TIME": "TIME",
}
_ORDER: tuple[Position, ...] = ("RESERVATION_TIME", "FLAT", "ENERGY", "TIME", "PARKING_TIME")


@dataclass(slots=True)
class Used:
    """So much (Wh, seconds, pieces) at one price, from when to when in seconds since the begin.

    Without a component it is free; `element` is 0 then. `surplus` is what rounding up to steps adds to `quantity`.
    """

    position: Position
    element: int
    component: PriceComponent | None
    since: Decimal
    until: Decimal
    quantity: Decimal = Decimal(0)
    surplus: Decimal = Decimal(0)
    in_grace: bool = False
    last: int = field(default=0)
    """The number of the last slice in it."""

    @property
    def billed(self) -> Decimal:
        """What is paid for."""
        return self.quantity + self.surplus

    @property
    def rounded_up(self) -> bool:
        """Whether steps made it more, as people see it."""
        return rounding.quantity(self.surplus) > 0


def used(tariff: Tariff, slices: Iterable[Slice]) -> list[Used]:
    """All that was used, with its steps, in the order in which it began."""
    tally = _Tally(tariff)
    for number, piece in enumerate(slices):
        tally.add(number, piece)
    found = list(tally.found.values())
    _round_up([each for each in found if each.position == "ENERGY"])
    _round_up([each for each in found if each.position in ("TIME", "PARKING_TIME")])
    _round_up([each for each in found if each.position == "RESERVATION_TIME"])
    return sorted(found, key=lambda each: (each.since, _ORDER.index(each.position)))


class _Tally:
    def __init__(self, tariff: Tariff) -> None:
        self._elements = tariff.elements
        self._priced = {
            (part.type, element.reservation is not None)
            for element in tariff.elements
            for part in element.price_components
        }
        self.found: dict[_Key, Used] = {}

    def add(self, number: int, piece: Slice) -> None:
        if piece.energy_wh and piece.kind not in RESERVED:
            self._add(number, piece, "ENERGY", piece.energy_wh)
        if piece.seconds and piece.kind == "charging":
            self._add(number, piece, "TIME", piece.seconds)
        if piece.seconds and piece.kind == "parking":
            self._add(number, piece, "PARKING_TIME", piece.seconds)
        if piece.seconds and piece.kind in RESERVED:
            self._add(number, piece, "RESERVATION_TIME", piece.seconds)
        self._add_flat(number, piece)

    def _add(self, number: int, piece: Slice, position: Position, quantity: Decimal) -> None:
        dimension = _DIMENSIONS[position]
        if (dimension, piece.kind in RESERVED) not in self._priced:
            return  # this tariff never asks for it
        graced = piece.in_grace and position == "PARKING_TIME"
        choice = None if graced else piece.chosen.get(dimension)
        element, component = (0, None) if choice is None else choice
        known = self._at((position, element, graced), number, piece, position, element, component)
        known.quantity += quantity
        known.in_grace = graced

    def _add_flat(self, number: int, piece: Slice) -> None:
        if (choice := piece.chosen.get("FLAT")) is not None:
            reservation: Reservation | None = self._elements[choice.element - 1].reservation
            fee = (choice.component.price, choice.component.vat, reservation)
            self._at(("FLAT", 0, fee), number, piece, "FLAT", *choice).quantity = Decimal(1)

    def _at(
        self,
        key: _Key,
        number: int,
        piece: Slice,
        position: Position,
        element: int,
        component: PriceComponent | None,
    ) -> Used:
        if (known := self.found.get(key)) is None:
            known = self.found[key] = Used(position, element, component, piece.at, piece.at)
        known.last = number
        if position != "FLAT":
            known.until = piece.at + piece.seconds
        return known


def _round_up(all_used: Sequence[Used]) -> None:
    """Once for a whole session, by the last price that was used: what its kind comes to becomes whole steps."""
    priced = [each for each in all_used if each.component is not None]
    if not priced:
        return
    last = max(priced, key=lambda each: each.last)
    assert last.component is not None, "only those were asked"
    total = sum((each.quantity for each in priced if each.position == last.position), Decimal(0))
    step = last.component.step_size
    steps = (rounding.quantity(total) / step).to_integral_value(ROUND_CEILING)  # a multiple stays, dirt or not
    last.surplus = steps * step - total
