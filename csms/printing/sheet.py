"""What a printed or shown document says, in words: the texts for a paper, for the page and the PDF alike."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from csms.domain.billing import taxes
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
}
_NOTICES = {
    "free": "This session was free of charge.",
    "internal": "Internal session: nobody is charged for it.",
    "charged": "To be paid with the next invoice of the account. This is no invoice.",
    "waiting": "The session may still be continued. Its receipt follows.",
    "corrected": "This document has been taken back by a credit note.",
}
LABELS = (
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
    "To",
    "Total",
    "hour",
    "of",
    "on",
    "unit",
)
"""Every text that a document may have, for translators."""


def sheet(paper: papers.Paper, translate: Translate = str) -> dict[str, Any]:
    """The texts of a paper, which is what papers.py answers; amounts as in JSON, times by the clock of the place."""
    zone = paper["time_zone"]
    return {
        "title": translate(_TITLES[paper["kind"]]),
        "labels": {text: translate(text) for text in LABELS},
        "number": paper["number"],
        "notice": _notice(paper, translate),
        "facts": [(translate(label), value) for label, value in _facts(paper) if value],
        "seller": _party(paper["seller"], translate),
        "buyer": None if paper["buyer"] is None else _party(paper["buyer"], translate),
        "sessions": [] if paper["kind"] == "invoice" else [_session(each, zone, paper) for each in paper["sessions"]],
        "lines": [_line(line, zone, translate) for line in paper["lines"]],
        "priced": any(line["price"] or line["vat"] is not None for line in paper["lines"]),
        "centres": _centres(paper, translate),
        "taxes": [_tax(tax, translate) for tax in paper["taxes"]],
        "net": _amount(paper["total_excl"]),
        "total": _amount(paper["total"]),
        "reason": paper["reason"],
        "note": paper["note"],
        "currency": paper["total"]["currency"] if paper["total"] else "",
        "signed": any(each["signed_values"] for each in paper["sessions"]),
        "zone": zone,
    }


def _facts(paper: papers.Paper) -> list[tuple[str, str | None]]:
    return [
        ("Number", paper["number"]),
        ("Date", _day(paper["issued_on"])),
        ("Due", _day(paper["due_on"])),
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


def _party(party: Mapping[str, Any], translate: Translate) -> list[str]:
    city = " ".join(filter(None, (party["postal_code"], party["city"])))
    tax_id = f"{translate('Tax number')}: {party['tax_id']}" if party["tax_id"] else ""
    lines = (party["name"], party["address"], city, party["country"], tax_id, party["email"], party["phone"])
    return [line for line in lines if line]


def _session(each: Mapping[str, Any], zone: str, paper: papers.Paper) -> dict[str, Any]:
    station = paper["station"]
    place = ", ".join(filter(None, (station["name"], station["address"], station["city"]))) if station else ""
    begin, end = papers.local(each["started_at"], zone), papers.local(each["completed_at"], zone)
    return {
        "id": each["id"],
        "station": place,
        "charger": each["charger_id"],
        "connector": "" if each["connector_id"] is None else str(each["connector_id"]),
        "from": _moment(begin),
        "to": _moment(end),
        "meter_begin": _kwh(each["meter_start_wh"]),
        "meter_end": _kwh(each["meter_stop_wh"]),
        "energy": _kwh(each["energy_wh"]),
    }


def _line(line: Mapping[str, Any], zone: str, translate: Translate) -> dict[str, Any]:
    ended = papers.local(line["to"], zone) if line["session_id"] else None
    details = [_moment(ended), line["session_id"], line["cost_centre"]] if line["session_id"] else [line["reason"]]
    return {
        "what": translate(_DIMENSIONS.get(line["dimension"], line["dimension"])),
        "details": " · ".join(filter(None, details)),
        "quantity": _quantity(line),
        "price": _price(line, translate),
        "vat": "" if line["vat"] is None else f"{line['vat']:g} %",
        "net": line["amount_excl"]["amount"],
        "amount": line["amount_incl"]["amount"],
    }


def _centres(paper: papers.Paper, translate: Translate) -> list[dict[str, str]]:
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
    return [{"name": f"{label} {name}", "amount": f"{amount} {currency}"} for name, amount in [*named, *rest]]


def _quantity(line: Mapping[str, Any]) -> str:
    if line["dimension"] in ("ROUNDING", "MIN_PRICE", "MAX_PRICE"):
        return ""
    if line["unit"] == "Wh":
        return _kwh(line["quantity"])
    if line["unit"] == "s":
        minutes, seconds = divmod(int(line["quantity"]), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d} h"
    return f"{line['quantity']:g}"


def _price(line: Mapping[str, Any], translate: Translate) -> str:
    if line["price"] is None:
        return ""
    per = {"Wh": "kWh", "s": translate("hour")}.get(line["unit"])
    return f"{line['price']['amount']} / {per}" if per else str(line["price"]["amount"])


def _tax(tax: Mapping[str, Any], translate: Translate) -> dict[str, str | None]:
    name = f"{tax['name']} {tax['percentage']:g} % {translate('on')} {tax['base']['amount']}"
    return {"name": name, "amount": _amount(tax["amount"])}


def _amount(shown: Mapping[str, str] | None) -> str | None:
    return None if shown is None else f"{shown['amount']} {shown['currency']}"


def _kwh(wh: float | None) -> str:
    return "" if wh is None else f"{(Decimal(str(wh)) / 1000).quantize(Decimal('0.001'))} kWh"


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.strftime("%Y-%m-%d %H:%M:%S")


def _day(text: str | None) -> str | None:
    return None if text is None else date.fromisoformat(text).isoformat()
