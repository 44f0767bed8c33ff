"""What a printed or shown document says, in words: the texts for a paper, for the page and the PDF alike.

Amounts and days are written as in the reader's language and the seller's country (forms.py).
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from csms.domain.billing import parties, taxes
from csms.printing.forms import Forms
from csms.storage.billing import papers

Translate = Callable[[str], str]
"""From the English text to that of another language."""

_TITLES = {"receipt": "Receipt", "invoice": "Invoice", "credit_note": "Credit note", "record": "Charging record"}
_DIMENSIONS = {
    "ENERGY": "Energy",
    "TIME": "Charging time",
    "PARKING_TIME": "Idle time",
    "FLAT": "Fixed fee",
    "RESERVATION_TIME": "Reservation",
    "MIN_PRICE": "Up to the minimum price",
    "MAX_PRICE": "Down to the maximum price",
    "ROUNDING": "Rounding",
    "SESSION": "Charging session",
    "CREDIT": "Credit",
}
_NOTICES = {
    "free": "This session was free of charge.",
    "internal": "Internal session: nobody is charged for it.",
    "charged": "To be paid with the next invoice of the account. This is no invoice.",
    "waiting": "The session may still be continued. Its receipt follows.",
    "partly_corrected": "A part of this document has been taken back by a credit note.",
    "corrected": "This document has been taken back by a credit note.",
}
_ELEMENT = re.compile(r"^element \d+: ")
REVERSE_CHARGE = "Reverse charge: the recipient owes the VAT."
LABELS = (
    REVERSE_CHARGE,
    "%(tax)s on %(base)s",
    *_TITLES.values(),
    *_DIMENSIONS.values(),
    *_NOTICES.values(),
    "Amount",
    "Balance",
    "Bill to",
    "Charger",
    "Connector",
    "Corrects",
    "Cost centre",
    "Date",
    "Due",
    "Energy",
    "From",
    "Meter begin",
    "Meter end",
    "Net",
    "Number",
    "Page",
    "Place of supply",
    "Position",
    "Price",
    "Quantity",
    "Reason",
    "Session",
    "Station",
    "Tax",
    "Tax number",
    "The meter signed its values; they are in the JSON of this document.",
    "Time",
    "The two halves of the tax are equal.",
    "the total is rounded once, from exact amounts",
    "To",
    "Total",
    "VAT number",
    "hour",
    "of",
)
"""Every text that a document may have, for translators."""


def sheet(paper: papers.Paper, translate: Translate = str, language: str = "en") -> dict[str, Any]:
    """The texts of a paper, which is what papers.py answers; times are by the clock of the place."""
    forms = Forms(language, paper["seller"]["country"])
    zone, lines = paper["time_zone"], paper["lines"]
    listed = any(line["session_id"] for line in lines)  # many sessions, a line each
    return {
        "language": language,
        "title": translate(_TITLES[paper["kind"]]),
        "labels": {text: translate(text) for text in LABELS},
        "number": paper["number"],
        "notice": _notice(paper, translate),
        "facts": [(translate(label), value) for label, value in _facts(paper, forms) if value],
        "seller": _party(paper["seller"], forms, translate),
        "buyer": None if paper["buyer"] is None else _party(paper["buyer"], forms, translate),
        "listed": listed,
        "sessions": [] if listed else [_session(each, paper, forms) for each in paper["sessions"]],
        "lines": [_line(line, zone, forms, translate) for line in lines],
        "priced": any(line["price"] or line["vat"] is not None for line in lines),
        "centres": _centres(paper, forms, translate),
        "taxes": [_tax(tax, forms, translate) for tax in paper["taxes"]],
        "net": forms.amount(paper["total_excl"]),
        "total": forms.amount(paper["total"]),
        "amount": paper["total"]["amount"] if paper["total"] else "",
        "reason": paper["reason"],
        "remark": translate(REVERSE_CHARGE) if paper["reverse_charge"] else "",
        "note": paper["note"],
        "currency": paper["total"]["currency"] if paper["total"] else "",
        "signed": any(each["signed_values"] for each in paper["sessions"]),
        "zone": zone,
    }


def _facts(paper: papers.Paper, forms: Forms) -> list[tuple[str, str | None]]:
    return [
        ("Number", paper["number"]),
        ("Date", forms.day(paper["issued_on"])),
        ("Due", forms.day(paper["due_on"])),
        ("Corrects", paper["corrects"]),
        ("Invoice", paper["invoice"]),
        ("Place of supply", _state(paper["place_of_supply"])),
        ("SAC", paper["service_code"]),
    ]


def _state(code: str | None) -> str | None:
    return None if code is None else f"{code} {taxes.STATES.get(code, '')}".rstrip()


def _notice(paper: papers.Paper, translate: Translate) -> str | None:
    told = _NOTICES.get(paper["status"])
    if told is None or paper["invoice"]:
        return None
    more = ", ".join(paper["corrected_by"])
    return translate(told) + (f" ({more})" if more else "")


def _party(party: Mapping[str, Any], forms: Forms, translate: Translate) -> list[str]:
    city = " ".join(filter(None, (party["postal_code"], party["city"])))
    country = forms.country(party["country"])
    tax_id = f"{_tax_number(party, translate)}: {party['tax_id']}" if party["tax_id"] else ""
    lines = (party["name"], party["address"], city, country, tax_id, party["email"], party["phone"])
    return [line for line in lines if line]


def _tax_number(party: Mapping[str, Any], translate: Translate) -> str:
    """What the tax office there calls it."""
    if party["country"] == parties.INDIA:
        return "GSTIN"
    return translate("VAT number" if party["country"] in parties.UNION else "Tax number")


def _session(each: Mapping[str, Any], paper: papers.Paper, forms: Forms) -> dict[str, Any]:
    station, zone = paper["station"], paper["time_zone"]
    place = ", ".join(filter(None, (station["name"], station["address"], station["city"]))) if station else ""
    begin, end = papers.local(each["started_at"], zone), papers.local(each["completed_at"], zone)
    return {
        "id": each["id"],
        "station": place,
        "charger": each["charger_id"],
        "connector": "" if each["connector_id"] is None else str(each["connector_id"]),
        "from": forms.moment(begin),
        "to": forms.moment(end),
        "meter_begin": forms.kwh(each["meter_start_wh"]),
        "meter_end": forms.kwh(each["meter_stop_wh"]),
        "energy": forms.kwh(each["energy_wh"]),
    }


def _line(line: Mapping[str, Any], zone: str, forms: Forms, translate: Translate) -> dict[str, Any]:
    return {
        "what": translate(_DIMENSIONS.get(line["dimension"], line["dimension"])),
        "details": _reason(line["reason"], forms, translate),
        "at": forms.moment(papers.local(line["to"], zone)) if line["session_id"] else "",
        "session": line["session_id"] or "",
        "centre": line["cost_centre"] or "",
        "quantity": _quantity(line, forms),
        "price": _price(line, forms, translate),
        "vat": "" if line["vat"] is None else forms.percent(line["vat"]),
        "net": forms.money(line["amount_excl"]["amount"]),
        "amount": forms.money(line["amount_incl"]["amount"]),
    }


def _reason(reason: str, forms: Forms, translate: Translate) -> str:
    """Why, without the number of the tariff's element; what has no translation is left out."""
    if not reason:
        return ""
    said = translate(reason)
    return _ELEMENT.sub("", said) if forms.language == "en" or said != reason else ""


