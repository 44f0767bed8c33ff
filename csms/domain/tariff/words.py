"""Prices, quantities and restrictions in English words, for those who ask why something costs what it costs."""

from decimal import Decimal

from csms.domain.tariff.model import DAYS, Day, PriceComponent, Restrictions

_PER = {"ENERGY": " per kWh", "TIME": " per hour", "PARKING_TIME": " per hour", "FLAT": " once"}
_MEASURED = ("at {} to below {}", "at {} or more", "below {}")
_WEEKDAYS, _WEEKEND = DAYS[:5], DAYS[5:]


def number(value: Decimal) -> str:
    """A decimal as people write it: 22, 0.5, never 1E+1."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def energy(wh: Decimal) -> str:
    """ "22 kWh"; less than one in Wh."""
    return f"{number(wh)} Wh" if wh < 1000 else f"{number(wh / 1000)} kWh"


def duration(seconds: Decimal) -> str:
    """ "1 h 30 min"; "45 s"."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{number(value)} {unit}" for value, unit in parts if value) or "0 s"


def price(component: PriceComponent, currency: str) -> str:
    """ "18.00 INR per kWh"."""
    return f"{component.price:f} {currency}{_PER[component.type]}"


def steps(component: PriceComponent) -> str:
    """ "steps of 1 min"."""
    size = Decimal(component.step_size)
    return f"steps of {energy(size) if component.type == 'ENERGY' else duration(size)}"


def condition(asked: Restrictions | None) -> str:
    """When an element applies: "from 22:00 to 06:00, on Saturday and Sunday"; "" for always."""
    if asked is None:
        return ""
    parts = (
        _RESERVED.get(asked.reservation or ""),
        _span(asked.start_time, asked.end_time, "from {} to {}", "from {} on", "until {}"),
        _days(asked.day_of_week) if asked.day_of_week else None,
        _span(asked.start_date, asked.end_date, "from {} until before {}", "from {} on", "before {}"),
        _span(_energy(asked.min_kwh), _energy(asked.max_kwh), "from {} to {}", "after the first {}", "up to {}"),
        _span(
            _duration(asked.min_duration),
            _duration(asked.max_duration),
            "from {} to {} after the begin",
            "after the first {}",
            "in the first {}",
        ),
        _span(_unit(asked.min_power, "kW"), _unit(asked.max_power, "kW"), *_MEASURED),
        _span(_unit(asked.min_current, "A"), _unit(asked.max_current, "A"), *_MEASURED),
    )
    return ", ".join(part for part in parts if part)


_RESERVED = {
    "RESERVATION": "for the time that a connector is reserved",
    "RESERVATION_EXPIRES": "for a reservation that nobody used",
}


def _span(least: object, most: object, both: str, only_least: str, only_most: str) -> str | None:
    if least is not None and most is not None:
        return both.format(least, most)
    if least is not None:
        return only_least.format(least)
    return None if most is None else only_most.format(most)


def _unit(value: Decimal | None, unit: str) -> str | None:
    return None if value is None else f"{number(value)} {unit}"


def _energy(kwh: Decimal | None) -> str | None:
    return None if kwh is None else energy(kwh * 1000)


def _duration(seconds: int | None) -> str | None:
    return None if seconds is None else duration(Decimal(seconds))


def _days(days: tuple[Day, ...]) -> str:
    chosen = tuple(day for day in DAYS if day in days)
    if chosen == _WEEKDAYS:
        return "on Monday to Friday"
    if chosen == _WEEKEND:
        return "on Saturday and Sunday"
    return "on " + listed([day.capitalize() for day in chosen])


def listed(items: list[str]) -> str:
    """ "a, b and c"."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))
