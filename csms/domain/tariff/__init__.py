"""Tariffs: the model of OCPI and its arithmetic, pure and exact.

    bill = tariff.price(tariff.Tariff(...), periods, zoneinfo.ZoneInfo("Asia/Kolkata"))

model (what a tariff says) and periods (what is priced) go through split (slices with one price each, by walltime and
selection), usage (added up, in whole steps), taxes and rounding to a bill. validation refuses, findings warns,
explanation tells people.
"""

from csms.domain.tariff.bill import Bill, Line, Tax
from csms.domain.tariff.model import Element, PriceComponent, PriceLimit, Restrictions, Tariff
from csms.domain.tariff.periods import Period, in_a_row
from csms.domain.tariff.pricing import VERSION, price

__all__ = [
    "VERSION",
    "Bill",
    "Element",
    "Line",
    "Period",
    "PriceComponent",
    "PriceLimit",
    "Restrictions",
    "Tariff",
    "Tax",
    "in_a_row",
    "price",
]
