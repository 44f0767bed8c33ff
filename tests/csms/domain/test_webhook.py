"""Which types are wanted, what a scope lets through, and how long is waited."""

from collections.abc import Collection
from datetime import timedelta

import pytest

from csms.domain import webhook


@pytest.mark.parametrize(
    ("subscribed", "wanted"),
    [(["*"], True), (["session.*"], True), (["session.started"], True), (["session.stopped", "alert.*"], False)],
)
def test_types_are_wanted_one_by_one_by_group_or_all(subscribed: list[str], wanted: bool) -> None:
    assert webhook.wants(subscribed, "session.started") is wanted


@pytest.mark.parametrize(
    ("scope", "stations", "told"),
    [(None, [], True), (None, ["a"], True), (["a"], ["a"], True), (["a"], ["a", "b"], False), (["a"], [], False)],
)
def test_a_scope_lets_through_what_is_inside_altogether(
    scope: Collection[str] | None, stations: Collection[str], told: bool
) -> None:
    assert webhook.concerns(scope, stations) is told
    assert webhook.concerns(["a"], [None]) is False


def test_pauses_double_up_to_an_hour() -> None:
    pauses = [webhook.pause(attempts).total_seconds() for attempts in range(1, 13)]
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]
    assert webhook.pause(10_000) == timedelta(hours=1)
