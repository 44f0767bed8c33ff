"""Who sells and who buys, as a document names them. A seller is one registration for tax: one number, one series."""

import re
from typing import Annotated, Final

import msgspec

from csms.domain import vat

Text = Annotated[str, msgspec.Meta(max_length=255)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]
Series = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{1,6}$")]
INDIA: Final = "IN"
UNION: Final = frozenset(re.findall("..", "ATBEBGCYCZDEDKEEESFIFRGRHRHUIEITLTLULVMTNLPLPTROSESISK"))
"""The member states of the European Union, where VAT is one system."""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A name and an address. `country` is ISO 3166 alpha-2; `state` the two digits of an Indian state (GST)."""

    name: Name
    address: Text = ""
    postal_code: Text = ""
    city: Text = ""
    state: Annotated[str, msgspec.Meta(pattern=r"^(\d\d)?$")] = ""
    country: Country | None = None
    tax_id: Text = ""
    email: Text = ""
    phone: Text = ""


def wrong(party: Party, *, seller: bool = False) -> tuple[str, str] | None:
    """The field of a party that cannot be, and why; None where all is well."""
    if party.tax_id and party.country is not None:
        verdict = vat.check(party.tax_id)
        if not verdict.valid and verdict.reason != "unknown_country":
            what = "a check digit is wrong" if verdict.reason == "check_digits" else "its country writes them otherwise"
            return "tax_id", f"{party.tax_id} is no tax number, {what}: copy it from the certificate of registration"
        if party.country == INDIA and verdict.valid and party.state and party.state != party.tax_id[:2]:
            return "state", f"the GSTIN is of state {party.tax_id[:2]}, not {party.state}"
    if seller and party.country == INDIA and not state_of(party):
        return "state", "an Indian seller has a state: give its GSTIN as tax_id, or the two digits of the state"
    return None


def not_of_the_union(buyer: Party) -> tuple[str, str] | None:
    """The field for which a buyer cannot owe the VAT of what a seller of another state of the Union bills, and why."""
    if buyer.country not in UNION:
        return "country", "reverse charge is for companies of the European Union: give its country"
    verdict = vat.check(buyer.tax_id)
    if not verdict.valid or verdict.country != buyer.country:
        return "tax_id", f"reverse charge needs the VAT number of {buyer.country}, with its prefix"
    return None


def owes_the_tax(seller: Party, buyer: Party) -> bool:
    """Whether a buyer for whom that is agreed owes the VAT: both are in the Union, in two of its states."""
    return {seller.country, buyer.country} <= UNION and seller.country != buyer.country and bool(buyer.tax_id)


def state_of(party: Party) -> str:
    """The Indian state of a party, by its GSTIN where it has one; "" where nothing tells."""
    return party.tax_id[:2] if party.country == INDIA and party.tax_id[:2].isdigit() else party.state
