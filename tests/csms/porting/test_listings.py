"""JSON arrays of records."""

import io

import pytest

from csms.porting import listings
from csms.porting.errors import BadFile


def test_items_are_objects_with_fields_that_are_known() -> None:
    rows = list(
        listings.read(
            io.BytesIO(b'\xef\xbb\xbf[{"id": "a"}, 7, {"id": "b", "colour": 1}, {"id": 1e999}]'), ("id", "name")
        )
    )
    assert rows[0].fields == {"id": "a"}
    assert [(each.row, each.field) for row in rows for each in row.problems] == [(2, ""), (3, "colour"), (4, "")]


@pytest.mark.parametrize("content", [b"", b"{}", b'{"items": []}', b"[1", b"\xff[]", b"[" * 100_000])
def test_anything_else_is_no_file(content: bytes) -> None:
    with pytest.raises(BadFile, match="no JSON array"):
        list(listings.read(io.BytesIO(content), ("id",)))
