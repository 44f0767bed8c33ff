"""Traces: the last frames of a charger, bounded and without secrets."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from actors import trace
from actors.trace import Traces

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
SECRET = "5eC7e7"


def test_frames_are_told_oldest_first() -> None:
    traces = Traces()
    traces.add("CP-01", NOW, "in", "[2,1]")
    traces.add("CP-01", NOW + timedelta(seconds=1), "out", "[3,1]")
    assert traces.of("CP-01") == [
        {"at": NOW, "direction": "in", "message": "[2,1]"},
        {"at": NOW + timedelta(seconds=1), "direction": "out", "message": "[3,1]"},
    ]


def test_the_oldest_frames_go() -> None:
    traces = Traces()
    for number in range(trace.FRAMES + 5):
        traces.add("CP-01", NOW, "in", str(number))
    assert [each["message"] for each in traces.of("CP-01")] == [str(each) for each in range(5, trace.FRAMES + 5)]


def test_a_long_frame_is_cut_and_shows_it() -> None:
    traces = Traces()
    for length in (trace.BYTES, trace.BYTES + 1):
        traces.add("CP-01", NOW, "in", "x" * length)
    assert [each["message"] for each in traces.of("CP-01")] == ["x" * trace.BYTES, "x" * trace.BYTES + "..."]


def test_each_charger_has_its_own() -> None:
    traces = Traces()
    traces.add("CP-01", NOW, "in", "[2,1]")
    assert traces.of("CP-02") == []


def test_a_removed_charger_is_forgotten() -> None:
    traces = Traces()
    traces.add("CP-01", NOW, "in", "[2,1]")
    traces.forget("CP-01")
    traces.forget("CP-01")
    assert traces.of("CP-01") == []


# -- Secrets -----------------------------------------------------------------------------------------------------------


def entry(key: str) -> dict[str, Any]:
    return {"key": key, "readonly": False, "value": SECRET}


@pytest.mark.parametrize("key", ["AuthorizationKey", "authorizationkey", "AUTHORIZATIONKEY", "BasicAuthPassword"])
@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(lambda key: [2, "1", "ChangeConfiguration", {"key": key, "value": SECRET}], id="a call"),
        pytest.param(lambda key: [3, "1", {"configurationKey": [entry("Other"), entry(key)]}], id="an answer"),
        pytest.param(lambda key: [4, "1", "InternalError", "", entry(key)], id="an error"),
    ],
)
def test_the_value_of_a_secret_key_is_masked(key: str, frame: Any) -> None:
    text = json.dumps(frame(key))
    masked = trace.masked(text)
    assert masked.count(SECRET) == text.count(SECRET) - 1
    assert key in masked


@pytest.mark.parametrize(
    "text", ['[2,"1","X",{"key":"AuthorizationKey","value":"5eC7e7"', "[" * 100_000 + "AuthorizationKey"]
)
def test_a_frame_with_a_secret_that_cannot_be_read_is_not_kept(text: str) -> None:
    assert trace.masked(text).startswith("(")


def test_a_frame_with_a_secret_that_is_too_long_is_not_read() -> None:
    text = json.dumps([2, "1", "ChangeConfiguration", {"key": "AuthorizationKey", "value": SECRET, "x": "x" * 100_000}])
    assert trace.masked(text).startswith("(")
    assert SECRET not in trace.masked(text)


@pytest.mark.parametrize("text", ['[2, "1", "Heartbeat", {}]', "no JSON", ""])
def test_any_other_frame_is_kept_as_it_came(text: str) -> None:
    assert trace.masked(text) == text
