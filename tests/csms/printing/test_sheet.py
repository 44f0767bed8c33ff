"""The words of a document: quantities, prices and times as people write them, in the language of the reader."""

from typing import Any

import pytest

from csms.printing import sheet

INR = "INR"


def line(**fields: Any) -> dict[str, Any]:
    amounts = {"amount_excl": {"amount": "1.00", "currency": INR}, "amount_incl": {"amount": "1.18", "currency": INR}}
    known = {"dimension": "ENERGY", "quantity": 22_000, "unit": "Wh", "price": None, "vat": None, "reason": ""}
    return {**known, **amounts, "from": None, "to": None, "session_id": None, "cost_centre": None, **fields}


def paper(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    party = dict.fromkeys(("address", "postal_code", "city", "tax_id", "email", "phone"), "")
    nothing = dict.fromkeys(
        ("issued_on", "due_on", "corrects", "invoice", "place_of_supply", "buyer", "station", "total_excl")
    )
    known = {
        "number": "X-R-000001",
        "kind": "receipt",
        "status": "issued",
        "corrected_by": [],
        "reason": "",
        "note": "",
    }
    seller = {"name": "Us", "country": None, **party}
    total = {"amount": "1.18", "currency": INR}
    more = {
        "seller": seller,
        "reason": "",
        "time_zone": "Asia/Kolkata",
        "service_code": "",
        "sessions": [],
        "taxes": [],
        "reverse_charge": False,
        "note": "",
    }
    return {**nothing, **known, **more, "lines": list(lines), "total": total, **fields}


@pytest.mark.parametrize(
    ("fields", "quantity", "price"),
    [
        ({"price": {"amount": "18.00", "currency": INR}}, "22.000 kWh", "18.00 / kWh"),
        ({"dimension": "TIME", "unit": "s", "quantity": 3725}, "1:02:05 h", ""),
        (
            {"dimension": "PARKING_TIME", "unit": "s", "quantity": 600, "price": {"amount": "180", "currency": INR}},
            "0:10:00 h",
            "180 / hour",
        ),
        ({"dimension": "FLAT", "unit": "piece", "quantity": 1}, "1", ""),
        ({"dimension": "ROUNDING", "unit": "piece", "quantity": 1}, "", ""),
    ],
)
def test_quantities_and_prices_have_units(fields: dict[str, Any], quantity: str, price: str) -> None:
    [told] = sheet.sheet(paper(line(**fields)))["lines"]
    assert (told["quantity"], told["price"]) == (quantity, price)


def test_every_text_can_be_translated() -> None:
    asked: set[str] = set()

    def translate(text: str) -> str:
        asked.add(text)
        return text.upper()

    told = sheet.sheet(paper(line(), status="corrected", corrected_by=["X-C-000001"]), translate)
    assert asked <= set(sheet.LABELS) | {"SAC"}
    assert (told["title"], told["lines"][0]["what"]) == ("RECEIPT", "ENERGY")
    assert told["notice"] == "THIS DOCUMENT HAS BEEN TAKEN BACK BY A CREDIT NOTE. (X-C-000001)"


def test_an_invoice_tells_what_each_cost_centre_comes_to() -> None:
    lines = [line(session_id=f"s{number}", cost_centre=centre) for number, centre in enumerate(("b", "a", "b", None))]
    told = sheet.sheet(paper(*lines, kind="invoice"))
    assert told["centres"] == [
        {"name": "Cost centre a", "amount": "1.18 INR"},
        {"name": "Cost centre b", "amount": "2.36 INR"},
        {"name": "Cost centre –", "amount": "1.18 INR"},
    ]
    assert sheet.sheet(paper(line(), kind="invoice"))["centres"] == []


def test_times_are_those_of_the_place() -> None:
    lines = [line(dimension="SESSION", session_id="s1", to="2026-03-01T20:00:00Z", cost_centre="north")]
    [told] = sheet.sheet(paper(*lines, kind="invoice"))["lines"]
    assert (told["at"], told["session"], told["centre"]) == ("2 Mar 2026, 01:30:00", "s1", "north")


def test_reasons_are_told_without_the_tariffs_element_and_not_in_a_language_that_has_none() -> None:
    found = paper(line(reason="element 2: 18.00 INR per kWh, from 22:00 to 06:00"))
    assert sheet.sheet(found)["lines"][0]["details"] == "18.00 INR per kWh, from 22:00 to 06:00"
    assert sheet.sheet(found, str, "hi")["lines"][0]["details"] == ""


@pytest.mark.parametrize(("country", "name"), [("IN", "GSTIN"), ("FR", "VAT number"), ("US", "Tax number")])
def test_tax_numbers_are_called_what_they_are_there(country: str, name: str) -> None:
    seller = {**paper()["seller"], "country": country, "tax_id": "4711"}
    assert f"{name}: 4711" in sheet.sheet(paper(line(), seller=seller))["seller"]


def test_an_invoice_without_vat_says_who_owes_it() -> None:
    assert "recipient owes the VAT" in sheet.sheet(paper(line(), reverse_charge=True))["remark"]
    assert sheet.sheet(paper(line()))["remark"] == ""
