"""Documents before they have a number: a receipt of a session, an invoice of many, a credit note for either.

Pure. csms/storage/billing gives them their numbers and records them, in one transaction with what they settle.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from csms.domain import events
from csms.domain.billing import document, parties, taxes
from csms.domain.tariff import bill

HALVES = "The two halves of the tax are equal."
_LETTERS = {document.RECEIPT: "R", document.INVOICE: "I", document.CREDIT_NOTE: "C"}


def series(prefix: str, kind: document.Kind) -> str:
    """The series of a seller for one kind of document: MALL-R."""
    return f"{prefix}-{_LETTERS[kind]}"


def number(of_series: str, version: int) -> str:
    """The number of the `version`-th document: MALL-R-000042; with a series of 6 letters 15 characters (India: 16)."""
    return f"{of_series}-{version:06d}"


class Parties(msgspec.Struct, frozen=True, kw_only=True):
    """Who sells (with the seller's id and prefix of series) to whom, and on which day of the seller."""

    seller_id: str
    prefix: str
    seller: parties.Party
    day: date
    buyer: parties.Party | None = None
    buyer_ref: str | None = None
    reverse_charge: bool = False
    """The buyer owes the tax, so that the document has none (European Union, to a company of another state)."""


def receipt(priced: events.SessionPriced, of: Parties) -> events.DocumentIssued:
    """The receipt of a session, or of several that are one stay."""
    lines = tuple(_line(line) for line in priced.lines)
    named = taxes.named(priced.taxes, of.seller, taxes.place_of_supply(of.seller, of.buyer), priced.currency)
    made = _document(document.RECEIPT, of, lines, named, priced.currency, priced.covers)
    return msgspec.structs.replace(made, revision=priced.revision)


def invoice(charges: Sequence[events.SessionCharged], of: Parties, due_on: date) -> events.DocumentIssued:
    """The invoice of sessions in one currency, a line for each; its taxes are the sums of theirs."""
    supply = taxes.place_of_supply(of.seller, of.buyer)
    named = [
        () if of.reverse_charge else taxes.named(charge.taxes, of.seller, supply, charge.currency) for charge in charges
    ]
    lines = tuple(_session(charge, theirs, of) for charge, theirs in zip(charges, named, strict=True))
    ids = tuple(charge.session_id for charge in charges)
    made = _document(document.INVOICE, of, lines, taxes.added(named), charges[0].currency, ids)
    return msgspec.structs.replace(made, due_on=due_on)


def payable(charge: events.SessionCharged, of: Parties) -> Decimal:
    """What the buyer pays for a session."""
    return charge.total_excl if of.reverse_charge else charge.total_incl


def credit_note(of: events.DocumentIssued, prefix: str, day: date, reason: str) -> events.DocumentIssued:
    """What takes back all of `of`, which is a receipt, an invoice, or the part of an invoice that is wrong."""
    return msgspec.structs.replace(
        of,
        number="",
        series=series(prefix, document.CREDIT_NOTE),
        kind=document.CREDIT_NOTE,
        lines=tuple(
            msgspec.structs.replace(line, amount_excl=-line.amount_excl, amount_incl=-line.amount_incl)
            for line in of.lines
        ),
        taxes=tuple(msgspec.structs.replace(tax, base=-tax.base, amount=-tax.amount) for tax in of.taxes),
        total_excl=-of.total_excl,
        total_incl=-of.total_incl,
        issued_on=day,
        corrects=of.number,
        due_on=None,
        reason=reason,
    )


def _document(
    kind: document.Kind,
    of: Parties,
    lines: tuple[document.Line, ...],
    named: tuple[document.Tax, ...],
    currency: str,
    session_ids: tuple[str, ...],
) -> events.DocumentIssued:
    incl = sum((line.amount_incl for line in lines), Decimal(0))
    excl = incl - sum((tax.amount for tax in named), Decimal(0))
    return events.DocumentIssued(
        number="",
        series=series(of.prefix, kind),
        kind=kind,
        seller_id=of.seller_id,
        session_ids=session_ids,
        currency=currency,
        lines=document.adding_up(lines, excl, HALVES),
        taxes=named,
        total_excl=excl,
        total_incl=incl,
        issued_on=of.day,
        buyer_ref=of.buyer_ref,
        place_of_supply=taxes.place_of_supply(of.seller, of.buyer),
        reverse_charge=of.reverse_charge,
    )


def _line(line: bill.Line) -> document.Line:
    return document.Line(
        dimension=line.dimension,
        quantity=line.quantity,
        unit=line.unit,
        amount_excl=line.amount_excl,
        amount_incl=line.amount_incl,
        price=line.price,
        vat=line.vat,
        reason=line.reason,
        from_at=line.from_at,
        to_at=line.to_at,
    )


def _session(charge: events.SessionCharged, named: Sequence[document.Tax], of: Parties) -> document.Line:
    incl = payable(charge, of)
    return document.Line(
        dimension="SESSION",
        quantity=charge.energy_wh,
        unit="Wh",
        amount_excl=incl - sum((tax.amount for tax in named), Decimal(0)),
        amount_incl=incl,
        to_at=charge.ended_at,
        session_id=charge.session_id,
        cost_centre=charge.cost_centre,
    )