def _centres(paper: papers.Paper, forms: Forms, translate: Translate) -> list[dict[str, str]]:
    """What each cost centre of an invoice comes to, tax included; none where no session has one."""
    if paper["total"] is None:
        return []
    sums: dict[str | None, Decimal] = {}
    for line in paper["lines"] if paper["kind"] == "invoice" else ():
        centre = line["cost_centre"]
        sums[centre] = sums.get(centre, Decimal(0)) + Decimal(line["amount_incl"]["amount"])
    named = sorted((centre, amount) for centre, amount in sums.items() if centre)
    rest = [("–", sums[None])] if named and sums.get(None) else []
    label, currency = translate("Cost centre"), paper["total"]["currency"]
    shown = [(name, f"{forms.money(amount)} {currency}") for name, amount in [*named, *rest]]
    return [{"name": f"{label} {name}", "amount": amount} for name, amount in shown]


def _quantity(line: Mapping[str, Any], forms: Forms) -> str:
    if line["dimension"] in ("ROUNDING", "MIN_PRICE", "MAX_PRICE", "CREDIT"):
        return ""
    if line["unit"] == "Wh":
        return forms.kwh(line["quantity"])
    if line["unit"] == "s":
        minutes, seconds = divmod(int(line["quantity"]), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d} h"
    return f"{line['quantity']:g}"


def _price(line: Mapping[str, Any], forms: Forms, translate: Translate) -> str:
    if line["price"] is None:
        return ""
    per, price = {"Wh": "kWh", "s": translate("hour")}.get(line["unit"]), forms.money(line["price"]["amount"])
    return f"{price} / {per}" if per else price


def _tax(tax: Mapping[str, Any], forms: Forms, translate: Translate) -> dict[str, str | None]:
    base, rate = forms.money(tax["base"]["amount"]), forms.percent(tax["percentage"])
    name = translate("%(tax)s on %(base)s") % {"tax": f"{tax['name']} {rate}", "base": base}
    return {"name": name, "amount": forms.amount(tax["amount"])}
