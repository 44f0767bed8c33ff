"""A charger's connectors as rows of a spreadsheet."""

from collections.abc import Iterator
from typing import Any

import pytest

from csms.porting import connectors
from csms.porting.columns import Column
from csms.porting.sheets import Row

COLUMNS = (Column("id"), Column("name"), Column("security_profile", "integer", empty=0), *connectors.COLUMNS)
ONE = {"id": "CP-01", "name": "Bay 1"}


def gathered(*rows: dict[str, Any]) -> list[Row]:
    numbered: Iterator[Row] = (Row(number, fields) for number, fields in enumerate(rows, 2))
    return list(connectors.gathered(numbered, COLUMNS))


@pytest.mark.parametrize(
    "evses",
    [
        [],
        [{"id": 1, "connectors": [{"id": 1}]}],
        [{"id": 1, "connectors": [{"id": 1, "standard": "CHADEMO", "max_power_w": 50000.0}, {"id": 2}]}],
        [{"id": 1, "evse_id": "IN*1", "connectors": [{"id": 1}]}, {"id": 2, "connectors": [{"id": 1}]}],
    ],
)
def test_a_charger_comes_back_from_its_rows(evses: list[dict[str, Any]]) -> None:
    [row] = gathered(*connectors.spread(ONE | {"evses": evses}))
    told = [{name: value for name, value in evse.items() if value is not None} for evse in row.fields.pop("evses")]
    assert (told, row.fields, row.problems) == (evses, ONE, ())


def test_rows_of_one_charger_need_not_repeat_what_is_of_the_charger() -> None:
    [row] = gathered(ONE | {"connector": 1}, {"id": "CP-01", "name": None, "security_profile": 0, "connector": 2})
    assert [evse["id"] for evse in row.fields["evses"]] == [1, 2], "a connector without an EVSE is one"
    assert row.problems == ()


def test_rows_that_contradict_each_other_are_told() -> None:
    [row] = gathered(ONE | {"connector": 1}, ONE | {"name": "Bay 2", "connector": 2}, ONE | {"standard": "CHADEMO"})
    assert [(each.row, each.field) for each in row.problems] == [(3, "name"), (4, "connector")]


def test_a_file_without_columns_for_connectors_says_nothing_of_them() -> None:
    [first, second] = gathered(ONE, {"id": "CP-02", "name": None})
    assert (first.fields, second.number) == (ONE, 3)
