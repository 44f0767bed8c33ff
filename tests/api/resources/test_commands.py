"""Commands: what the charger is sent, what the caller is told, and what is remembered."""

from typing import Any

import httpx
import pytest
import trustme

from api import views
from api.resources import commands
from tests.api.answers import converted, problem
from tests.api.station import Station

RESET = "/api/v1/chargers/CP-01/commands/reset"
FIRST = {"start_s": 0, "limit": 16}


async def test_a_reset_reaches_the_charger_and_the_answer_the_caller(
    admin: httpx.AsyncClient, charger: Station
) -> None:
    answer = await admin.post(RESET, json={"type": "hard"})
    assert answer.status_code == 200
    outcome = converted(answer, views.CommandOutcome)
    assert (outcome.status, outcome.response) == ("accepted", {"status": "Accepted"})
    assert charger.calls[-1] == ("Reset", {"type": "Hard"})


async def test_a_command_without_a_body_takes_the_defaults(admin: httpx.AsyncClient, charger: Station) -> None:
    assert (await admin.post(RESET)).status_code == 200
    assert charger.calls[-1] == ("Reset", {"type": "Soft"})


async def test_ids_are_found_in_whatever_case(admin: httpx.AsyncClient, charger: Station) -> None:
    assert (await admin.post("/api/v1/chargers/cp-01/commands/clear-cache")).status_code == 200


async def test_a_refusal_is_409_with_the_chargers_own_answer(admin: httpx.AsyncClient, charger: Station) -> None:
    charger.answers["Reset"] = {"status": "Rejected"}
    refusal = problem(await admin.post(RESET), 409, "charger_rejected")
    assert refusal["response"] == {"status": "Rejected"}


async def test_an_offline_charger_is_409_and_says_so(admin: httpx.AsyncClient) -> None:
    await admin.post("/api/v1/chargers", json={"id": "CP-09"})
    problem(await admin.post("/api/v1/chargers/CP-09/commands/reset"), 409, "charger_offline")


async def test_a_callerror_is_502_with_its_three_fields(admin: httpx.AsyncClient, charger: Station) -> None:
    charger.answers["Reset"] = ["InternalError", "burnt", {"part": "relay"}]
    error = problem(await admin.post("/api/v1/chargers/CP-01/ocpp/Reset", json={"type": "Soft"}), 502, "charger_error")
    assert (error["error_code"], error["error_description"]) == ("InternalError", "burnt")
    assert error["error_details"] == {"part": "relay"}


async def test_a_raw_call_gives_the_callresult_whatever_its_status(admin: httpx.AsyncClient, charger: Station) -> None:
    charger.answers["Reset"] = {"status": "Rejected"}
    answer = await admin.post("/api/v1/chargers/CP-01/ocpp/Reset", json={"type": "Soft"})
    assert (answer.status_code, answer.json()) == (200, {"response": {"status": "Rejected"}})


async def test_a_raw_payload_that_the_version_does_not_allow_is_422(admin: httpx.AsyncClient, charger: Station) -> None:
    before = len(charger.calls)
    problem(await admin.post("/api/v1/chargers/CP-01/ocpp/Reset", json={"type": "Sideways"}), 422)
    assert len(charger.calls) == before


async def test_a_password_that_is_too_short_is_422(admin: httpx.AsyncClient, charger: Station) -> None:
    before, body = len(charger.calls), {"key": "AuthorizationKey", "value": "hunter2"}
    refusal = problem(await admin.post("/api/v1/chargers/CP-01/commands/set-configuration", json=body), 422)
    assert "16 to 20 bytes" in refusal["detail"]
    assert len(charger.calls) == before


async def test_a_charger_that_does_not_answer_is_504(impatient: httpx.AsyncClient, impatient_charger: Station) -> None:
    impatient_charger.answers["Reset"] = lambda payload: None
    problem(await impatient.post(RESET), 504, "charger_no_answer")


async def test_an_unknown_charger_is_404(admin: httpx.AsyncClient) -> None:
    problem(await admin.post("/api/v1/chargers/nobody/commands/reset"), 404, "charger_unknown")


async def test_an_unknown_command_is_404_and_lists_the_known_ones(admin: httpx.AsyncClient, charger: Station) -> None:
    error = problem(await admin.post("/api/v1/chargers/CP-01/commands/fly"), 404, "unknown_command")
    assert error["commands"] == commands.NAMES
    assert "reset" in error["detail"]


@pytest.mark.parametrize("body", [{"type": "sideways"}, {"typo": "soft"}, [1], "text"])
async def test_an_invalid_body_is_400(admin: httpx.AsyncClient, body: Any) -> None:
    problem(await admin.post(RESET, json=body), 400)


async def test_a_connector_of_an_impossible_number_never_reaches_the_charger(
    admin: httpx.AsyncClient, charger: Station
) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "/api/v1/chargers/CP-01/commands/unlock": {},
        "/api/v1/chargers/CP-01/commands/availability": {"available": True},
        "/api/v1/chargers/CP-01/commands/trigger": {"message": "MeterValues"},
        "/api/v1/sessions": {"charger_id": "CP-01", "id_token": "CARD"},
    }
    for path, body in bodies.items():
        for number in (-1, 2**31, 10**30):
            problem(await admin.post(path, json={**body, "connector_id": number}), 400, "invalid_request")
    assert charger.calls == []


