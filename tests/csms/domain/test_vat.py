"""VAT numbers: each country's form and check digits; whatever is no number of a country that we know is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.domain import vat

GOOD = [
    "ATU13585627",
    "BE0428759497",
    "BE428759497",
    "BG175074752",
    "CHE-107.787.577 IVA",
    "CY10259033P",
    "CZ25123891",
    "CZ640903926",
    "CZ7103192745",
    "DE136695976",
    "DK13585628",
    "EE100594102",
    "EL094259216",
    "ES54362315K",
    "ESB64717838",
    "ESX5253868R",
    "FI20774740",
    "FR23334175221",
    "FRK7399859412",
    "GB980780684",
    "HR33392005961",
    "HU12892312",
    "IE6433435F",
    "IE6433435OA",
    "IE8D79739I",
    "27AAPFU0939F1ZV",
    "IT00743110157",
    "LT119511515",
    "LT100001919017",
    "LU15027442",
    "LV40003521600",
    "LV16117519997",
    "LV32867300679",
    "MT11679112",
    "NL004495445B01",
    "NL002455799B11",
    "NO995525828MVA",
    "PL8567346215",
    "PT501964843",
    "RO18547290",
    "SE123456789701",
    "SI50223054",
    "SK2022749619",
    "XI980780684",
]
"""Real ones, of every country that is known, and of every form where a country has several."""


@pytest.mark.parametrize("number", GOOD)
def test_a_number_of_a_country_is_good(number: str) -> None:
    assert vat.check(number).valid


@pytest.mark.parametrize("number", GOOD)
def test_four_of_five_wrong_digits_are_noticed(number: str) -> None:
    """Of the nine others at each place; two of eleven remainders make one digit, and some countries have two sums."""
    text = number.replace("-", "").replace(".", "").replace(" ", "")
    passed = [
        other
        for place, digit in enumerate(text)
        if digit.isdigit()
        for other in (text[:place] + wrong + text[place + 1 :] for wrong in "0123456789" if wrong != digit)
        if vat.check(other).valid
    ]
    assert len(passed) <= 0.2 * 9 * sum(character.isdigit() for character in text)


@pytest.mark.parametrize(
    ("number", "country", "reason"),
    [
        ("DE136695978", "DE", "check_digits"),
        ("DE1366959", "DE", "format"),
        ("EL094259217", "GR", "check_digits"),
        ("27AAPFU0939F1ZO", "IN", "check_digits"),
        ("27AAPFU0939F1Z", "IN", "format"),
        ("CZ7113392745", "CZ", "check_digits"),
        ("LV16137519997", "LV", "check_digits"),
        ("GBGD500", "GB", "check_digits"),
        ("NL004495445B00", "NL", "format"),
        ("ZZ123456789", None, "unknown_country"),
        ("", None, "unknown_country"),
        ("ＤＥ136695976", None, "unknown_country"),
    ],
)
def test_a_bad_number_says_what_is_wrong(number: str, country: str | None, reason: str) -> None:
    verdict = vat.check(number)
    assert (verdict.valid, verdict.country, verdict.reason) == (False, country, reason)


@pytest.mark.parametrize("number", ["de 136.695.976", "DE-136695976", "DE 136/695/976"])
def test_it_may_be_written_as_people_do(number: str) -> None:
    assert vat.check(number) == vat.Verdict(True, "DE")


@given(
    st.sampled_from([each[:2] for each in GOOD]),
    st.text(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+*٣²"), max_size=15),
)
def test_no_text_makes_it_raise(prefix: str, rest: str) -> None:
    assert isinstance(vat.check(prefix + rest), vat.Verdict)


def test_cz_persons_have_a_date_of_birth() -> None:
    assert vat.check("CZ530101001").valid
    assert vat.check("CZ530231001").reason == "check_digits"
