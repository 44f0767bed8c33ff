"""Which meter values count: the running register, power and state of charge of one session (rules 46, 50).

Used by session.evolve to take what is new and by session_decisions to say what was odd, so that both always agree.
Values that do not count change nothing here; they are stored as sent all the same.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import msgspec

from csms.domain import clock, facts, metering

ROUNDING_WH = Decimal(1)
"""meterStart and meterStop are whole Wh: a register that is less than this below another is the same one."""


class Series(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The newest of each kind; the register in Wh never falls. `register_unit` is the unit as sent."""

    register_wh: Decimal | None = None
    register_at: datetime | None = None
    register_unit: str | None = None
    power_w: Decimal | None = None
    soc_percent: Decimal | None = None
    sampled_at: datetime | None = None


def take(series: Series, readings: Iterable[facts.Reading], now: datetime) -> tuple[Series, tuple[str, ...]]:
    """The series after these readings, which may be unordered, repeated or from the future; and what was odd."""
    odd: list[str] = []
    for reading in readings:
        at = clock.moment(reading.at, now)
        measured = metering.measure(reading)
        if measured.malformed:
            odd.append("register_unreadable")
        series = _gauges(series, measured, at)
        if measured.register_wh is not None and (series.register_at is None or at >= series.register_at):
            series, why = _register(series, measured.register_wh, measured.unit, at)
            odd += why
    return series, tuple(dict.fromkeys(odd))


def _gauges(series: Series, measured: metering.Measured, at: datetime) -> Series:
    if series.sampled_at is not None and at < series.sampled_at:
        return series
    return msgspec.structs.replace(
        series,
        sampled_at=at,
        power_w=series.power_w if measured.power_w is None else measured.power_w,
        soc_percent=series.soc_percent if measured.soc_percent is None else measured.soc_percent,
    )


def _register(series: Series, register: Decimal, unit: str | None, at: datetime) -> tuple[Series, tuple[str, ...]]:
    known = series.register_wh
    if not metering.comparable(unit, series.register_unit):
        return series, ("unit_missing",)
    if known is not None and register < known:
        later = series.register_at is None or at > series.register_at
        fell = later and known - register >= ROUNDING_WH
        return series, ("register_fell",) if fell else ()
    return msgspec.structs.replace(series, register_wh=register, register_at=at, register_unit=unit), ()
