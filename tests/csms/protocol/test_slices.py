"""Long lists, a slice at a time."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from csms.protocol import slices
from tests.csms.protocol.support import patient


def _leaves(value: Any, path: slices.Path = ()) -> dict[slices.Path, Any]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = {place: leaf for step, each in inner for place, leaf in _leaves(each, (*path, step)).items()}
    return found if isinstance(value, dict | list) else {path: value}


def test_what_has_no_long_list_is_one_slice() -> None:
    payload = {"a": [1, 2], "b": {"c": [{}]}}
    assert [*slices.of(payload)] == [slices.Slice(payload)]


def test_a_slice_keeps_the_plain_fields_on_the_way_and_none_of_the_others() -> None:
    payload = {"id": 7, "other": {"big": 1}, "list": [{"at": "now", "values": [*range(45)]}]}
    first, second, third = slices.of(payload)
    assert first.payload["list"][0]["values"] == [*range(20)]
    assert second.payload == {"id": 7, "list": [{"at": "now", "values": [*range(20, 40)]}]}
    assert third.payload["list"][0]["values"] == [*range(40, 45)]


def test_what_is_found_in_a_slice_is_told_by_its_place_in_the_payload() -> None:
    part = slices.Slice({}, ("list", 3, "values"), 40)
    assert part.place(("list", 0, "values", 2, "unit")) == ("list", 3, "values", 42, "unit")
    assert part.place(("list", 0, "at")) is None, "another slice shows the whole item"


longer: st.SearchStrategy[Any] = st.recursive(
    st.integers(),
    lambda inner: st.lists(inner, max_size=45) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=9,
)


@settings(patient, max_examples=30)
@given(st.dictionaries(st.text(max_size=2), longer), st.integers(0, 50), st.integers(0, 25))
def test_together_they_hold_every_item_once(payload: dict[str, Any], many: int, inner: int) -> None:
    payload = {**payload, "list": [{"n": n, "values": [*range(inner)]} for n in range(many)]}
    found: dict[slices.Path, Any] = {}
    for part in slices.of(json.loads(json.dumps(payload))):
        for path, leaf in _leaves(part.payload).items():
            if (place := part.place(path)) is not None:
                found[place] = leaf
    assert found == _leaves(payload)
