"""Money: an amount with its currency, and how many decimals a currency has (ISO 4217).

Amounts are exact decimals until they are rounded, once, half up. Used wherever something has a price; never a float.
"""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import iso4217
import msgspec

MOST = Decimal(10**12)
"""No single amount is as large."""


class Money(msgspec.Struct, frozen=True):
    """So much of a currency (ISO 4217 code)."""

    amount: Decimal
    currency: str


@cache
def exponent(currency: str) -> int:
    """How many decimals amounts of this currency have. Raises ValueError for what is no currency to pay in."""
    try:
        found = iso4217.Currency(currency).exponent
    except ValueError:
        found = None
    if found is None:  # also of gold (XAU) and the like
        raise ValueError(f"{currency!r} is no ISO 4217 currency: write three capital letters such as INR or EUR")
    return int(found)


@cache
def unit(currency: str) -> Decimal:
    """The smallest amount: 0.01 INR, 1 JPY, 0.001 KWD. Raises ValueError."""
    return Decimal(1).scaleb(-exponent(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """`amount` with the decimals of its currency, half up. Raises ValueError."""
    return amount.quantize(unit(currency), ROUND_HALF_UP)


def is_payable(amount: Decimal, currency: str) -> bool:
    """Whether somebody can pay just this: a number, more than 0, with the decimals of the currency. Raises ValueError.

    What people ask for may be NaN, or have a million digits: ask this before it is compared or rounded.
    """
    return amount.is_finite() and 0 < amount < MOST and amount == rounded(amount, currency)


def minor(amount: Decimal, currency: str) -> int:
    """`amount` in the smallest unit: 396.00 INR is 39600. Raises ValueError."""
    return int(rounded(amount, currency).scaleb(exponent(currency)))


def from_minor(units: int, currency: str) -> Decimal:
    """The amount that so many smallest units are. Raises ValueError."""
    return Decimal(units).scaleb(-exponent(currency))


def text(amount: Decimal, currency: str) -> str:
    """The rounded amount with all its decimals: "396.00". Raises ValueError."""
    return format(rounded(amount, currency), "f")


def shown(amount: Decimal, currency: str) -> dict[str, str]:
    """How JSON shows it: {"amount": "396.00", "currency": "INR"}. Raises ValueError."""
    return {"amount": text(amount, currency), "currency": currency}