async def test_a_raw_number_that_the_log_cannot_hold_is_refused(admin: httpx.AsyncClient, charger: Station) -> None:
    body = {"connectorId": 10**30, "type": "Operative"}
    problem(await admin.post("/api/v1/chargers/CP-01/ocpp/ChangeAvailability", json=body), 422, "invalid")
    assert charger.calls == []


async def test_an_answer_with_such_a_number_harms_nobody(admin: httpx.AsyncClient, charger: Station) -> None:
    charger.answers["GetLocalListVersion"] = {"listVersion": 10**30}
    answer = await admin.post("/api/v1/chargers/CP-01/ocpp/GetLocalListVersion", json={})
    assert answer.json() == {"response": {}}
    charger.answers["GetLocalListVersion"] = ["GenericError", "", {"listVersion": 10**30}]
    answer = await admin.post("/api/v1/chargers/CP-01/ocpp/GetLocalListVersion", json={})
    assert problem(answer, 502, "charger_error")["error_details"] == {}
    assert (await admin.post(RESET)).status_code == 200


@pytest.mark.parametrize(
    ("status", "advice"), [("Rejected", "Its state may not allow this now"), ("NotImplemented", "it cannot do this")]
)
async def test_a_refusal_says_what_it_means(
    admin: httpx.AsyncClient, charger: Station, status: str, advice: str
) -> None:
    charger.answers["TriggerMessage"] = {"status": status}
    answer = await admin.post("/api/v1/chargers/CP-01/commands/trigger", json={"message": "Heartbeat"})
    assert advice in problem(answer, 409, "charger_rejected")["detail"]


async def test_the_history_tells_who_sent_what_and_how_it_ended(admin: httpx.AsyncClient, charger: Station) -> None:
    me = (await admin.get("/api/v1/me")).json()["id"]
    sent = (await admin.post(RESET, json={"type": "hard"})).json()["command_id"]
    history = (await admin.get("/api/v1/chargers/CP-01/commands")).json()["items"]
    command = converted(await admin.get(f"/api/v1/commands/{sent}"), views.Command)
    assert history[0]["id"] == sent
    assert (command.command, command.by, command.status, command.arguments["type"]) == ("reset", me, "accepted", "hard")


async def test_reading_the_configuration_answers_with_what_the_charger_said(
    admin: httpx.AsyncClient, charger: Station
) -> None:
    key = {"key": "HeartbeatInterval", "readonly": False, "value": "300"}
    charger.answers["GetConfiguration"] = {"configurationKey": [key]}
    answer = await admin.post("/api/v1/chargers/CP-01/commands/get-configuration", json={"keys": ["HeartbeatInterval"]})
    assert answer.json()["response"]["configurationKey"] == [key]


async def test_every_named_command_can_be_sent(admin: httpx.AsyncClient, charger: Station) -> None:
    charger.answers |= {
        "UnlockConnector": {"status": "Unlocked"},
        "GetConfiguration": {},
        "ChangeConfiguration": {"status": "RebootRequired"},
        "GetDiagnostics": {},
        "GetLocalListVersion": {"listVersion": 0},
        "UpdateFirmware": {},
    }
    profile = {"purpose": "tx_default", "kind": "relative", "schedules": [{"unit": "A", "periods": [FIRST]}]}
    bodies: dict[str, Any] = {
        "unlock": {"connector_id": 1},
        "availability": {"connector_id": 1, "available": False},
        "trigger": {"message": "Heartbeat"},
        "set-configuration": {"key": "HeartbeatInterval", "value": "60"},
        "data-transfer": {"vendor_id": "com.example"},
        "reserve": {"connector_id": 1, "id_token": "CARD", "expires_at": "2126-03-01T10:00:00Z"},
        "cancel-reservation": {"reservation_id": 1},
        "set-charging-profile": {"connector_id": 1, "profile": profile},
        "update-firmware": {"url": "https://files.example.com/fw.bin"},
        "get-diagnostics": {"upload_url": "https://files.example.com/in"},
        "install-certificate": {"certificate": trustme.CA().cert_pem.bytes().decode()},
        "delete-certificate": {
            **dict.fromkeys(("issuer_name_hash", "issuer_key_hash", "serial_number"), "0a"),
            "hash_algorithm": "SHA256",
        },
    }
    for name in commands.NAMES:
        answer = await admin.post(f"/api/v1/chargers/CP-01/commands/{name}", json=bodies.get(name, {}))
        assert answer.status_code == 200, f"{name}: {answer.text}"


async def test_the_last_messages_are_shown_in_both_directions(admin: httpx.AsyncClient, charger: Station) -> None:
    answer = await admin.get("/api/v1/chargers/CP-01/messages")
    messages = answer.json()["items"]
    assert {message["direction"] for message in messages} == {"in", "out"}
    assert "BootNotification" in messages[0]["message"]
