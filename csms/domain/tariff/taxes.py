"""Amounts without and with tax, and how much tax of each rate is in a bill."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from csms.domain.tariff import rounding
from csms.domain.tariff.bill import Tax


class Amount(NamedTuple):
    """An exact amount without and with tax; `vat` in percent, None where there is none to tell of."""

    excl: Decimal
    incl: Decimal
    vat: Decimal | None


def of(value: Decimal, vat: Decimal | None, *, included: bool) -> Amount:
    """`value` and what it is on the other side of the tax."""
    rate = 1 + (vat or Decimal(0)) / 100
    return Amount(value / rate, value, vat) if included else Amount(value, value * rate, vat)


def total(amounts: Iterable[Amount]) -> Amount:
    """All together."""
    excl = incl = Decimal(0)
    for each in amounts:
        excl, incl = excl + each.excl, incl + each.incl
    return Amount(excl, incl, None)


def sole(amounts: Iterable[Amount]) -> Decimal | None:
    """The one rate of all of them; None where there are several or none."""
    rates = {each.vat for each in amounts}
    return rates.pop() if len(rates) == 1 else None


def by_rate(amounts: Sequence[Amount], excl: Decimal, incl: Decimal, currency: str) -> tuple[Tax, ...]:
    """The tax of each rate, in rounded amounts that add up to the rounded totals `excl` and `incl`.

    What limits took away or added is divided among the rates by how much of the bill each has.
    """
    rates: dict[Decimal | None, list[Amount]] = {}
    for each in amounts:
        rates.setdefault(each.vat, []).append(each)
    if not rates:
        return (Tax(vat=None, excl=excl, amount=incl - excl),) if incl else ()
    sums = [total(group) for group in rates.values()]
    without = rounding.shares(excl, [each.excl for each in sums], currency)
    tax = rounding.shares(incl - excl, [each.incl - each.excl for each in sums], currency)
    return tuple(Tax(vat=vat, excl=base, amount=amount) for vat, base, amount in zip(rates, without, tax, strict=True))
