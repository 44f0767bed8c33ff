"""Numbers of rows in text from outside."""

import pytest

from csms.storage import rowids


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_reads_what_can_be_a_row(text: str, number: int) -> None:
    assert rowids.read(text) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", " 1", "1_0", "x", "²", "٧", "9" * 19, "9" * 5000])
def test_reads_nothing_else(text: str) -> None:
    assert rowids.read(text) is None
