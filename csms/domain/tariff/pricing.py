"""The price of a session: a pure function of the tariff, the periods and the station's time zone.

Called when a session ends, for what a running one costs so far, and for trying a tariff out. What it returns is
recorded; nothing here is asked again about a bill that was made.
"""

import decimal
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from csms.domain.tariff import rounding, taxes, words
from csms.domain.tariff.bill import Bill, Line, Position, Unit
from csms.domain.tariff.model import PriceLimit, Tariff
from csms.domain.tariff.periods import Period, span
from csms.domain.tariff.split import Splitter
from csms.domain.tariff.taxes import Amount
from csms.domain.tariff.usage import Used, used

VERSION = 1
"""Of this arithmetic: raised when the same usage may cost something else."""

_UNITS: dict[Position, Unit] = {"ENERGY": "Wh", "FLAT": "piece"}
_PRICED_PER: dict[Unit, int] = {"Wh": 1000, "s": 3600, "piece": 1}


def price(tariff: Tariff, periods: Sequence[Period], zone: tzinfo) -> Bill:
    """What these periods cost, in whatever order they come. Their times are aware; `zone` is that of the station.

    Raises ValueError for a currency that is none.
    """
    with decimal.localcontext(rounding.EXACT):
        if not periods:
            return _bill(tariff, [], taxes.total([]), [])
        ordered = sorted(periods, key=lambda period: period.start)
        begin = ordered[0].start.astimezone(UTC)
        everything = used(tariff, Splitter(tariff, ordered, zone).slices())
        amounts = [_amount(each, tariff) for each in everything]
        lines = [_line(*each, tariff, begin) for each in zip(everything, amounts, strict=True)]
        charged = [amount for each, amount in zip(everything, amounts, strict=True) if each.component is not None]
        total = taxes.total(charged)
        for limit, position, pick in _limits(tariff):
            if (moved := _moved(limit, total, pick)) != total:
                lines.append(_adjusting(tariff, position, total, moved, taxes.sole(charged)))
            total = moved
        return _bill(tariff, lines, total, charged)


def _amount(each: Used, tariff: Tariff) -> Amount:
    if each.component is None:
        return Amount(Decimal(0), Decimal(0), None)
    value = each.billed * each.component.price / _PRICED_PER[_UNITS.get(each.position, "s")]
    return taxes.of(value, each.component.vat, included=tariff.tax_included)


def _line(each: Used, amount: Amount, tariff: Tariff, begin: datetime) -> Line:
    component = each.component
    stepped = component is not None and each.position != "FLAT"
    return Line(
        dimension=each.position,
        quantity=rounding.quantity(each.billed),
        unit=_UNITS.get(each.position, "s"),
        price=None if component is None else component.price,
        step_size=component.step_size if component is not None and stepped else None,
        vat=amount.vat,
        amount_excl=rounding.amount(amount.excl, tariff.currency),
        amount_incl=rounding.amount(amount.incl, tariff.currency),
        reason=_reason(each, tariff),
        element=each.element or None,
        from_at=begin + span(each.since),
        to_at=begin + span(each.until),
    )


def _reason(each: Used, tariff: Tariff) -> str:
    if each.in_grace:
        return f"the first {words.duration(Decimal(tariff.idle_grace_s))} of each idle period are free"
    if each.component is None:
        return "free: no element of the tariff has a price for this"
    parts = [f"element {each.element}: {words.price(each.component, tariff.currency)}"]
    parts += filter(None, [words.condition(tariff.elements[each.element - 1].restrictions)])
    if each.rounded_up:
        told = words.energy if each.position == "ENERGY" else words.duration
        parts.append(f"{told(rounding.quantity(each.quantity))} used, rounded up to {words.steps(each.component)}")
    return ", ".join(parts)


# -- Limits ------------------------------------------------------------------------------------------------------------


def _limits(tariff: Tariff) -> list[tuple[PriceLimit, Position, Callable[[Decimal, Decimal], Decimal]]]:
    """The limits, and which of two amounts each chooses."""
    found: list[tuple[PriceLimit, Position, Callable[[Decimal, Decimal], Decimal]]] = []
    if tariff.min_price is not None:
        found.append((tariff.min_price, "MIN_PRICE", max))
    if tariff.max_price is not None:
        found.append((tariff.max_price, "MAX_PRICE", min))
    return found


def _moved(limit: PriceLimit, total: Amount, pick: Callable[[Decimal, Decimal], Decimal]) -> Amount:
    """The total within the limit; without and with tax each has its own, and one that is missing follows the other."""
    excl, incl, _ = total
    new_excl = excl if limit.excl_vat is None else pick(excl, limit.excl_vat)
    new_incl = incl if limit.incl_vat is None else pick(incl, limit.incl_vat)
    if limit.incl_vat is None:
        new_incl = incl * new_excl / excl if excl else new_excl
    if limit.excl_vat is None:
        new_excl = excl * new_incl / incl if incl else new_incl
    return Amount(new_excl, new_incl, None)


def _adjusting(tariff: Tariff, position: Position, before: Amount, after: Amount, vat: Decimal | None) -> Line:
    least = position == "MIN_PRICE"
    return Line(
        dimension=position,
        quantity=Decimal(1),
        unit="piece",
        vat=vat,
        amount_excl=rounding.amount(after.excl - before.excl, tariff.currency),
        amount_incl=rounding.amount(after.incl - before.incl, tariff.currency),
        reason=f"a session with this tariff costs at {'least' if least else 'most'} so much",
    )


# -- The whole ---------------------------------------------------------------------------------------------------------


def _bill(tariff: Tariff, lines: list[Line], total: Amount, charged: Sequence[Amount]) -> Bill:
    """Totals are rounded from exact amounts; what the lines, rounded each, miss of them is a line of its own."""
    excl, incl = rounding.amount(total.excl, tariff.currency), rounding.amount(total.incl, tariff.currency)
    missing_excl = excl - sum((line.amount_excl for line in lines), Decimal(0))
    missing_incl = incl - sum((line.amount_incl for line in lines), Decimal(0))
    if missing_excl or missing_incl:
        left = Line(
            dimension="ROUNDING",
            quantity=Decimal(1),
            unit="piece",
            amount_excl=missing_excl,
            amount_incl=missing_incl,
            reason="the total is rounded once, from exact amounts",
        )
        lines = [*lines, left]
    return Bill(
        currency=tariff.currency,
        lines=tuple(lines),
        taxes=taxes.by_rate(charged, excl, incl, tariff.currency),
        total_excl=excl,
        total_incl=incl,
        arithmetic=VERSION,
    )
