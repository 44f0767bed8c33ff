"""Reservations, local lists and charging profiles, ordered by name or raw: what the charger is told and holds then."""

from typing import Any

import httpx
import pytest
import trio

from actors.upkeep import list_keeping
from tests.api.answers import problem
from tests.api.station import AT, Station

CP_01 = "/api/v1/chargers/CP-01"
LATER = "2126-03-01T10:00:00Z"
RESERVE = {"connector_id": 1, "id_token": "CARD", "expires_at": LATER}
SCHEDULE = {"unit": "A", "periods": [{"start_s": 0, "limit": 16.3}], "starts_at": AT}
PROFILE = {"purpose": "tx_default", "stack_level": 1, "schedules": [SCHEDULE]}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists follow at once; set before the server begins to look."""
    monkeypatch.setattr(list_keeping, "LOOK_SECONDS", 0.02)


async def ordered(admin: httpx.AsyncClient, name: str, body: Any = None) -> dict[str, Any]:
    answer = await admin.post(f"{CP_01}/commands/{name}", json=body or {})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def held(admin: httpx.AsyncClient, kind: str) -> dict[str, dict[str, Any]]:
    answer = await admin.get(f"{CP_01}/inventory/{kind}")
    return {item["key"]: item["body"] for item in answer.json()["items"]}


async def token_id(admin: httpx.AsyncClient, value: str) -> str:
    found = await admin.get("/api/v1/tokens", params={"id_token": value})
    return str(found.json()["items"][0]["id"])


# -- reservations ------------------------------------------------------------------------------------------------------


async def test_rule_39_a_reservation_is_known_until_it_is_used(admin: httpx.AsyncClient, charger: Station) -> None:
    await ordered(admin, "reserve", RESERVE)
    _, sent = charger.calls[-1]
    number = sent["reservationId"]
    assert sent == {
        "connectorId": 1,
        "expiryDate": "2126-03-01T10:00:00.000Z",
        "idTag": "CARD",
        "reservationId": number,
    }
    [(key, body)] = (await held(admin, "reservations")).items()
    assert (key, body["state"], body["idTag"]) == (str(number), "active", await token_id(admin, "CARD"))
    start = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": AT, "reservationId": number}
    await charger.call("StartTransaction", start)
    assert (await held(admin, "reservations"))[key]["state"] == "used"


async def test_rule_39_it_ends_by_cancelling_and_by_a_fault(admin: httpx.AsyncClient, charger: Station) -> None:
    for _ in range(2):
        await ordered(admin, "reserve", RESERVE)
    first, second = (payload["reservationId"] for action, payload in charger.calls if action == "ReserveNow")
    assert first != second
    await ordered(admin, "cancel-reservation", {"reservation_id": first})
    await charger.status("Faulted")
    states = {key: body["state"] for key, body in (await held(admin, "reservations")).items()}
    assert states == {str(first): "cancelled", str(second): "removed"}


async def test_what_is_over_or_taken_is_not_reserved(admin: httpx.AsyncClient, charger: Station) -> None:
    answer = await admin.post(f"{CP_01}/commands/reserve", json={**RESERVE, "expires_at": AT})
    assert "later expires_at" in problem(answer, 422, "not_supported_by_charger")["detail"]
    charger.answers["ReserveNow"] = {"status": "Occupied"}
    answer = await admin.post(f"{CP_01}/commands/reserve", json=RESERVE)
    assert problem(answer, 409, "charger_rejected")["outcome"] == "occupied"
    assert await held(admin, "reservations") == {}


async def test_what_is_ordered_raw_is_known_as_well_and_holds_no_card(
    admin: httpx.AsyncClient, charger: Station
) -> None:
    payload = {"connectorId": 0, "expiryDate": LATER, "idTag": "SECRET-CARD", "reservationId": 9}
    (await admin.post(f"{CP_01}/ocpp/ReserveNow", json=payload)).raise_for_status()
    told = await admin.get(f"{CP_01}/inventory/reservations")
    assert (await held(admin, "reservations"))["9"]["state"] == "active"
    assert "SECRET-CARD" not in told.text


# -- local lists -------------------------------------------------------------------------------------------------------


async def test_rule_32_a_list_of_all_tokens_or_of_some(admin: httpx.AsyncClient, charger: Station) -> None:
    charger.answers["GetLocalListVersion"] = {"listVersion": 4}
    answer = await ordered(admin, "send-local-list")
    assert answer["response"] == {"status": "Accepted", "version": 5, "entries": 1, "messages": 1}
    assert charger.calls[-1][1]["localAuthorizationList"] == [{"idTag": "CARD", "idTagInfo": {"status": "Accepted"}}]
    assert await held(admin, "local-list") == {
        "version": {"version": 5},
        await token_id(admin, "CARD"): {"status": "Accepted"},
    }
    entries = [{"id_token": "A", "status": "Blocked", "group_id": "FLEET"}, {"id_token": "CARD", "remove": True}]
    await ordered(admin, "send-local-list", {"update": "differential", "entries": entries})
    listed = [{"idTag": "A", "idTagInfo": {"status": "Blocked", "parentIdTag": "FLEET"}}, {"idTag": "CARD"}]
    assert charger.calls[-1][1] == {"listVersion": 5, "updateType": "Differential", "localAuthorizationList": listed}


async def test_rule_32_a_list_follows_by_itself_when_a_token_in_it_is_blocked(
    admin: httpx.AsyncClient, charger: Station
) -> None:
    charger.answers["GetLocalListVersion"] = {"listVersion": 5}
    await ordered(admin, "send-local-list", {"update": "full"})
    told = trio.Event()

    def taken(payload: dict[str, Any]) -> dict[str, Any]:
        told.set()
        return {"status": "Accepted"}

    charger.answers["SendLocalList"] = taken
    charger.answers["GetLocalListVersion"] = {"listVersion": 6}
    (await admin.patch(f"/api/v1/tokens/{await token_id(admin, 'CARD')}", json={"blocked": True})).raise_for_status()
    with trio.fail_after(20):
        await told.wait()
    blocked = [{"idTag": "CARD", "idTagInfo": {"status": "Blocked"}}]
    assert charger.calls[-1][1] == {"listVersion": 7, "updateType": "Differential", "localAuthorizationList": blocked}


async def test_rule_32_a_charger_without_a_list_says_so(admin: httpx.AsyncClient, charger: Station) -> None:
    charger.answers["GetLocalListVersion"] = {"listVersion": -1}
    answer = await admin.post(f"{CP_01}/commands/send-local-list", json={})
    assert "keeps no local list" in problem(answer, 409, "charger_rejected")["detail"]


# -- charging profiles -------------------------------------------------------------------------------------------------


async def test_rule_58_a_profile_replaces_the_one_of_its_purpose_and_level(
    admin: httpx.AsyncClient, charger: Station
) -> None:
    for _ in range(2):
        await ordered(admin, "set-charging-profile", {"connector_id": 1, "profile": PROFILE})
    action, sent = charger.calls[-1]
    number = sent["csChargingProfiles"]["chargingProfileId"]
    assert (action, sent["connectorId"]) == ("SetChargingProfile", 1)
    assert sent["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 16.3}
    ]
    assert (await held(admin, "charging-profiles")).keys() == {str(number)}
    await ordered(admin, "clear-charging-profile", {"purpose": "tx_default"})
    assert await held(admin, "charging-profiles") == {}


async def test_rule_58_a_tx_profile_needs_an_open_transaction_and_ends_with_it(
    admin: httpx.AsyncClient, charger: Station
) -> None:
    relative = {"purpose": "tx", "kind": "relative", "schedules": [{"unit": "W", "periods": SCHEDULE["periods"]}]}
    body = {"connector_id": 1, "profile": relative}
    answer = await admin.post(f"{CP_01}/commands/set-charging-profile", json=body)
    assert "needs an open transaction" in problem(answer, 422, "not_supported_by_charger")["detail"]
    transaction = await charger.start()
    await ordered(admin, "set-charging-profile", body)
    [profile] = (await held(admin, "charging-profiles")).values()
    assert profile["transactionId"] == transaction
    await charger.stop(transaction, 1500, AT)
    assert await held(admin, "charging-profiles") == {}


async def test_rule_58_a_profile_that_breaks_the_rules_is_not_sent(admin: httpx.AsyncClient, charger: Station) -> None:
    before = len(charger.calls)
    late = {**SCHEDULE, "periods": [{"start_s": 60, "limit": 16}]}
    body = {"connector_id": 1, "profile": {**PROFILE, "schedules": [late]}}
    answer = await admin.post(f"{CP_01}/commands/set-charging-profile", json=body)
    assert "must start at 0" in problem(answer, 422, "not_supported_by_charger")["detail"]
    dynamic = {**PROFILE, "kind": "dynamic"}
    answer = await admin.post(f"{CP_01}/commands/set-charging-profile", json={"profile": dynamic})
    assert "1.6" in problem(answer, 422, "not_supported_by_charger")["detail"]
    assert len(charger.calls) == before


# -- files -------------------------------------------------------------------------------------------------------------


async def test_rule_56_firmware_and_its_status(admin: httpx.AsyncClient, charger: Station) -> None:
    charger.answers["UpdateFirmware"] = {}
    url = "https://files.example.com/fw.bin"
    await ordered(admin, "update-firmware", {"url": url, "retrieve_at": LATER})
    assert charger.calls[-1][1] == {"location": url, "retrieveDate": "2126-03-01T10:00:00.000Z"}
    await ordered(admin, "update-firmware", {"url": url, "signing_certificate": "PEM", "signature": "SIG"})
    action, sent = charger.calls[-1]
    await charger.call("SignedFirmwareStatusNotification", {"status": "Installed", "requestId": sent["requestId"]})
    firmware = await held(admin, "firmware")
    assert action == "SignedUpdateFirmware"
    assert firmware["status"]["status"] == firmware[str(sent["requestId"])]["status"] == "Installed"


async def test_a_log_and_its_status(admin: httpx.AsyncClient, charger: Station) -> None:
    charger.answers["GetDiagnostics"] = {"fileName": "diag.zip"}
    url = "https://files.example.com/in/1"
    await ordered(admin, "get-diagnostics", {"upload_url": url, "from": AT})
    assert charger.calls[-1] == ("GetDiagnostics", {"location": url, "startTime": "2026-03-01T09:00:00.000Z"})
    await charger.call("DiagnosticsStatusNotification", {"status": "Uploading"})
    logs = await held(admin, "logs")
    assert (logs["status"]["status"], logs["diagnostics"]["fileName"]) == ("Uploading", "diag.zip")


async def test_by_name_no_charger_is_sent_to_a_private_address(admin: httpx.AsyncClient, charger: Station) -> None:
    before = len(charger.calls)
    url = "http://169.254.169.254/fw.bin"
    for name, body in (("update-firmware", {"url": url}), ("get-diagnostics", {"upload_url": url})):
        answer = await admin.post(f"{CP_01}/commands/{name}", json=body)
        assert "CSMS_FILE_HOSTS" in problem(answer, 422, "url_refused")["detail"]
    assert len(charger.calls) == before
    charger.answers["GetDiagnostics"] = {}
    (await admin.post(f"{CP_01}/ocpp/GetDiagnostics", json={"location": url})).raise_for_status()
    assert charger.calls[-1] == ("GetDiagnostics", {"location": url})


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
async def test_times_that_utc_has_no_words_for_are_refused_and_harm_nobody(
    admin: httpx.AsyncClient, charger: Station, text: str
) -> None:
    schedule = {**SCHEDULE, "starts_at": text}
    entries = [{"id_token": "CARD", "expires_at": text}]
    for path, body in (
        (f"{CP_01}/commands/reserve", {**RESERVE, "expires_at": text}),
        (f"{CP_01}/commands/set-charging-profile", {"connector_id": 1, "profile": {**PROFILE, "valid_from": text}}),
        (
            f"{CP_01}/commands/set-charging-profile",
            {"connector_id": 1, "profile": {**PROFILE, "schedules": [schedule]}},
        ),
        (f"{CP_01}/commands/send-local-list", {"entries": entries}),
        (f"{CP_01}/commands/update-firmware", {"url": "https://x.example/f", "retrieve_at": text}),
        (f"{CP_01}/commands/get-diagnostics", {"from": text}),
        ("/api/v1/tokens", {"id_token": "NEW", "valid_to": text}),
        ("/api/v1/api-keys", {"name": "Key", "role": "admin", "expires_at": text}),
    ):
        answer = await admin.post(path, json=body)
        assert answer.status_code in (400, 422), answer.text
        assert "1970 and 9999" in answer.text, path
    assert charger.calls == []


@pytest.mark.parametrize("limit", [1e27, 1e300, 1e9, -1, 16.25])
async def test_a_limit_is_of_a_size_that_can_be_written(
    admin: httpx.AsyncClient, charger: Station, limit: float
) -> None:
    schedule = {**SCHEDULE, "periods": [{"start_s": 0, "limit": limit}]}
    body = {"connector_id": 1, "profile": {**PROFILE, "schedules": [schedule]}}
    answer = await admin.post(f"{CP_01}/commands/set-charging-profile", json=body)
    assert "a limit is 0 or more" in problem(answer, 422, "not_supported_by_charger")["detail"]
