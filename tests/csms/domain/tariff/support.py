"""Tariffs and sessions in few words."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

import msgspec

from csms.domain import tariff
from csms.domain.tariff.periods import Kind

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""10:00 in London, where most of these sessions are."""


def component(type: str, price: str, step_size: int = 1, vat: str | None = None) -> dict[str, Any]:
    """A price, as JSON has it."""
    return {"type": type, "price": price, "step_size": step_size, "vat": vat}


def element(*components: dict[str, Any], **restrictions: Any) -> dict[str, Any]:
    """Prices under restrictions, as JSON has them."""
    return {"price_components": list(components), "restrictions": restrictions or None}


def made(*elements: dict[str, Any], currency: str = "EUR", **fields: Any) -> tariff.Tariff:
    """The tariff of these elements."""
    return msgspec.convert({"currency": currency, "elements": list(elements), **fields}, tariff.Tariff)


def period(kind: Kind, minutes: float, kwh: str = "0", **fields: Any) -> tariff.Period:
    """So many minutes of this, one after the other."""
    measured = {name: Decimal(str(value)) for name, value in fields.items()}
    return tariff.Period(
        kind=kind, start=MONDAY, duration_s=Decimal(str(minutes)) * 60, energy_wh=Decimal(kwh) * 1000, **measured
    )


def charging(minutes: float, kwh: str = "0", **fields: Any) -> tariff.Period:
    """Power flows."""
    return period("charging", minutes, kwh, **fields)


def parking(minutes: float, kwh: str = "0") -> tariff.Period:
    """The vehicle wants no more."""
    return period("parking", minutes, kwh)


def bill(what: tariff.Tariff, *periods: tariff.Period, start: datetime = MONDAY, zone: tzinfo = UTC) -> tariff.Bill:
    """What these cost, one after the other."""
    return tariff.price(what, tariff.in_a_row(start, periods), zone)


def cost(what: tariff.Tariff, *periods: tariff.Period, start: datetime = MONDAY, zone: tzinfo = UTC) -> str:
    """The total with tax."""
    return format(bill(what, *periods, start=start, zone=zone).total_incl, "f")


def lines(of: tariff.Bill) -> list[tuple[str, str, str]]:
    """Every line as (dimension, quantity, amount with tax)."""
    return [(line.dimension, format(line.quantity, "f"), format(line.amount_incl, "f")) for line in of.lines]


def named(of: tariff.Bill, dimension: str) -> Iterable[tariff.Line]:
    """The lines of one dimension."""
    return [line for line in of.lines if line.dimension == dimension]
