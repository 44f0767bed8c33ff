"""From sampled values as sent to energy, power and state of charge (rules 47-50).

Units scale by factor and OCPP 2.x multiplier; the unphased value counts, else the sum of the phases; values measured at
the vehicle, the grid inlet or the meter's body are not session energy.
"""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

import msgspec

from csms.domain import facts

POWER = "Power.Active.Import"
SOC = "SoC"
_FACTORS = {"Wh": Decimal(1), "kWh": Decimal(1000), "MWh": Decimal(10**6), "W": Decimal(1), "kW": Decimal(1000)}
_ELSEWHERE = frozenset({"Inlet", "EV", "Body", "Upstream"})
_PHASES = (("L1", "L2", "L3"), ("L1-N", "L2-N", "L3-N"))
_LARGEST_EXPONENT = 14
_LARGEST_MULTIPLIER = 12
SMALLEST_EXPONENT = -30
"""What is smaller is nothing: 1e-999999999 would be written out with a thousand million zeros."""


class Measured(msgspec.Struct, frozen=True, gc=False):
    """What one reading says; None where it says nothing. `unit` is the register's unit as sent."""

    register_wh: Decimal | None = None
    power_w: Decimal | None = None
    soc_percent: Decimal | None = None
    unit: str | None = None
    malformed: bool = False


def measure(reading: facts.Reading) -> Measured:
    """Energy register in Wh, power in W and state of charge in percent of one reading."""
    registers: list[facts.Sampled] = []
    powers: list[facts.Sampled] = []
    soc: Decimal | None = None
    for value in reading.values:
        if value.format != "Raw":
            continue
        if value.measurand == SOC:
            soc = number(value.value)
        elif value.location in _ELSEWHERE:
            continue
        elif value.measurand == facts.REGISTER:
            registers.append(value)
        elif value.measurand == POWER:
            powers.append(value)
    register = _total(registers)
    return Measured(
        register_wh=register,
        power_w=_total(powers),
        soc_percent=soc,
        unit=next((value.unit for value in registers if value.unit), None),
        malformed=bool(registers) and register is None,
    )


def number(text: str) -> Decimal | None:
    """The number in a meter's text: decimals, exponents, decimal commas, grouped digits; None where there is none."""
    text = text.strip()
    if "," in text and "." in text:
        text = text.replace("," if text.rfind(",") < text.rfind(".") else ".", "")
    try:
        value = Decimal(text.replace(",", ".") if "," in text else text)
    except InvalidOperation:
        return None
    return _sane(value) if value.is_finite() else None


def comparable(unit: str | None, series_unit: str | None) -> bool:
    """False for a register without a unit after a series in kWh: nobody can tell which it is (rule 46)."""
    return unit is not None or series_unit in (None, "Wh")


def final_register(
    readings: Iterable[facts.Reading], *, context: str | None = "Transaction.End", series_unit: str | None = None
) -> Decimal | None:
    """The last register in Wh that a stop's own data gives for this context (None: any): a cross-check (rule 40)."""
    found: Decimal | None = None
    for reading in readings:
        values = tuple(value for value in reading.values if context in (None, value.context))
        measured = measure(facts.Reading(reading.at, values))
        if measured.register_wh is not None and comparable(measured.unit, series_unit):
            found = measured.register_wh
    return found


def _total(values: list[facts.Sampled]) -> Decimal | None:
    if not values:
        return None
    if len(values) == 1 and values[0].phase is None:
        return _scaled(values[0])
    by_phase = {value.phase: value for value in values}
    if None in by_phase:
        return _scaled(by_phase[None])
    for phases in _PHASES:
        parts = [_scaled(by_phase[phase]) for phase in phases if phase in by_phase]
        present = [part for part in parts if part is not None]
        if parts:
            return sum(present, Decimal(0)) if len(present) == len(parts) else None
    return None


def _scaled(sampled: facts.Sampled) -> Decimal | None:
    value = number(sampled.value)
    factor = _FACTORS.get(sampled.unit or "Wh")
    if value is None or factor is None or abs(sampled.multiplier) > _LARGEST_MULTIPLIER:
        return None
    if factor == 1 and not sampled.multiplier:
        return value
    return _sane(value * factor * Decimal(10) ** sampled.multiplier)


def _sane(value: Decimal) -> Decimal | None:
    """Looked at, not computed with: 1e999999999 overflows. What is next to nothing is nothing."""
    exponent = value.adjusted()
    if SMALLEST_EXPONENT <= exponent <= _LARGEST_EXPONENT:
        return value
    return None if value and exponent > 0 else Decimal(0)
