"""A cell says what its value is, whatever a spreadsheet did on the way."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csms.porting.columns import Column, Kind

NUMBER = Column("n", "number")


@settings(deadline=None)
@given(st.text(min_size=1))
def test_any_text_comes_back_and_is_no_formula(text: str) -> None:
    cell = Column("t").cell(text)
    assert Column("t").value(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", -18.52),
        ("number", 1e-7),
        ("integer", 0),
        ("flag", True),
        ("flag", False),
        ("words", ["MALL", "CAFE"]),
        ("json", {"a": [1, None, "=1"]}),
        ("json", []),
    ],
)
def test_every_value_comes_back(kind: Kind, value: Any) -> None:
    column = Column("c", kind)
    assert column.value(column.cell(value)) == value


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("flag", " TRUE ", True),
        ("flag", "no", False),
        ("number", "22000", 22000.0),
        ("number", " 1.5 ", 1.5),
        ("integer", " 7 ", 7),
        ("words", "MALL, CAFE;WIFI", ["MALL", "CAFE", "WIFI"]),
        ("text", "'quoted'", "'quoted'"),
        ("text", "00042", "00042"),
    ],
)
def test_what_people_write_is_understood(kind: Kind, cell: str, value: Any) -> None:
    assert Column("c", kind).value(cell) == value


@pytest.mark.parametrize(
    ("kind", "cell", "said"),
    [
        ("flag", "perhaps", "true or false"),
        ("number", "12,5", "must be a number"),
        ("number", "1e999", "size that can be"),
        ("number", "nan", "must be a number"),
        ("number", "٣", "must be a number"),
        ("integer", "1.5", "whole number"),
        ("integer", "9" * 30, "whole number"),
        ("json", "{", "not valid JSON"),
        ("json", "[" * 20_000, "not valid JSON"),
        ("text", "1.23457E+13", "shortened by a spreadsheet"),
        ("text", "1,23457e+13", "shortened by a spreadsheet"),
    ],
)
def test_what_cannot_be_meant_is_told(kind: Kind, cell: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Column("c", kind).value(cell)


def test_whole_numbers_are_written_as_people_write_them() -> None:
    assert [NUMBER.cell(value) for value in (22000.0, 1.5, -0.25)] == ["22000", "1.5", "-0.25"]


def test_a_decimal_comma_counts_where_cells_are_separated_otherwise() -> None:
    assert NUMBER.value("12,5", comma=True) == 12.5
    with pytest.raises(ValueError, match="must be a number"):
        NUMBER.value("1,234.5", comma=True)


def test_an_empty_cell_is_what_nobody_said() -> None:
    assert Column("c", empty="UTC").value("") == "UTC"
    assert Column("c", empty="UTC").cell("UTC") == ""
    assert Column("c").cell(None) == ""
