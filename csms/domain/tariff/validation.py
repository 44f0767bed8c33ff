"""What makes a tariff unacceptable: every reason, with the field that is to blame and what to write instead.

The shape is the model's business; whether a good tariff does what was meant is findings.py's.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from csms.domain import money
from csms.domain.tariff.model import Element, PriceComponent, PriceLimit, Restrictions, Tariff

MOST = Decimal(10) ** 9
MOST_DECIMALS = 8


class Problem(NamedTuple):
    """Why a tariff is refused: the field, and what is wrong with it."""

    field: str
    reason: str


def problems(tariff: Tariff) -> list[Problem]:
    """All that is wrong; an acceptable tariff has none."""
    return list(_problems(tariff))


def _problems(tariff: Tariff) -> Iterator[Problem]:
    try:
        money.exponent(tariff.currency)
    except ValueError as error:
        yield Problem("currency", str(error))
    if tariff.valid_from and tariff.valid_to and tariff.valid_from >= tariff.valid_to:
        yield Problem("valid_to", "must be later than valid_from")
    yield from _limits(tariff.min_price, tariff.max_price)
    yield from _amount("preauthorize", tariff.preauthorize)
    if tariff.preauthorize is not None and tariff.preauthorize.is_zero():
        yield Problem("preauthorize", "must be above 0: it is what a payment holds before it charges")
    for index, element in enumerate(tariff.elements):
        yield from _element(f"elements[{index}]", element)


def _limits(least: PriceLimit | None, most: PriceLimit | None) -> Iterator[Problem]:
    for name, limit in (("min_price", least), ("max_price", most)):
        if limit is None:
            continue
        if limit.excl_vat is None and limit.incl_vat is None:
            yield Problem(name, "give excl_vat, incl_vat or both")
        yield from _amount(f"{name}.excl_vat", limit.excl_vat)
        yield from _amount(f"{name}.incl_vat", limit.incl_vat)
        if _above(limit.excl_vat, limit.incl_vat):
            yield Problem(f"{name}.incl_vat", "must not be below excl_vat: it is the same amount with tax")
    if least is not None and most is not None:
        for side in ("excl_vat", "incl_vat"):
            if _above(getattr(least, side), getattr(most, side)):
                yield Problem(f"max_price.{side}", f"must not be below min_price.{side}")


def _element(path: str, element: Element) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, component in enumerate(element.price_components):
        where = f"{path}.price_components[{index}]"
        yield from _component(where, component)
        if component.type in seen:
            yield Problem(where, f"a second price for {component.type}: make another element for it")
        seen.add(component.type)
        if element.reservation and component.type not in ("TIME", "FLAT"):
            yield Problem(where, "a reservation has only TIME and FLAT: nothing flows yet")
    if element.restrictions is not None:
        yield from _restrictions(f"{path}.restrictions", element.restrictions)


def _component(path: str, component: PriceComponent) -> Iterator[Problem]:
    yield from _amount(f"{path}.price", component.price)
    yield from _amount(f"{path}.vat", component.vat, most=Decimal(100))


def _restrictions(path: str, asked: Restrictions) -> Iterator[Problem]:
    for least, most in (("kwh", "kwh"), ("current", "current"), ("power", "power")):
        yield from _amount(f"{path}.min_{least}", getattr(asked, f"min_{least}"))
        yield from _amount(f"{path}.max_{most}", getattr(asked, f"max_{most}"))
    for low, high in (
        ("min_kwh", "max_kwh"),
        ("min_current", "max_current"),
        ("min_power", "max_power"),
        ("min_duration", "max_duration"),
        ("start_date", "end_date"),
    ):
        least, most = getattr(asked, low), getattr(asked, high)
        if least is not None and most is not None and _ordered(least) and _ordered(most) and least >= most:
            yield Problem(f"{path}.{high}", f"must be above {low}, or the element never applies")


def _amount(path: str, value: Decimal | None, most: Decimal = MOST) -> Iterator[Problem]:
    """Nothing below zero, and nothing that could not be computed with."""
    if value is None:
        return
    if not value.is_finite() or value.adjusted() > MOST.adjusted() or value > most:
        yield Problem(path, f"must be a number up to {most:f}")
    elif value < 0:
        yield Problem(path, "must not be negative: nobody is paid for charging here; use 0 for free")
    elif not -MOST_DECIMALS <= int(value.as_tuple().exponent) <= 0:
        yield Problem(path, f"write it without an exponent and with at most {MOST_DECIMALS} decimals")


def _ordered(value: object) -> bool:
    return not isinstance(value, Decimal) or value.is_finite()


def _above(one: Decimal | None, other: Decimal | None) -> bool:
    return one is not None and other is not None and _ordered(one) and _ordered(other) and one > other
