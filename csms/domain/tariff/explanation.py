"""A tariff told in sentences, for who edits it and for who pays it."""

from datetime import datetime
from decimal import Decimal

from csms.domain import money
from csms.domain.tariff import selection, words
from csms.domain.tariff.model import Dimension, PriceComponent, PriceLimit, Tariff

_SUBJECT = {
    "ENERGY": "Energy costs",
    "TIME": "Charging time costs",
    "PARKING_TIME": "Idle time after charging costs",
    "FLAT": "A session costs",
}
LONGEST = 512
"""Characters that every version has for a price text."""

_RESERVED = {"TIME": "Reserved time costs", "FLAT": "A reservation costs"}


def sentences(tariff: Tariff) -> list[str]:
    """What every element says, in order, then grace, limits, taxes and validity."""
    found = []
    for number, element in enumerate(tariff.elements, 1):
        when = words.condition(element.restrictions)
        for component in element.price_components:
            subject = _RESERVED[component.type] if element.reservation else _SUBJECT[component.type]
            found.append(f"{number}. {subject} {_price(component, tariff.currency)}{f', {when}' if when else ''}.")
    if len(tariff.elements) > 1:
        found.append(
            "Where several elements fit, the first that has a price for it counts; where none does, it is free."
        )
    return found + _rest(tariff)


def headline(tariff: Tariff) -> list[str]:
    """The prices that always apply or come first, in few words: "18.00 INR per kWh"."""
    found: dict[str, str] = {}
    for element in tariff.elements:
        if element.reservation is None:
            for component in element.price_components:
                found.setdefault(component.type, _short(component, tariff.currency))
    return list(found.values())


def beginning(tariff: Tariff, local: datetime) -> list[str]:
    """The same of a session that begins at this time on the station's wall; what depends on power is left out."""
    moment = selection.Moment(local, Decimal(0), Decimal(0), None, None)
    prices = selection.choose(tariff, "parking", moment) | selection.choose(tariff, "charging", moment)
    order: tuple[Dimension, ...] = ("ENERGY", "TIME", "PARKING_TIME", "FLAT")
    return [_short(prices[each].component, tariff.currency) for each in order if each in prices]


def _short(component: PriceComponent, currency: str) -> str:
    return words.price(component, currency) + (" idle" if component.type == "PARKING_TIME" else "")


def shown(tariff: Tariff) -> str:
    """The same as one line for the display of a charger, which says whether tax comes on top."""
    told = "; ".join([*headline(tariff), "prices include tax" if tariff.tax_included else "plus tax"])
    return told if len(told) <= LONGEST else told[: LONGEST - 1] + "…"


def _price(component: PriceComponent, currency: str) -> str:
    if not component.price:
        return "nothing"
    parts = [words.price(component, currency)]
    if component.type in ("TIME", "PARKING_TIME"):
        minute = (component.price / 60).quantize(Decimal("1.0000"))
        parts.append(f" ({words.number(minute)} {currency} a minute)")
    if component.vat is not None:
        parts.append(f", {words.number(component.vat)} % tax")
    if component.type != "FLAT" and component.step_size > 1:
        parts.append(f", in {words.steps(component)}")
    return "".join(parts)


def _rest(tariff: Tariff) -> list[str]:
    found = []
    if tariff.idle_grace_s:
        found.append(f"The first {words.duration(Decimal(tariff.idle_grace_s))} of each idle period are free.")
    if tariff.min_price is not None:
        found.append(f"A session costs at least {_limit(tariff.min_price, tariff.currency)}.")
    if tariff.max_price is not None:
        found.append(f"A session costs at most {_limit(tariff.max_price, tariff.currency)}.")
    found.append("Prices include tax." if tariff.tax_included else "Tax is added to prices.")
    if tariff.valid_from is not None or tariff.valid_to is not None:
        since = "" if tariff.valid_from is None else f" from {tariff.valid_from:%Y-%m-%d %H:%M} UTC"
        until = "" if tariff.valid_to is None else f" until before {tariff.valid_to:%Y-%m-%d %H:%M} UTC"
        found.append(f"It is for sessions that begin{since}{until}.")
    return found


def _limit(limit: PriceLimit, currency: str) -> str:
    sides = ((limit.excl_vat, "without tax"), (limit.incl_vat, "with tax"))
    told = [f"{money.text(value, currency)} {currency} {side}" for value, side in sides if value is not None]
    return words.listed(told)
