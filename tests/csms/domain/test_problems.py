"""Problems that chargers tell by events: who is alerted, and how often."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from csms.domain import facts, problems

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def told(event_id: int = 1, minutes: float = 0, **more: Any) -> facts.Problem:
    return facts.Problem(key="Fan.Speed", event_id=event_id, at=NOW + timedelta(minutes=minutes), **more)


def known(severity: int = 3, event_id: int = 1, minutes: float = 0) -> dict[str, Any]:
    at = (NOW + timedelta(minutes=minutes)).isoformat()
    return {"severity": severity, "eventId": event_id, "timestamp": at}


@pytest.mark.parametrize(("severity", "word"), [(0, "danger"), (1, "hardware"), (2, "system"), (3, "critical")])
def test_a_bad_problem_is_alerted_with_what_it_is(severity: int, word: str) -> None:
    change, alert = problems.judge(told(detail=", 0"), severity, None, NOW)
    assert alert is not None
    assert alert.detail.startswith("Fan.Speed")
    assert word in alert.detail
    assert alert.detail.endswith(f"(severity {severity}), 0")
    assert change is not None
    assert change.put == {"Fan.Speed": known(severity)}


@pytest.mark.parametrize("severity", [4, 5, 9, 10, None])
def test_what_is_not_urgent_alerts_nobody(severity: int | None) -> None:
    assert problems.judge(told(), severity, None, NOW) == (None, None)


@pytest.mark.parametrize("minutes", [-11, -60 * 24 * 7])
def test_rule_43_history_alerts_nobody_and_ends_nothing(minutes: float) -> None:
    assert problems.judge(told(minutes=minutes), 0, None, NOW) == (None, None)
    assert problems.judge(told(minutes=minutes, cleared=True), 0, known(), NOW) == (None, None)


@pytest.mark.parametrize(
    ("again", "severity", "alerted", "recorded"),
    [
        (told(), 3, True, False),
        (told(event_id=2), 3, False, False),
        (told(event_id=2, minutes=5), 3, False, False),
        (told(event_id=2, minutes=-5), 0, False, False),
        (told(event_id=2, minutes=1), 2, True, True),
        (told(event_id=2, minutes=60 * 24), 3, True, True),
    ],
    ids=["the same event, as the same alert", "another", "later", "older", "it is worse now", "a day later"],
)
def test_a_problem_that_is_known_is_alerted_once(
    again: facts.Problem, severity: int, alerted: bool, recorded: bool
) -> None:
    change, alert = problems.judge(again, severity, known(3), max(NOW, again.at or NOW))
    assert (alert is not None, change is not None) == (alerted, recorded)


def test_one_that_was_cleared_is_alerted_anew() -> None:
    change, alert = problems.judge(told(event_id=2, cleared=True), None, known(), NOW)
    assert (change is not None and change.drop, alert) == (("Fan.Speed",), None)
    assert problems.judge(told(event_id=3), 3, None, NOW).alert is not None
    assert problems.judge(told(event_id=3, cleared=True), 3, None, NOW) == (None, None)
