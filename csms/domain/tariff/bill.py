"""What a session costs: lines that add up to the totals, and the tax in them. Recorded with the session as it is."""

from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

import msgspec

Unit: TypeAlias = Literal["Wh", "s", "piece"]
Position: TypeAlias = Literal[
    "ENERGY", "TIME", "PARKING_TIME", "FLAT", "RESERVATION_TIME", "MIN_PRICE", "MAX_PRICE", "ROUNDING"
]


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One position. Amounts have the decimals of the currency; `reason` tells a person why they are what they are.

    `quantity` is what is billed, after rounding up to steps of `step_size`, in Wh or seconds; `price` is per kWh, hour
    or piece, None where nothing is priced: free energy or time, a limit, what rounding leaves. `element` is the number
    of the tariff's element, from 1.
    """

    dimension: Position
    quantity: Decimal
    unit: Unit
    price: Decimal | None = None
    step_size: int | None = None
    vat: Decimal | None = None
    amount_excl: Decimal
    amount_incl: Decimal
    reason: str
    element: int | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


class Tax(msgspec.Struct, frozen=True, kw_only=True):
    """The tax of one rate; `vat` in percent, None for what is priced without one. All of them add up to the totals."""

    vat: Decimal | None
    excl: Decimal
    amount: Decimal


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """The price of a session; `arithmetic` is the version of the rules that made it."""

    currency: str
    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    total_excl: Decimal
    total_incl: Decimal
    arithmetic: int
