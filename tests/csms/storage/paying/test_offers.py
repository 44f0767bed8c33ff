"""Why a connector can be charged at, or not."""

from typing import Any

import pytest

from csms.storage.paying import offers

CHARGER: dict[str, Any] = {"decommissioned_at": None, "registration": "accepted", "online": True}
CONNECTOR: dict[str, Any] = {"status": "Available", "session_id": None}


@pytest.mark.parametrize(
    ("charger", "connector", "expected"),
    [
        ({}, {}, None),
        ({}, {"status": "Preparing"}, None),
        ({}, {"session_id": "s1"}, "occupied"),
        ({}, {"status": "Charging"}, "occupied"),
        ({}, {"status": "SuspendedEV"}, "occupied"),
        ({}, {"status": "Finishing"}, "occupied"),
        ({}, {"status": "Reserved"}, "reserved"),
        ({}, {"status": "Faulted"}, "out_of_order"),
        ({}, {"status": "Unavailable"}, "out_of_order"),
        ({"online": False}, {"status": "Offline"}, "offline"),
        ({"registration": "pending"}, {}, "out_of_order"),
        ({"decommissioned_at": "2026-03-01T00:00:00Z"}, {}, "out_of_order"),
    ],
)
def test_what_is_in_the_way(charger: dict[str, Any], connector: dict[str, Any], expected: str | None) -> None:
    assert offers.hindrance(CHARGER | charger, CONNECTOR | connector) == expected
