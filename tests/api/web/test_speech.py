"""The payer's language: which one, how it writes numbers, and that nothing is left untranslated."""

import re
from importlib import resources

import pytest

from api.web import pay_here, pay_stay, paying, price_list, speech, stay
from csms.integrations.mail import translations

SAID = re.compile(r'_\("([^"]+)"')
PAGES = ("pay_base", "pay_message", "pay_here", "pay_stay", "confirm", "keep_card")


def test_numbers_are_written_as_the_language_does() -> None:
    english, german = speech.Speech("en"), speech.Speech("de")
    assert english.money("396.00", "INR") == "₹396.00"
    assert german.money("1396.50", "EUR") == "1.396,50\xa0€"
    assert (english.energy(22_350), german.energy(22_350)) == ("22.35 kWh", "22,35 kWh")
    assert (english.power(None), english.power(11_040)) == ("–", "11.0 kW")
    assert [english.duration(each) for each in (None, 45, 60, 3_725)] == ["–", "45 sec", "1 min", "1 hr 2 min"]


@pytest.mark.parametrize("language", ["de", "hi"])
def test_every_text_of_the_payers_pages_is_translated_with_its_fields(language: str) -> None:
    folder = resources.files("api.web") / "templates"
    said = {text for page in PAGES for text in SAID.findall((folder / f"{page}.html").read_text("utf-8"))}
    for module in (pay_here, pay_stay, paying, price_list, stay):
        said |= set(module.WORDS)
    known = translations.catalogue(language, speech.LOCALES)
    assert (sorted(said - known.keys()), sorted(known.keys() - said)) == ([], [])
    fields = re.compile(r"%\(\w+\)s")
    assert [text for text in known if sorted(fields.findall(text)) != sorted(fields.findall(known[text]))] == []
