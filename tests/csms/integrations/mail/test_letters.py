"""Letters say the same in text and HTML, in three languages, and nothing that comes from outside changes their form."""

import re
from datetime import UTC, datetime
from importlib import resources

import pytest

from csms.integrations.mail import letters, translations
from csms.printing import sheet

LINK = {"url": "https://csms.example.com/x?a=1&b=2", "until": "2026-03-01T10:00:00Z"}
FIELDS = {
    "invitation": LINK,
    "password_reset": LINK,
    "verify_address": LINK,
    "account_exists": {"url": LINK["url"]},
    "address_changed": {},
    "receipt": {"number": "CN-R-7", "amount": "426.00", "currency": "INR", "issued_on": "2026-03-01", "place": "Mall"},
    "payment_failed": {"amount": "1.234", "currency": "KWD", "reason": "declined"},
    "invoice": {"number": "CN-I-7", "amount": "500", "currency": "JPY", "due_on": "2026-03-31"},
}
SAID = re.compile(r'_\("([^"]+)"')


@pytest.mark.parametrize("language", translations.LANGUAGES)
@pytest.mark.parametrize("template", letters.FIELDS)
def test_every_letter_can_be_written_in_every_language(template: str, language: str) -> None:
    letter = letters.write(template, FIELDS[template], language, "City Mall")
    assert "City Mall" in letter.text
    assert "%(" not in letter.subject + letter.text and "{" not in letter.text
    for paragraph in letter.text.strip().split("\n\n"):
        assert paragraph.replace("&", "&amp;") in letter.html
    if language != "en":
        assert letter.text != letters.write(template, FIELDS[template], "en", "City Mall").text


@pytest.mark.parametrize("language", ["hi", "de"])
def test_every_text_of_letters_and_documents_is_translated_with_its_fields(language: str) -> None:
    folder = resources.files(letters.__package__ or "") / "templates"
    said = {text for each in folder.iterdir() for text in SAID.findall(each.read_text("utf-8"))}
    known = translations.catalogue(language)
    assert sorted((said | set(sheet.LABELS)) - known.keys()) == []
    fields = re.compile(r"%\(\w+\)s")
    assert [text for text in known if set(fields.findall(text)) != set(fields.findall(known[text]))] == []


@pytest.mark.parametrize(
    ("template", "language", "amount"),
    [
        ("receipt", "en", "₹426.00"),
        ("receipt", "de", "426,00"),
        ("payment_failed", "en", "1.234"),
        ("invoice", "en", "¥500"),
    ],
)
def test_amounts_have_their_own_decimals_in_the_manner_of_the_language(
    template: str, language: str, amount: str
) -> None:
    text = letters.write(template, FIELDS[template], language, "X").text
    assert re.search(rf"{re.escape(amount)}(?![.,\d])", text), text


def test_what_comes_from_outside_stays_text() -> None:
    fields = {**FIELDS["receipt"], "place": "<b>Mall</b>\nBcc: all@example.com"}
    letter = letters.write("receipt", fields, "en", "X")
    assert "<b>" not in letter.html
    named = letters.write("receipt", {**fields, "number": "1\nBcc: all@example.com"}, "en", "X")
    made = letters.message(
        named, sender="a@example.com", operator="X", to="b@example.com", id="m1", at=datetime.now(UTC)
    )
    assert made["Bcc"] is None


@pytest.mark.parametrize("tag", ["hi-IN", "HI", "hi"])
def test_a_reader_has_the_language_of_the_tag(tag: str) -> None:
    assert letters.write("invoice", FIELDS["invoice"], tag, "X").subject == "बिल CN-I-7"
    assert letters.write("invoice", FIELDS["invoice"], "fr-FR", "X").subject == "Invoice CN-I-7"


def test_a_program_that_forgets_a_field_is_told() -> None:
    with pytest.raises(letters.UnknownLetter, match="it takes until, url"):
        letters.check("invitation", {"url": "x"})
    with pytest.raises(letters.UnknownLetter, match="one of"):
        letters.check("poem", {})
