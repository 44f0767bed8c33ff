"""The taxes of a document by the names and shares that the law of the seller's country has for them.

India: within a state half is the union's (CGST) and half the state's (SGST; UTGST in a territory without a
legislature), between states all is the union's (IGST). Everywhere else: VAT, of the country where the car is charged.
The sale counts where the buyer's GSTIN, else the buyer's address is; else where the seller is (IGST Act, section 12).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from csms.domain import money
from csms.domain.billing import document, parties
from csms.domain.tariff import bill

STATES = {
    "01": "Jammu and Kashmir",
    "02": "Himachal Pradesh",
    "03": "Punjab",
    "04": "Chandigarh",
    "05": "Uttarakhand",
    "06": "Haryana",
    "07": "Delhi",
    "08": "Rajasthan",
    "09": "Uttar Pradesh",
    "10": "Bihar",
    "11": "Sikkim",
    "12": "Arunachal Pradesh",
    "13": "Nagaland",
    "14": "Manipur",
    "15": "Mizoram",
    "16": "Tripura",
    "17": "Meghalaya",
    "18": "Assam",
    "19": "West Bengal",
    "20": "Jharkhand",
    "21": "Odisha",
    "22": "Chhattisgarh",
    "23": "Madhya Pradesh",
    "24": "Gujarat",
    "26": "Dadra and Nagar Haveli and Daman and Diu",
    "27": "Maharashtra",
    "29": "Karnataka",
    "30": "Goa",
    "31": "Lakshadweep",
    "32": "Kerala",
    "33": "Tamil Nadu",
    "34": "Puducherry",
    "35": "Andaman and Nicobar Islands",
    "36": "Telangana",
    "37": "Andhra Pradesh",
    "38": "Ladakh",
}
"""The codes of states and union territories in a GSTIN."""
TERRITORIES = frozenset({"04", "26", "31", "35", "38"})
"""Those without a legislature."""


def place_of_supply(seller: parties.Party, buyer: parties.Party | None) -> str | None:
    """The code of the Indian state where the sale counts; None elsewhere."""
    if seller.country != parties.INDIA:
        return None
    known = parties.state_of(buyer) if buyer is not None and buyer.country in (None, parties.INDIA) else ""
    return known or parties.state_of(seller)


def named(
    taxes: Iterable[bill.Tax], seller: parties.Party, supply: str | None, currency: str
) -> tuple[document.Tax, ...]:
    """The taxes of a bill as the document names them; what is priced without one has none.

    The halves of GST are equal, each a share of the base: what half a paisa leaves goes to the base, so that the base
    and its taxes are together what the buyer pays.
    """
    found: list[document.Tax] = []
    for tax in taxes:
        if tax.vat is None:
            continue
        if supply is None or supply != parties.state_of(seller):
            name = "VAT" if supply is None else "IGST"
            found.append(document.Tax(name=name, percentage=tax.vat, base=tax.excl, amount=tax.amount))
        else:
            found += _halves(tax, supply, currency)
    return tuple(found)


def added(taxes: Iterable[Sequence[document.Tax]]) -> tuple[document.Tax, ...]:
    """The taxes of several bills together, one of each name and rate."""
    sums: dict[tuple[str, Decimal], tuple[Decimal, Decimal]] = {}
    for each in (tax for several in taxes for tax in several):
        base, amount = sums.get((each.name, each.percentage), (Decimal(0), Decimal(0)))
        sums[each.name, each.percentage] = base + each.base, amount + each.amount
    return tuple(
        document.Tax(name=name, percentage=rate, base=base, amount=amount)
        for (name, rate), (base, amount) in sums.items()
    )


def _halves(tax: bill.Tax, state: str, currency: str) -> list[document.Tax]:
    assert tax.vat is not None, "what has no tax has no halves"
    rate = tax.vat / 2
    half = money.rounded(tax.excl * rate / 100, currency)
    base = tax.excl + tax.amount - 2 * half
    names = ("CGST", "UTGST" if state in TERRITORIES else "SGST")
    return [document.Tax(name=name, percentage=rate, base=base, amount=half) for name in names]
