"""What a charger answers when it is asked for its configuration, valid or not."""

from typing import Any

import msgspec
import pytest

from csms.domain import configuration, events


@pytest.mark.parametrize(
    ("answer", "values"),
    [
        ({"configurationKey": [{"key": "A", "value": 5, "readonly": None}]}, {"A": ("5", False)}),
        ({"configurationKey": [{"key": "A", "value": True, "readonly": "yes"}]}, {"A": ("true", True)}),
        ({"configurationKey": [{"key": "A", "value": {"b": 1}}, "B", {"key": 7}, {}]}, {"A": (None, False)}),
        ({"configurationKey": 5, "unknownKey": 7}, None),
        ({"configurationKey": [None], "unknownKey": [None]}, None),
    ],
)
def test_a_configuration_that_is_no_valid_answer_is_read_as_far_as_that_goes(
    answer: dict[str, Any], values: dict[str, Any] | None
) -> None:
    found = configuration.read(answer)
    assert found == ([] if values is None else [events.ConfigurationRead(values=values)])
    for event in found:
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=events.ConfigurationRead) == event
