"""One long list as several calls."""

from hypothesis import given
from hypothesis import strategies as st

from csms.protocol import batches, jsontext


def test_as_many_items_as_the_charger_takes() -> None:
    made = batches.batches({"kind": "Full", "list": [1, 2, 3, 4, 5]}, "list", 2, None)
    assert made == [{"kind": "Full", "list": part} for part in ([1, 2], [3, 4], [5])]


def test_an_empty_list_is_one_call() -> None:
    assert batches.batches({"list": []}, "list", 2, 10) == [{"list": []}]


def test_an_item_that_is_too_long_goes_alone() -> None:
    made = batches.batches({"list": ["a", "b" * 99, "c"]}, "list", None, 50)
    assert [each["list"] for each in made] == [["a"], ["b" * 99], ["c"]]


@given(st.lists(st.text(max_size=9), max_size=30), st.integers(1, 9), st.integers(60, 200))
def test_nothing_is_lost_and_no_call_is_longer_than_allowed(items: list[str], most: int, size: int) -> None:
    made = batches.batches({"list": items}, "list", most, size)
    assert [item for each in made for item in each["list"]] == items
    assert all(len(each["list"]) <= most for each in made)
    assert all(len(jsontext.encode(each).encode()) <= size for each in made)
