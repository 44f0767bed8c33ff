"""Battery swaps: which batteries a station holds, and which swaps are under way."""

import json
from typing import Any

import pytest

from csms.domain import facts
from tests.csms.protocol.v21.holding import Holding

TOKEN = {"idToken": "04A1B2C3", "type": "ISO14443"}


def battery(serial: str = "B1", evse_id: int = 1, soc: float = 20.5) -> dict[str, Any]:
    return {"serialNumber": serial, "evseId": evse_id, "soC": soc, "soH": 99.0}


def event(kind: str, *batteries: dict[str, Any], request_id: int = 7) -> dict[str, Any]:
    return {"eventType": kind, "requestId": request_id, "idToken": TOKEN, "batteryData": list(batteries)}


@pytest.fixture
def holding() -> Holding:
    found = Holding()
    found.says("BatterySwap", event("BatteryIn", battery("B1", 1), battery("B2", 2)))
    return found


def test_batteries_are_in_the_station_until_they_are_taken_out(holding: Holding) -> None:
    assert holding.of("batteries") == {"B1": battery("B1", 1), "B2": battery("B2", 2)}
    holding.says("BatterySwap", event("BatteryOut", battery("B1", 1, 100)))
    assert holding.of("batteries").keys() == {"B2"}


def test_an_evse_holds_one_battery(holding: Holding) -> None:
    holding.says("BatterySwap", event("BatteryIn", battery("B3", 1)))
    assert holding.of("batteries").keys() == {"B2", "B3"}


def test_a_battery_that_nobody_took_is_still_there(holding: Holding) -> None:
    holding.says("BatterySwap", event("BatteryOutTimeout", battery("B1", 1, 100)))
    assert holding.of("batteries")["B1"]["soC"] == 100


def test_a_swap_is_under_way_from_its_request_to_the_battery_that_comes_out(holding: Holding) -> None:
    request = {"requestId": 9, "idToken": TOKEN}
    holding.learns("RequestBatterySwap", request, {"status": "Rejected"})
    assert holding.of("battery-swaps") == {"7": {"status": "BatteryIn"}}
    holding.learns("RequestBatterySwap", request, {"status": "Accepted"})
    assert holding.of("battery-swaps")["9"] == {"status": "requested"}
    holding.says("BatterySwap", event("BatteryIn", battery("B9", 9), request_id=9))
    assert holding.of("battery-swaps")["9"] == {"status": "BatteryIn"}
    holding.says("BatterySwap", event("BatteryOut", battery("B2", 2), request_id=9))
    holding.says("BatterySwap", event("BatteryOutTimeout", battery("B1", 1), request_id=7))
    assert holding.of("battery-swaps") == {}


def test_the_driver_s_token_is_apart_so_that_the_log_never_has_it(holding: Holding) -> None:
    notice = holding.says("BatterySwap", event("BatteryIn", battery()))
    assert notice.tokens == {"idToken": facts.IdToken("04A1B2C3", "ISO14443")}
    assert "04A1B2C3" not in (notice.payload or "")
    assert json.loads(notice.payload or "")["batteryData"] == [battery()]
