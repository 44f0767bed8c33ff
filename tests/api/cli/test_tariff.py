"""`csms tariff add|list|assign`."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.cli.support import Csms

STORY: dict[str, Any] = {
    "id": "city",
    "name": "City",
    "currency": "INR",
    "tax_included": True,
    "elements": [{"price_components": [{"type": "ENERGY", "price": "18.00"}, {"type": "PARKING_TIME", "price": 180}]}],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tariff.json"
    path.write_text(json.dumps(STORY))
    return path


def test_what_was_added_is_listed(csms: Csms, file: Path) -> None:
    assert csms("tariff", "add", str(file)).out == "Added tariff city (City).\n"
    (listed,) = csms("tariff", "list", "--json").json
    assert (listed["id"], listed["prices"]) == ("city", "18.00 INR per kWh, 180 INR per hour idle")
    assert "18.00 INR per kWh" in csms("tariff", "list").out


def test_an_empty_list_says_how_to_begin(csms: Csms) -> None:
    csms("token", "add", "T1")
    assert "csms tariff add" in csms("tariff", "list").out


def test_it_is_assigned_to_a_place_and_taken_away(csms: Csms, file: Path) -> None:
    csms("tariff", "add", str(file))
    csms("station", "add", "City Mall Station", "--id", "mall")
    csms("charger", "add", "CP-01", "--station", "mall")
    assert csms("tariff", "assign", "city", "--station", "mall").out == "Station mall has tariff city.\n"
    assert csms("tariff", "assign", "city", "--charger", "cp-01").out == "Charger CP-01 has tariff city.\n"
    made = csms("tariff", "assign", "city", "--charger", "CP-01", "--connector", "1", "--json").json
    assert (made["place"], made["subject"], made["from_at"]) == ("connector", "CP-01/1", None)
    told = csms("tariff", "assign", "-", "--charger", "CP-01", "--from", "2099-01-01T00:00:00Z").out
    assert told == "Charger CP-01 has no tariff of its own from 2099-01-01T00:00:00Z on.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["city"], 2, "say where"),
        (["city", "--station", "mall", "--charger", "CP-01"], 2, "say where"),
        (["city", "--station", "mall", "--connector", "1"], 2, "--connector needs --charger"),
        (["city", "--station", "nowhere"], 1, "there is no station nowhere"),
        (["none", "--station", "mall"], 1, "there is no tariff none"),
        (["city", "--charger", "CP-01", "--connector", "7"], 1, "connector of CP-01"),
        (["city", "--station", "mall", "--from", "2099-01-01T00:00:00"], 1, "from_at: must say its time zone"),
        (["city", "--station", "mall", "--from", "tomorrow"], 1, "tariff.assign cannot take these"),
        (["city", "--station", "mall", "--from", "2020-01-01T00:00:00Z"], 1, "from_at: is over"),
    ],
)
def test_what_cannot_be_is_told(csms: Csms, file: Path, arguments: list[str], code: int, told: str) -> None:
    csms("tariff", "add", str(file))
    csms("station", "add", "City Mall Station", "--id", "mall")
    csms("charger", "add", "CP-01", "--station", "mall")
    ran = csms.tried("tariff", "assign", *arguments)
    assert (ran.code, told in ran.err) == (code, True), ran.err


@pytest.mark.parametrize(("text", "told"), [("{", "is not JSON"), ("[]", "is no tariff"), ("{}", "name")])
def test_a_file_that_is_no_tariff_is_refused(csms: Csms, tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    ran = csms.tried("tariff", "add", str(tmp_path / "bad.json"))
    assert (ran.code, told in ran.err) == (1, True), ran.err
