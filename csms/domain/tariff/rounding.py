"""How exact the arithmetic is, and how what it leaves is divided.

Everything is computed to sixty digits. What cannot be written in them, such as a third, is off by less than the last of
them: it is settled before it is rounded, so that a half stays a half.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

from csms.domain import money

EXACT = Context(prec=60)
_SETTLED = Decimal("1E-20")
_SHOWN = Decimal("1E-6")


def settled(value: Decimal) -> Decimal:
    """`value` without the dirt of divisions."""
    return value.quantize(_SETTLED, ROUND_HALF_EVEN)


def amount(value: Decimal, currency: str) -> Decimal:
    """`value` with the decimals of its currency, half up."""
    found = money.rounded(settled(value), currency)
    return found or abs(found)  # nothing has no sign


def quantity(value: Decimal) -> Decimal:
    """Wh, seconds or pieces to a millionth, without zeros at the end."""
    shown = value.quantize(_SHOWN, ROUND_HALF_UP).normalize()
    return shown.quantize(Decimal(1)) if shown == shown.to_integral_value() else shown


def shares(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """`total` divided by weight into amounts that add up to it; whoever lost most by rounding gets what is left."""
    whole = sum(weights, Decimal(0))
    if not whole:
        return [total if index == 0 else Decimal(0) for index in range(len(weights))]
    exact = [total * weight / whole for weight in weights]
    found = [amount(each, currency) for each in exact]
    step = money.unit(currency)
    while left := total - sum(found, Decimal(0)):
        lost = [each - share for each, share in zip(exact, found, strict=True)]
        index = lost.index(max(lost) if left > 0 else min(lost))
        found[index] += step.copy_sign(left)
    return found
