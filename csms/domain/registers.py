"""What the meter of a 2.x transaction adds up to, in whatever order its readings come (rules 46-50).

Used by transaction.py. Every function here gives the same whichever reading is taken first: the begin is the earliest
register, the end the highest. Values that do not count are counted aside, since only the whole tells which those are.
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from csms.domain import facts, metering, series

UNIT_MISSING, FELL, UNREADABLE = "unit_missing", "register_fell", "register_unreadable"
ODD = frozenset({UNIT_MISSING, FELL, UNREADABLE})
_BEGIN = "Transaction.Begin"


class Register(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Readings of one register. Energies in Wh; `told` = the charger itself called the begin so."""

    begin_wh: Decimal
    begin_at: datetime
    told: bool
    high_wh: Decimal
    last_wh: Decimal
    last_at: datetime

    @property
    def moved(self) -> bool:
        """Whether there is more than the begin."""
        return self.last_at > self.begin_at or self.high_wh > self.begin_wh


class Meter(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    rename={
        "own": "o",
        "bare": "b",
        "evse": "e",
        "kwh": "k",
        "power_w": "p",
        "power_at": "pt",
        "soc_percent": "s",
        "soc_at": "st",
        "unreadable": "u",
    },
):
    """All registers of a transaction, and the newest of its power in W and the state of charge in percent."""

    own: Register | None = None
    """Of TransactionEvents, with a unit."""
    bare: Register | None = None
    """Of TransactionEvents, without one: Wh, unless the charger counts in kWh elsewhere."""
    evse: Register | None = None
    """Of MeterValues of the EVSE, which count while the transaction's own events carry none (rule 46)."""
    kwh: bool = False
    power_w: Decimal | None = None
    power_at: datetime | None = None
    soc_percent: Decimal | None = None
    soc_at: datetime | None = None
    unreadable: bool = False


class Total(msgspec.Struct, frozen=True, gc=False):
    """What it adds up to; `odd` says what did not fit."""

    register: Register | None = None
    odd: tuple[str, ...] = ()


def take(meter: Meter, reading: facts.Reading, at: datetime, *, of_evse: bool = False) -> Meter:
    """The meter after one reading of the moment `at`."""
    measured = metering.measure(reading)
    changes: dict[str, object] = {}
    if measured.register_wh is not None:
        told = any(value.context == _BEGIN for value in reading.values)
        new = Register(measured.register_wh, at, told, measured.register_wh, measured.register_wh, at)
        if measured.unit == "kWh":
            changes["kwh"] = True
        if of_evse:
            changes["evse"] = merged(meter.evse, new)
        elif measured.unit is None and measured.register_wh:  # nothing is nothing in any unit
            changes["bare"] = merged(meter.bare, new)
        else:
            changes["own"] = merged(meter.own, new)
    elif measured.malformed:
        changes["unreadable"] = True
    if measured.power_w is not None and _newer(at, meter.power_at, measured.power_w, meter.power_w):
        changes["power_w"], changes["power_at"] = measured.power_w, at
    if measured.soc_percent is not None and _newer(at, meter.soc_at, measured.soc_percent, meter.soc_percent):
        changes["soc_percent"], changes["soc_at"] = measured.soc_percent, at
    return msgspec.structs.replace(meter, **changes) if changes else meter


def total(meter: Meter) -> Total:
    """What counts, once all that came is known."""
    own, odd = meter.own, (UNREADABLE,) if meter.unreadable else ()
    if meter.bare is not None:
        if meter.kwh:
            odd = (*odd, UNIT_MISSING)
        else:
            own = merged(own, meter.bare)
    if meter.evse is not None and (own is None or not own.moved):
        own = merged(own, meter.evse)
    if own is not None and own.high_wh - own.last_wh >= series.ROUNDING_WH:
        odd = (*odd, FELL)
    return Total(own, odd)


def merged(one: Register | None, other: Register) -> Register:
    """What two parts of a register's readings say together."""
    if one is None:
        return other
    if (
        other.last_at > one.last_at and not other.told and other.begin_at > one.begin_at
    ):  # the next one, as nearly always
        high = max(one.high_wh, other.high_wh)
        return Register(one.begin_wh, one.begin_at, one.told, high, other.last_wh, other.last_at)
    begin = min(one, other, key=_begin)
    last = max(one, other, key=_last)
    high = max(one.high_wh, other.high_wh)
    return Register(begin.begin_wh, begin.begin_at, begin.told, high, last.last_wh, last.last_at)


def _begin(register: Register) -> tuple[bool, datetime, Decimal]:
    return not register.told, register.begin_at, register.begin_wh


def _last(register: Register) -> tuple[datetime, Decimal]:
    return register.last_at, register.last_wh


def _newer(at: datetime, known_at: datetime | None, value: Decimal, known: Decimal | None) -> bool:
    """Of two values of one moment the higher one counts, whichever came first."""
    return known_at is None or known is None or (at, value) >= (known_at, known)
