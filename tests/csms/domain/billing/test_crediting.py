"""A part of a document is taken back: its taxes in proportion, never more than is left, and in the end nothing is."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.domain import events
from csms.domain.billing import crediting, issuing
from tests.csms.domain.billing.test_taxes import BERLIN, PUNE, sold, told


def note(of: events.DocumentIssued, part: events.DocumentIssued) -> events.DocumentIssued:
    made = issuing.credit_note(part, "X", date(2026, 3, 2), "Goodwill")
    assert made.total_excl + sum(tax.amount for tax in made.taxes) == made.total_incl
    assert sum(line.amount_excl for line in made.lines) == made.total_excl
    assert sum(line.amount_incl for line in made.lines) == made.total_incl
    assert made.corrects == of.number
    return made


def taken(of: events.DocumentIssued, amount: str, *notes: events.DocumentIssued) -> events.DocumentIssued:
    return note(of, crediting.amount(of, notes, Decimal(amount)))


def test_an_amount_has_its_share_of_both_halves_of_gst() -> None:
    # of 396.00 there are 30.20 + 30.20 tax. 100.00 x 30.20 / 396.00 = 7.6263, so 7.63 twice; 100.00 - 15.26 = 84.74
    made = taken(sold(PUNE), "100.00")
    assert told(made) == ["CGST 9% of -84.74 = -7.63", "SGST 9% of -84.74 = -7.63"]
    assert (made.total_excl, made.total_incl) == (Decimal("-84.74"), Decimal("-100.00"))


def test_an_amount_is_shared_out_over_the_rates() -> None:
    # 12.98 at 19 % (tax 2.07) and 1.07 at 7 % (tax 0.07), 14.05 in all. Of 5.00: 5 x 12.98 / 14.05 = 4.619, so 4.62,
    # and 0.38; taxes 4.62 x 2.07 / 12.98 = 0.7368 and 0.38 x 0.07 / 1.07 = 0.0249
    receipt = sold(BERLIN, price="0.59", vat="19", currency="EUR", flat=("1.07", "7"))
    assert sorted(told(taken(receipt, "5.00"))) == ["VAT 19% of -3.88 = -0.74", "VAT 7% of -0.36 = -0.02"]


def test_what_has_no_tax_goes_back_without() -> None:
    made = taken(sold(BERLIN, vat=None, price="0.50", currency="EUR"), "3.33")
    assert (told(made), made.total_excl, made.total_incl) == ([], Decimal("-3.33"), Decimal("-3.33"))


def test_the_last_part_takes_exactly_what_the_others_left() -> None:
    # 396.00 - 100.00 = 296.00; 30.20 - 7.63 = 22.57 of each tax; 335.60 - 84.74 = 250.86
    receipt = sold(PUNE)
    first = taken(receipt, "100.00")
    assert told(taken(receipt, "296.00", first)) == ["CGST 9% of -250.86 = -22.57", "SGST 9% of -250.86 = -22.57"]


@pytest.mark.parametrize("amount", ["296.01", "0.00", "-1.00"])
def test_more_than_is_left_and_nothing_are_refused(amount: str) -> None:
    receipt = sold(PUNE)
    first = taken(receipt, "100.00")
    with pytest.raises(crediting.TooMuch, match=r"at most 296\.00 INR"):
        crediting.amount(receipt, [first], Decimal(amount))


def test_a_line_goes_back_with_its_own_rate() -> None:
    receipt = sold(BERLIN, price="0.59", vat="19", currency="EUR", flat=("1.07", "7"))
    fee = next(place for place, line in enumerate(receipt.lines, 1) if line.dimension == "FLAT")
    made = note(receipt, crediting.some(receipt, [], [fee]))
    assert told(made) == ["VAT 7% of -1.00 = -0.07"]
    with pytest.raises(crediting.TooMuch, match="has been taken back"):
        crediting.some(receipt, [made], [fee])


def test_a_line_of_which_an_amount_was_credited_is_not_left() -> None:
    receipt = sold(PUNE)
    with pytest.raises(crediting.TooMuch, match=r"at a tax of 18 % 395\.00 INR are left"):
        crediting.some(receipt, [taken(receipt, "1.00")], [1])


@pytest.mark.parametrize("positions", [[], [0], [3], [1, 9]])
def test_lines_that_there_are_not_are_refused(positions: list[int]) -> None:
    with pytest.raises(IndexError):
        crediting.some(sold(PUNE), [], positions)


@given(st.lists(st.integers(1, 20_000), max_size=12), st.sampled_from([("19", "7"), ("18", "5"), ("0", "7.7")]))
def test_however_it_is_cut_nothing_is_left_and_nothing_is_ever_negative(
    cents: list[int], rates: tuple[str, str]
) -> None:
    receipt = sold(BERLIN, price="5.93", vat=rates[0], currency="EUR", flat=("7.01", rates[1]))
    notes: list[events.DocumentIssued] = []
    for each in cents:
        have = crediting.total(crediting.left(receipt, notes))
        amount = min(Decimal(each) / 100, have)
        if amount:
            notes.append(taken(receipt, str(amount), *notes))
        for rate in crediting.left(receipt, notes):
            assert rate.gross > 0
            assert all(tax.amount >= 0 and tax.base >= 0 for tax in rate.taxes)
    if rest := crediting.total(crediting.left(receipt, notes)):
        notes.append(taken(receipt, str(rest), *notes))
    assert crediting.left(receipt, notes) == []
    assert sum(made.total_excl for made in notes) == -receipt.total_excl
