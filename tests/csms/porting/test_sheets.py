"""CSV as spreadsheets write it."""

import io
from typing import Any

import pytest

from csms.porting import sheets
from csms.porting.columns import Column
from csms.porting.errors import BadFile
from csms.porting.sheets import Row

COLUMNS = (
    Column("id"),
    Column("name", empty=""),
    Column("power", "number"),
    Column("latitude", "number", inside="coordinates", part="latitude"),
    Column("longitude", "number", inside="coordinates", part="longitude"),
)


def read(content: bytes | str) -> list[Row]:
    return list(sheets.read(io.BytesIO(content.encode() if isinstance(content, str) else content), COLUMNS))


def fields(content: bytes | str) -> list[dict[str, Any]]:
    rows = read(content)
    assert [row.problems for row in rows] == [()] * len(rows)
    return [row.fields for row in rows]


PLAIN = [{"id": "a", "name": "A", "power": 1.5}, {"id": "b", "name": "", "power": None}]


@pytest.mark.parametrize(
    "content",
    [
        "id,name,power\na,A,1.5\nb,,\n",
        "id,name,power\r\na,A,1.5\r\nb,,\r\n",
        "id,name,power\ra,A,1.5\rb,,\r",
        "\ufeffid,name,power\na,A,1.5\nb,,",
        "id;name;power\na;A;1,5\nb;;\n",
        "sep=;\nid;name;power\na;A;1,5\nb;;\n",
        "\ufeffsep=,\nid,name,power\na,A,1.5\nb,,\n",
        "id\tname\tpower\na\tA\t1.5\nb\t\t\n",
        "\n\nid,name,power\na,A,1.5\n,,\n\nb\n",
        '"id","name","power"\n"a","A","1.5"\n"b"\n',
        " id , name ,power,,\na,A,1.5,,\nb,,,,\n",
    ],
)
def test_whatever_separates_cells_and_rows(content: str) -> None:
    assert fields(content) == PLAIN


def test_rows_are_numbered_as_a_spreadsheet_numbers_them() -> None:
    rows = read('id,name\n\na,"two\nlines, and ""quotes"""\n,,\nb,B\n')
    assert [(row.number, row.fields["name"]) for row in rows] == [(3, 'two\nlines, and "quotes"'), (5, "B")]


def test_every_bad_cell_of_a_row_is_told() -> None:
    [row] = read("id,power,latitude,longitude\na,much,north,7,and more\n")
    assert [(each.row, each.field) for each in row.problems] == [(2, "longitude"), (2, "power"), (2, "latitude")]


def test_columns_of_one_thing_are_that_thing_or_nothing() -> None:
    assert fields("id,latitude,longitude\na,1,2\nb,,\n") == [
        {"id": "a", "coordinates": {"latitude": 1.0, "longitude": 2.0}},
        {"id": "b", "coordinates": None},
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"id,colour\n", "columns that mean nothing here: 'colour'"),
        (b"id,id\n", "columns twice: id"),
        (b"id,latitude\n", "latitude without longitude"),
        ("id,name\na,Müller\n".encode("latin-1"), "not UTF-8 .*0xfc.*save it as CSV UTF-8"),
        ("id,name\n".encode("utf-16"), "UTF-16"),
        (b'id,name\na,"never closed\n', "is no CSV"),
        (b'id,name\na,"x"y\n', "is no CSV"),
        (b"PK\x03\x04\xff\xff", "not UTF-8|mean nothing"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(content: bytes, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        read(content)


def test_a_header_of_a_million_columns_is_refused_at_once_and_in_few_words() -> None:
    with pytest.raises(BadFile, match="columns twice: id"):
        read("id," * 1_000_000 + "name\n")  # counted one by one it took hours
    with pytest.raises(BadFile, match=r"'xxx.* and 99990 more; there are") as told:
        read(f"{'x' * 100}," * 100_000)
    assert len(str(told.value)) < 1000


def test_it_may_be_read_again() -> None:
    file = io.BytesIO(b"id\na\n")
    assert list(sheets.read(file, COLUMNS)) == list(sheets.read(file, COLUMNS))
