"""A document is printed so that it can be read: rendered to a picture, with its texts where people look for them."""

import re
from pathlib import Path

import pypdfium2
import pytest

from csms.printing import pdf
from csms.storage.billing import papers
from csms.storage.log import Log
from csms.storage.reference import buyers, sellers, stations
from tests.csms.storage.billing.support import Till, priced

SELLER = {
    "name": "City Mall Charging Pvt Ltd",
    "address": "1 Mall Road",
    "postal_code": "411001",
    "city": "Pune",
    "country": "IN",
    "tax_id": "27AAPFU0939F1ZV",
    "series": "MALL",
    "time_zone": "Asia/Kolkata",
}
PLACE = {"id": "mall", "name": "City Mall Station", "city": "Pune", "country": "IN", "time_zone": "Asia/Kolkata"}


@pytest.fixture
def paper(tmp_path: Path) -> papers.Paper:
    """The story's receipt for Asha, whose name is also in Devanagari."""
    with Log.open(tmp_path / "data") as log:
        log.write(stations.add, PLACE)
        log.write(sellers.change, "default", SELLER)
        log.write(buyers.put, "d1", {"name": "Asha Rao आशा राव", "city": "Pune", "country": "IN"})
        till = Till(log)
        till.stay("s1", driver_id="d1", station_id="mall")
        till.price(priced(["s1"]))
        return papers.of_session(log.connection, "s1")


def text(printed: bytes) -> str:
    with pypdfium2.PdfDocument(printed) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_a_receipt_says_who_sold_what_to_whom_where_and_when(paper: papers.Paper) -> None:
    told = text(pdf.made(paper))
    for expected in (
        "City Mall Charging Pvt Ltd",
        "27AAPFU0939F1ZV",
        "MALL-R-000001",
        "27 Maharashtra",
        "Asha Rao",
        "City Mall Station",
        "1 Mar 2026, 14:30:00",  # half past two in Kolkata
        "1.000 kWh",
        "23.000 kWh",
        "CGST 9 % on 335.60",
        "SGST 9 % on 335.60",
        "396.00 INR",
    ):
        assert expected in told


def test_it_is_one_page_of_ink_on_white(paper: papers.Paper) -> None:
    with pypdfium2.PdfDocument(pdf.made(paper)) as document:
        assert len(document) == 1
        picture = document[0].render(scale=1, grayscale=True)
        pixels = bytes(picture.buffer)
        dark = sum(pixel < 128 for pixel in pixels) / len(pixels)
        assert 0.005 < dark < 0.2
        margin = pixels[: picture.stride * 40]
        assert set(margin) == {255}


@pytest.mark.skipif(not pdf.FONTS.exists(), reason="scripts/_setup has not put the fonts there")
def test_hindi_is_set_in_a_font_that_has_it(paper: papers.Paper) -> None:
    printed = pdf.made(paper)
    assert set(re.findall(rb"/FontName/[A-Z]{6}.([A-Za-z]+)", printed)) == {b"NotoSans"}
    assert "आशा राव" in text(printed)


@pytest.mark.skipif(not pdf.FONTS.exists(), reason="scripts/_setup has not put the fonts there")
def test_devanagari_is_shaped_with_fewer_glyphs_than_letters(paper: papers.Paper) -> None:
    said = "क्षत्रिय विद्यार्थी श्रीमती"
    with pypdfium2.PdfDocument(pdf.made({**paper, "note": said}, str, "hi")) as document:
        page = document[0].get_textpage()
        shapes = [page.get_charbox(at) for at in range(page.count_chars())]
        told = page.get_text_range()
    first = told.index("क्ष")
    boxes = {shapes[at] for at in range(first, first + 3)}
    assert len(boxes) < 3, "what is one shape is drawn as one"


def test_sixty_sessions_take_several_pages_with_their_heading_and_number(paper: papers.Paper) -> None:
    sold = {**paper["lines"][0], "dimension": "SESSION", "price": None, "vat": None, "to": "2026-03-01T20:00:00Z"}
    lines = [{**sold, "session_id": f"s{number:020x}f"} for number in range(90)]
    with pypdfium2.PdfDocument(pdf.made({**paper, "kind": "invoice", "lines": lines})) as document:
        told = [page.get_textpage().get_text_range() for page in document]
    assert len(told) == 3
    assert all("Amount (INR)" in page for page in told[:2])
    assert [f"Page {number} of 3" in page for number, page in enumerate(told, 1)] == [True] * 3


def test_what_cannot_be_set_says_why(paper: papers.Paper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pdf, "_TEMPLATE", tmp_path / "missing.typ")
    with pytest.raises(pdf.NotPrinted, match="MALL-R-000001"):
        pdf.made(paper)


def test_other_languages_come_from_the_reader(paper: papers.Paper) -> None:
    words = {"Receipt": "Quittung", "Total": "Summe", "Energy": "Energie"}
    told = text(pdf.made(paper, lambda english: words.get(english, english), "de"))
    assert "Quittung" in told
    assert "Summe" in told
    assert "Receipt" not in told
