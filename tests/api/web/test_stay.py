"""How far a payer is, and why nothing was charged."""

from typing import Any

import pytest

from api.web import stay

RUNS: dict[str, Any] = {"status": "active", "idle_since": None, "failure": None}


@pytest.mark.parametrize(
    ("payment", "session", "expected"),
    [
        ("created", None, "paying"),
        ("requires_action", None, "paying"),
        ("authorised", None, "starting"),
        ("session_bound", None, "plug_in"),
        ("session_bound", RUNS | {"status": "pending"}, "plug_in"),
        ("session_bound", RUNS, "charging"),
        ("session_bound", RUNS | {"idle_since": "2026-03-01T09:00:00Z"}, "idle"),
        ("session_bound", RUNS | {"status": "finishing"}, "unplug"),
        ("session_bound", RUNS | {"status": "completed"}, "settling"),
        ("capture_pending", RUNS | {"status": "completed"}, "settling"),
        ("captured", RUNS | {"status": "completed"}, "paid"),
        ("partially_refunded", RUNS, "given_back"),
        ("refunded", RUNS, "all_back"),
        ("canceled", None, "not_charged"),
        ("failed", None, "not_charged"),
    ],
)
def test_how_far_it_is(payment: str, session: dict[str, Any] | None, expected: str) -> None:
    assert stay.phase({"status": payment}, session) == expected
    assert expected in stay.PHASES


@pytest.mark.parametrize(
    ("reason", "failure", "expected"),
    [
        ("The card was declined.", None, "Your card was refused"),
        ("The session did not start.", "the charger did not start a transaction in time", "No car was plugged in"),
        ("the charger is offline: try again when it is connected", None, "lost its connection"),
        ("The session did not start.", "the charger answered Rejected", "could not start"),
        ("do_not_honor: whatever a provider says", None, "could not start"),
    ],
)
def test_a_payer_is_told_why_nothing_was_charged(reason: str, failure: str | None, expected: str) -> None:
    session = None if failure is None else {"failure": failure}
    assert expected in stay.why({"reason": reason}, session)
