"""What a document consists of: lines that add up to its net total, and taxes that lead from it to its gross total."""

from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

import msgspec

Kind: TypeAlias = Literal["receipt", "invoice", "credit_note"]
RECEIPT: Kind = "receipt"
INVOICE: Kind = "invoice"
CREDIT_NOTE: Kind = "credit_note"


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One position; amounts have the decimals of the currency, those of a credit note are negative.

    `dimension`: as in a session's bill (ENERGY, TIME, PARKING_TIME, FLAT, ...), SESSION for a line of an invoice, or
    ROUNDING. `quantity` is in `unit` (Wh, s, piece), `price` per kWh, hour or piece, `vat` in percent. `reason` is for
    people.
    """

    dimension: str
    quantity: Decimal
    unit: str
    amount_excl: Decimal
    amount_incl: Decimal
    price: Decimal | None = None
    vat: Decimal | None = None
    reason: str = ""
    from_at: datetime | None = None
    to_at: datetime | None = None
    session_id: str | None = None
    cost_centre: str | None = None


class Tax(msgspec.Struct, frozen=True, kw_only=True):
    """One tax: `percentage` of `base`; `name` as the law calls it (CGST, SGST, UTGST, IGST, VAT)."""

    name: str
    percentage: Decimal
    base: Decimal
    amount: Decimal


def adding_up(lines: tuple[Line, ...], excl: Decimal, why: str) -> tuple[Line, ...]:
    """The lines with one more where they do not add up to the net total, since taxes are rounded once."""
    left = excl - sum((line.amount_excl for line in lines), Decimal(0))
    if not left:
        return lines
    rounding = Line(
        dimension="ROUNDING",
        quantity=Decimal(1),
        unit="piece",
        amount_excl=left,
        amount_incl=Decimal(0),
        reason=why,
    )
    return (*lines, rounding)
