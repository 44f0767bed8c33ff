"""Credit notes for a part of a document: some lines, or an amount; never more than is left of it.

Pure. Taxes go back in proportion: of each rate the share of the tax that the gross amount has of what is left at that
rate, rounded once, and the net amount is the rest. So the last part takes back exactly what the others left.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

import msgspec

from csms.domain import events, money
from csms.domain.billing import document

NOTHING = Decimal(0)
ROUNDED = "the total is rounded once, from exact amounts"
CREDIT = "CREDIT"
"""The dimension of the lines that take back an amount."""
_HALVES = frozenset({"CGST", "SGST", "UTGST"})


class TooMuch(ValueError):
    """More is to be taken back than is left; the message says how much that is."""


class Left(NamedTuple):
    """What is left at one rate of tax (None: untaxed), tax included; India's two halves are one rate of two taxes."""

    rate: Decimal | None
    gross: Decimal
    taxes: tuple[document.Tax, ...]


def left(of: events.DocumentIssued, notes: Iterable[events.DocumentIssued]) -> list[Left]:
    """What credit notes have left of a document, a rate each; nothing of a rate that was taken back."""
    told = [of, *notes]
    sums: dict[tuple[str, Decimal], list[Decimal]] = {}
    for tax in (tax for each in told for tax in each.taxes):
        base, amount = sums.setdefault((tax.name, tax.percentage), [NOTHING, NOTHING])
        sums[tax.name, tax.percentage] = [base + tax.base, amount + tax.amount]
    rates: dict[Decimal, list[document.Tax]] = {}
    for (name, percentage), (base, amount) in sums.items():
        halves = 2 if name in _HALVES else 1
        made = document.Tax(name=name, percentage=percentage, base=base, amount=amount)
        rates.setdefault(percentage * halves, []).append(made)
    found = [Left(rate, _gross(taxes), tuple(taxes)) for rate, taxes in rates.items()]
    rest = sum((each.total_incl for each in told), NOTHING) - sum((each.gross for each in found), NOTHING)
    return [each for each in (*found, Left(None, rest, ())) if each.gross]


def total(of: Iterable[Left]) -> Decimal:
    """What is left in all."""
    return sum((each.gross for each in of), NOTHING)


def amount(of: events.DocumentIssued, notes: Sequence[events.DocumentIssued], wanted: Decimal) -> events.DocumentIssued:
    """The part of a document that comes to `wanted`, shared out over its rates as what is left is. Raises TooMuch."""
    rates = left(of, notes)
    shares = _shared(rates, wanted, of.currency)
    lines = tuple(_credited(each, share, of.currency) for each, share in shares)
    return _part(of, lines, shares)


def some(
    of: events.DocumentIssued, notes: Sequence[events.DocumentIssued], positions: Iterable[int]
) -> events.DocumentIssued:
    """The part of a document that these lines are, counted from 1.

    Raises TooMuch, also where a line was taken back before; IndexError where there is no such line.
    """
    chosen = sorted(set(positions))
    if not chosen or chosen[0] < 1 or chosen[-1] > len(of.lines):
        raise IndexError(f"its lines are 1 to {len(of.lines)}")
    lines = tuple(of.lines[position - 1] for position in chosen)
    gone = [_back(line) for note in notes for line in note.lines]
    for line in lines:
        if gone.count(line) + lines.count(line) > of.lines.count(line):
            raise TooMuch(f"line {of.lines.index(line) + 1} has been taken back")
    rates = {each.rate: each for each in left(of, notes)}
    shares = []
    for rate in {line.vat: None for line in lines if line.amount_incl}:
        share = sum((line.amount_incl for line in lines if line.vat == rate), NOTHING)
        known = rates.get(rate)
        if known is None or share > known.gross or share <= 0:
            have = money.text(NOTHING if known is None else known.gross, of.currency)
            raise TooMuch(f"at a tax of {rate or 0:g} % {have} {of.currency} are left")
        shares.append((known, share))
    if not shares:
        raise TooMuch("these lines come to nothing")
    return _part(of, lines, shares)


def fits(part: events.DocumentIssued, of: events.DocumentIssued, notes: Iterable[events.DocumentIssued]) -> bool:
    """Whether all of a part is left still."""
    have = {each.rate: each.gross for each in left(of, notes)}
    return all(each.gross <= have.get(each.rate, NOTHING) for each in left(part, ()))


def _shared(rates: Sequence[Left], wanted: Decimal, currency: str) -> list[tuple[Left, Decimal]]:
    """`wanted` in proportion, to the smallest coin; what rounding down leaves goes to the largest remainders."""
    have = total(rates)
    if not 0 < wanted <= have:
        raise TooMuch(f"more than 0 and at most {money.text(have, currency)} {currency} are left of it")
    coin = Decimal(1).scaleb(-money.exponent(currency))
    exact = [wanted * each.gross / have for each in rates]
    shares = [share.quantize(coin, ROUND_DOWN) for share in exact]
    order = sorted(range(len(rates)), key=lambda index: shares[index] - exact[index])
    for index in order[: int((wanted - sum(shares)) / coin)]:
        shares[index] += coin
    return [(each, share) for each, share in zip(rates, shares, strict=True) if share]


def _taxes(of: Left, share: Decimal, currency: str) -> tuple[document.Tax, ...]:
    amounts = [money.rounded(tax.amount * share / of.gross, currency) for tax in of.taxes]
    base = share - sum(amounts, NOTHING)
    return tuple(
        msgspec.structs.replace(tax, base=base, amount=part) for tax, part in zip(of.taxes, amounts, strict=True)
    )


def _credited(of: Left, share: Decimal, currency: str) -> document.Line:
    taxed = sum((tax.amount for tax in _taxes(of, share, currency)), NOTHING)
    return document.Line(
        dimension=CREDIT,
        quantity=Decimal(1),
        unit="piece",
        vat=of.rate,
        amount_excl=share - taxed,
        amount_incl=share,
    )


def _part(
    of: events.DocumentIssued, lines: tuple[document.Line, ...], shares: Iterable[tuple[Left, Decimal]]
) -> events.DocumentIssued:
    taxes = tuple(tax for each, share in shares for tax in _taxes(each, share, of.currency))
    incl = sum((line.amount_incl for line in lines), NOTHING)
    excl = incl - sum((tax.amount for tax in taxes), NOTHING)
    return msgspec.structs.replace(
        of, lines=document.adding_up(lines, excl, ROUNDED), taxes=taxes, total_excl=excl, total_incl=incl
    )


def _gross(taxes: Sequence[document.Tax]) -> Decimal:
    return taxes[0].base + sum((tax.amount for tax in taxes), NOTHING)


def _back(line: document.Line) -> document.Line:
    return msgspec.structs.replace(line, amount_excl=-line.amount_excl, amount_incl=-line.amount_incl)
