"""Grid settings that hold for a time: when each ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from csms.domain import der_controls

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def control(begins: str = "2026-03-01T08:00:00Z", duration: Any = 3600.0, **more: Any) -> dict[str, Any]:
    return {"controlId": "c", "isDefault": False, "freqDroop": {"startTime": begins, "duration": duration}} | more


def test_it_ends_its_duration_after_its_beginning() -> None:
    held = {"past": control(), "now": control(duration=3600), "naive": control("2026-03-01T08:30:00")}
    (change,) = der_controls.lapsed(held, NOW)
    assert change.drop == ("past", "now")
    assert der_controls.next_end({"naive": held["naive"]}) == NOW + timedelta(minutes=30)


@pytest.mark.parametrize(
    "body",
    [
        control(isDefault=True),
        control("soon"),
        control(duration="long"),
        control(duration=1e300),
        {"controlId": "c", "isDefault": False, "enterService": {"startTime": "2026-03-01T08:00:00Z"}},
        {"controlId": "c", "started": True},
    ],
)
def test_nothing_else_ends_by_itself(body: dict[str, Any]) -> None:
    assert der_controls.lapsed({"c": body}, NOW) == ()
    assert der_controls.next_end({"c": body}) is None
