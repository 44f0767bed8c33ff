"""A tariff as a payer reads it, before paying: a price a line, in the payer's language. Pure; for the payer's pages.

It says the same as csms/domain/tariff/explanation.py says to those who make tariffs.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from babel import dates

from api.web.speech import Speech
from csms.domain import money
from csms.domain.tariff.model import DAYS, Day, PriceComponent, PriceLimit, Restrictions, Tariff

LABELS = {
    "ENERGY": "Energy",
    "TIME": "Charging time",
    "PARKING_TIME": "Time after charging, while the car is still plugged in",
    "FLAT": "Once a session",
}
UNITS = {"ENERGY": "%(price)s per kWh", "TIME": "%(price)s per minute", "PARKING_TIME": "%(price)s per minute"}
HOURLY = "%(price)s per hour"
FREE = "free of charge"
ALL_IN, PLUS, SOME_TAX = "Prices include tax.", "plus %(rate)s %% tax", "Tax is added to prices."
GRACE = "The first %(duration)s after charging are free."
LEAST, MOST = "A session costs at least %(price)s.", "A session costs at most %(price)s."
FROM_TO, FROM, UNTIL = "from %(least)s to %(most)s", "from %(least)s", "up to %(most)s"
ON = "on %(days)s"
WORDS = (
    *LABELS.values(),
    *dict.fromkeys(UNITS.values()),
    HOURLY,
    FREE,
    ALL_IN,
    PLUS,
    SOME_TAX,
    GRACE,
    LEAST,
    MOST,
    FROM_TO,
    FROM,
    UNTIL,
    ON,
)
"""For translators."""


class Price(NamedTuple):
    """What a dimension costs, and when: "" for always."""

    label: str
    price: str
    when: str


def prices(speech: Speech, tariff: Tariff) -> list[Price]:
    """Every price, in the order in which they count; those of reservations are of no interest here."""
    return [
        Price(speech.say(LABELS[each.type]), _price(speech, each, tariff), _when(speech, element.restrictions))
        for element in tariff.elements
        if element.reservation is None
        for each in element.price_components
    ]


def remarks(speech: Speech, tariff: Tariff) -> list[str]:
    """Grace, limits, tax: a sentence each."""
    found = []
    if tariff.idle_grace_s:
        found.append(speech.say(GRACE, duration=speech.duration(tariff.idle_grace_s)))
    for text, limit in ((LEAST, tariff.min_price), (MOST, tariff.max_price)):
        if limit is not None:
            found.append(speech.say(text, price=_limit(speech, limit, tariff.currency)))
    if tariff.tax_included:
        found.append(speech.say(ALL_IN))
    elif any(each.vat is None for element in tariff.elements for each in element.price_components):
        found.append(speech.say(SOME_TAX))
    return found


def _price(speech: Speech, component: PriceComponent, tariff: Tariff) -> str:
    if not component.price:
        return speech.say(FREE)
    price, text = component.price, UNITS.get(component.type, "%(price)s")
    if component.type in ("TIME", "PARKING_TIME"):
        minute = price / 60
        if minute == round(minute, 4):
            price = minute
        else:
            text = HOURLY
    told = speech.say(text, price=_amount(speech, price, tariff.currency))
    if tariff.tax_included or not component.vat:
        return told
    return f"{told}, {speech.say(PLUS, rate=speech.number(component.vat))}"


def _amount(speech: Speech, price: Decimal, currency: str) -> str:
    """With the decimals that it needs, and no fewer than the currency has."""
    least = money.rounded(price, currency)
    return speech.money(format(least if least == price else price.normalize(), "f"), currency)


def _limit(speech: Speech, limit: PriceLimit, currency: str) -> str:
    value = limit.incl_vat if limit.incl_vat is not None else limit.excl_vat
    return _amount(speech, value or Decimal(0), currency)


def _when(speech: Speech, asked: Restrictions | None) -> str:
    return "" if asked is None else ", ".join(_conditions(speech, asked))


def _conditions(speech: Speech, asked: Restrictions) -> Iterator[str]:
    def span(least: str | None, most: str | None) -> Iterator[str]:
        if least is not None or most is not None:
            text = FROM_TO if least is not None and most is not None else FROM if least is not None else UNTIL
            yield speech.say(text, least=least, most=most)

    def unit(value: Decimal | None, name: str) -> str | None:
        return None if value is None else f"{speech.number(value)} {name}"

    def day(value: date | None) -> str | None:
        return None if value is None else dates.format_date(value, "medium", locale=speech.locale)

    def after(seconds: int | None) -> str | None:
        return None if seconds is None else speech.duration(seconds)

    yield from span(asked.start_time, asked.end_time)
    if asked.day_of_week:
        yield speech.say(ON, days=_days(speech, asked.day_of_week))
    yield from span(day(asked.start_date), day(asked.end_date))
    yield from span(unit(asked.min_kwh, "kWh"), unit(asked.max_kwh, "kWh"))
    yield from span(after(asked.min_duration), after(asked.max_duration))
    yield from span(unit(asked.min_power, "kW"), unit(asked.max_power, "kW"))
    yield from span(unit(asked.min_current, "A"), unit(asked.max_current, "A"))


def _days(speech: Speech, days: tuple[Day, ...]) -> str:
    names = dates.get_day_names("abbreviated", locale=speech.locale)
    return ", ".join(names[number] for number, day in enumerate(DAYS) if day in days)
