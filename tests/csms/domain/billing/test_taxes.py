"""One worked document for each tax case, checked by hand: what the law calls the tax, of what, and how much."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from csms.domain import events
from csms.domain.billing import issuing, parties, taxes
from csms.domain.tariff import model, periods, pricing

PUNE = parties.Party(name="City Mall Charging", country="IN", state="27", tax_id="27AAPFU0939F1ZV")
CHANDIGARH = parties.Party(name="Sector 17 Charging", country="IN", state="04")
BERLIN = parties.Party(name="Ladepark GmbH", country="DE", tax_id="DE136695976")
OSAKA = parties.Party(name="Osaka EV", country="JP")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sold(
    seller: parties.Party,
    buyer: parties.Party | None = None,
    *,
    price: str = "18.00",
    vat: str | None = "18",
    currency: str = "INR",
    included: bool = True,
    wh: int = 22_000,
    flat: tuple[str, str] | None = None,
) -> events.DocumentIssued:
    """The receipt for so much energy at a price per kWh, and perhaps a fee with a rate of its own."""
    rate = None if vat is None else Decimal(vat)
    parts = [model.PriceComponent(type="ENERGY", price=Decimal(price), vat=rate)]
    if flat is not None:
        parts.append(model.PriceComponent(type="FLAT", price=Decimal(flat[0]), vat=Decimal(flat[1])))
    tariff = model.Tariff(
        id="t", currency=currency, tax_included=included, elements=(model.Element(price_components=tuple(parts)),)
    )
    hour = periods.Period(kind="charging", start=NOON, duration_s=Decimal(3600), energy_wh=Decimal(wh))
    bill = pricing.price(tariff, [hour], UTC)
    priced = events.SessionPriced(
        currency=bill.currency,
        total_excl=bill.total_excl,
        total_incl=bill.total_incl,
        lines=bill.lines,
        taxes=bill.taxes,
        arithmetic=bill.arithmetic,
        revision=1,
        covers=("s1",),
    )
    of = issuing.Parties(seller_id="s", prefix="X", seller=seller, buyer=buyer, day=date(2026, 3, 1))
    receipt = issuing.receipt(priced, of)
    assert receipt.total_incl == bill.total_incl, "what the driver saw is what is billed"
    assert receipt.total_excl + sum(tax.amount for tax in receipt.taxes) == receipt.total_incl
    assert sum(line.amount_excl for line in receipt.lines) == receipt.total_excl
    assert sum(line.amount_incl for line in receipt.lines) == receipt.total_incl
    return receipt


def told(receipt: events.DocumentIssued) -> list[str]:
    return [f"{tax.name} {tax.percentage:g}% of {tax.base} = {tax.amount}" for tax in receipt.taxes]


def test_within_a_state_of_india_half_is_the_unions_and_half_the_states() -> None:
    # 22 kWh x 18.00 = 396.00 with 18 % in it. 396 / 1.18 = 335.5932; 9 % of it 30.2034, so 30.20 twice;
    # 396.00 - 60.40 = 335.60, of which 9 % are 30.204.
    receipt = sold(PUNE)
    assert told(receipt) == ["CGST 9% of 335.60 = 30.20", "SGST 9% of 335.60 = 30.20"]
    assert (receipt.total_excl, receipt.total_incl) == (Decimal("335.60"), Decimal("396.00"))
    assert receipt.place_of_supply == "27"


def test_to_a_company_of_another_state_all_is_the_unions() -> None:
    # 396.00 - 335.59 = 60.41, and 18 % of 335.59 are 60.4062
    karnataka = parties.Party(name="Blue Cabs", country="IN", tax_id="29AAGCB7383J1Z4")
    receipt = sold(PUNE, karnataka)
    assert told(receipt) == ["IGST 18% of 335.59 = 60.41"]
    assert receipt.place_of_supply == "29"


def test_to_a_person_it_is_the_state_of_the_address_and_without_one_the_sellers() -> None:
    assert sold(PUNE, parties.Party(name="Asha", country="IN", state="29")).place_of_supply == "29"
    assert sold(PUNE, parties.Party(name="Asha", country="IN")).place_of_supply == "27"
    assert sold(PUNE, parties.Party(name="Tourist", country="DE")).place_of_supply == "27"


def test_in_a_territory_without_a_legislature_the_states_half_is_the_territorys() -> None:
    assert told(sold(CHANDIGARH)) == ["CGST 9% of 335.60 = 30.20", "UTGST 9% of 335.60 = 30.20"]


def test_in_the_european_union_it_is_vat_of_what_the_price_includes() -> None:
    # 22 kWh x 0.59 = 12.98 with 19 % in it: 12.98 / 1.19 = 10.9076, tax 2.07
    receipt = sold(BERLIN, price="0.59", vat="19", currency="EUR")
    assert told(receipt) == ["VAT 19% of 10.91 = 2.07"]
    assert (receipt.total_excl, receipt.total_incl) == (Decimal("10.91"), Decimal("12.98"))
    assert receipt.place_of_supply is None


def test_vat_comes_on_top_where_the_price_does_not_include_it() -> None:
    # 12.98 x 0.19 = 2.4662
    receipt = sold(BERLIN, price="0.59", vat="19", currency="EUR", included=False)
    assert told(receipt) == ["VAT 19% of 12.98 = 2.47"]
    assert receipt.total_incl == Decimal("15.45")


def test_the_buyers_country_makes_no_difference_where_the_car_is_charged_in_the_union() -> None:
    austrian = parties.Party(name="Taxi Wien", country="AT", tax_id="ATU13585627")
    assert told(sold(BERLIN, austrian, price="0.59", vat="19", currency="EUR")) == ["VAT 19% of 10.91 = 2.07"]


def test_each_rate_is_told_by_itself() -> None:
    # energy 12.98 / 1.19 = 10.9076, tax 2.07; a fee of 1.07 with 7 % in it: 1.00 and 0.07
    receipt = sold(BERLIN, price="0.59", vat="19", currency="EUR", flat=("1.07", "7"))
    assert sorted(told(receipt)) == ["VAT 19% of 10.91 = 2.07", "VAT 7% of 1.00 = 0.07"]
    assert receipt.total_incl == Decimal("14.05")


def test_what_is_sold_without_tax_names_none() -> None:
    receipt = sold(BERLIN, vat=None, price="0.50", currency="EUR")
    assert (told(receipt), receipt.total_excl, receipt.total_incl) == ([], Decimal("11.00"), Decimal("11.00"))


def test_a_rate_of_zero_is_not_the_same_as_none() -> None:
    assert told(sold(BERLIN, vat="0", price="0.50", currency="EUR")) == ["VAT 0% of 11.00 = 0.00"]


def test_yen_have_no_decimals_and_dinars_three() -> None:
    # 22 x 45 = 990 with 10 % in it: 900 and 90. 22 x 0.123 = 2.706 with 5 %: 2.577 and 0.129
    assert told(sold(OSAKA, price="45", vat="10", currency="JPY")) == ["VAT 10% of 900 = 90"]
    assert told(sold(OSAKA, price="0.123", vat="5", currency="KWD")) == ["VAT 5% of 2.577 = 0.129"]


@pytest.mark.parametrize("wh", range(1, 400, 7))
def test_equal_halves_and_the_base_are_always_what_the_driver_pays(wh: int) -> None:
    first, second = sold(PUNE, wh=wh * 100).taxes
    assert first.amount == second.amount
    assert abs(first.amount - first.base * 9 / 100) <= Decimal("0.01")


def test_a_credit_note_takes_back_every_line_and_tax() -> None:
    receipt = sold(PUNE)
    note = issuing.credit_note(receipt, "X", date(2026, 3, 2), "Wrong tariff")
    assert (note.series, note.reason, note.total_incl) == ("X-C", "Wrong tariff", -receipt.total_incl)
    assert [tax.amount for tax in note.taxes] == [-tax.amount for tax in receipt.taxes]
    assert note.total_excl + sum(tax.amount for tax in note.taxes) == note.total_incl


def test_every_state_has_a_name() -> None:
    assert taxes.STATES.keys() > taxes.TERRITORIES
