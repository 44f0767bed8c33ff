"""What chargers hold, ordered by name: the same orders and the same words for charge points of every version.

The charge points are mobilityhouse/ocpp's, which checks each call by its own schemas.
"""

import json
import pathlib
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e import lines, server
from tests.e2e.test_orders import MOBILITYHOUSE

ACCEPTED = {"status": "Accepted"}
SCHEDULE = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}]}
WHEN = "2026-03-01T10:00:00Z"
FIRST = {"start_s": 0, "limit": 16}
ANSWERS: dict[str, dict[str, Any]] = {
    "1.6": {
        "GetLocalListVersion": {"listVersion": 3},
        "GetCompositeSchedule": {**ACCEPTED, "connectorId": 1, "scheduleStart": WHEN, "chargingSchedule": SCHEDULE},
        "UpdateFirmware": {},
        "GetDiagnostics": {"fileName": "diag.zip"},
    },
    "2": {
        "GetLocalListVersion": {"versionNumber": 3},
        "GetCompositeSchedule": {
            **ACCEPTED,
            "schedule": {"evseId": 1, "duration": 60, "scheduleStart": WHEN, **SCHEDULE},
        },
        "UpdateFirmware": ACCEPTED,
        "GetLog": {**ACCEPTED, "filename": "diag.zip"},
    },
}
COMMON = ("CancelReservation", "ClearChargingProfile", "ReserveNow", "SendLocalList", "SetChargingProfile")
ORDERS: dict[str, dict[str, Any]] = {
    "reserve": {"connector_id": 1, "id_token": "TAG1", "expires_at": "2126-03-01T10:00:00Z", "reservation_id": 7},
    "cancel-reservation": {"reservation_id": 7},
    "get-local-list-version": {},
    "send-local-list": {"entries": [{"id_token": "TAG1"}, {"id_token": "TAG2", "remove": True}]},
    "set-charging-profile": {
        "connector_id": 1,
        "profile": {
            "id": 5,
            "purpose": "tx_default",
            "kind": "relative",
            "schedules": [{"unit": "A", "periods": [FIRST]}],
        },
    },
    "get-composite-schedule": {"connector_id": 1, "duration_s": 60},
    "update-firmware": {"url": "https://files.example.com/fw.bin", "retrieve_at": WHEN},
    "get-diagnostics": {"upload_url": "https://files.example.com/in"},
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """A server that knows a charger of each version."""
    with server.serving(tmp_path_factory.mktemp("holdings") / "data") as served:
        served.install("holds-1.6", "holds-2.0.1", "holds-2.1")
        yield served


@pytest.fixture(params=["1.6", "2.0.1", "2.1"])
def charger_id(request: pytest.FixtureRequest, served: server.Server, tmp_path: pathlib.Path) -> Iterator[str]:
    """A charger of each version, connected, that agrees to everything."""
    version, answers = request.param, tmp_path / "answers.json"
    own = ANSWERS["1.6" if version == "1.6" else "2"]
    answers.write_text(json.dumps({**dict.fromkeys(COMMON, ACCEPTED), **own}))
    arguments = [served.ocpp_url, f"holds-{version}", f"ocpp{version}", str(answers)]
    program = lines.Program([*MOBILITYHOUSE, *arguments], log=tmp_path / "client.log")
    try:
        program.wait_for(lambda line: json.loads(line).get("event") == "connected" or None)
        end = time.monotonic() + lines.PATIENCE_SECONDS
        while not served.get(f"/chargers/holds-{version}")["online"]:
            assert time.monotonic() < end, "a busy server takes a moment from the handshake to here, not that long"
        yield f"holds-{version}"
    finally:
        program.end(signal.SIGKILL)


def test_the_same_orders_have_the_same_effect_in_every_version(charger_id: str, served: server.Server) -> None:
    for name, body in ORDERS.items():
        answer = served.post(f"/chargers/{charger_id}/commands/{name}", body)
        assert answer["status"] == "accepted", (name, answer)

    def held(kind: str) -> dict[str, Any]:
        items = served.get(f"/chargers/{charger_id}/inventory/{kind}")["items"]
        return {item["key"]: item["body"] for item in items}

    assert held("reservations")["7"]["state"] == "cancelled"
    listed = held("local-list")
    assert listed.pop("version") == {"version": 4}
    assert [body["status"] for body in listed.values()] == ["Accepted"]
    assert held("charging-profiles")["5"]["chargingProfilePurpose"] == "TxDefaultProfile"
    assert held("composite-schedules").keys() == {"1"}
    assert held("firmware")["update"]["location"] == "https://files.example.com/…"
    assert [body["location"] for body in held("logs").values()] == ["https://files.example.com/…"]
    served.post(f"/chargers/{charger_id}/commands/clear-charging-profile", {"connector_id": 1, "purpose": "tx_default"})
    assert held("charging-profiles") == {}
