"""Stations, chargers and tokens: made, read, changed and removed."""

from datetime import timedelta
from urllib.parse import quote

import httpx

from api import server, views
from api.resources import authorizations, chargers, stations, tokens
from csms import credentials
from csms.storage.queries import plain
from csms.storage.reference import chargers as reference
from tests.api.answers import converted, problem
from tests.api.conftest import Driver
from tests.api.station import Station

CHARGERS = "/api/v1/chargers"


async def test_a_station_lives_from_post_to_delete(admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/api/v1/stations", json=stations.NEW)
    assert answer.status_code == 201
    made = converted(answer, stations.Station)
    assert (made.name, made.time_zone, made.published) == ("City Mall Station", "Asia/Kolkata", True)
    changed = await admin.patch(f"/api/v1/stations/{made.id}", json={"city": "Mumbai"})
    assert converted(changed, stations.Station).city == "Mumbai"
    assert (await admin.delete(f"/api/v1/stations/{made.id}")).status_code == 204
    problem(await admin.get(f"/api/v1/stations/{made.id}"), 404, "not_found")


async def test_a_station_with_chargers_cannot_be_removed(admin: httpx.AsyncClient) -> None:
    station = (await admin.post("/api/v1/stations", json={"name": "Mall"})).json()["id"]
    await admin.post(CHARGERS, json={"id": "CP-01", "station_id": station})
    problem(await admin.delete(f"/api/v1/stations/{station}"), 422)


async def test_a_wrong_time_zone_is_named(admin: httpx.AsyncClient) -> None:
    error = problem(await admin.post("/api/v1/stations", json={"name": "Mall", "time_zone": "Mars/One"}), 422)
    assert "time_zone" in error["detail"]


async def test_lists_come_in_pages(admin: httpx.AsyncClient) -> None:
    for name in "ABC":
        await admin.post("/api/v1/stations", json={"name": name})
        await admin.post(CHARGERS, json={"id": name})
    for path in ("/api/v1/stations", CHARGERS):
        first = (await admin.get(path, params={"limit": 2})).json()
        rest = (await admin.get(path, params={"limit": 2, "cursor": first["next_cursor"]})).json()
        assert len(first["items"]) == 2
        assert (len(rest["items"]), rest["next_cursor"]) == (1, None)


async def test_limits_are_checked(admin: httpx.AsyncClient) -> None:
    for limit in ("0", "501", "many"):
        problem(await admin.get(CHARGERS, params={"limit": limit}), 400, "invalid_request")


async def test_a_cursor_that_is_none_is_refused_alike_everywhere(admin: httpx.AsyncClient) -> None:
    await admin.post(CHARGERS, json={"id": "CP-01"})
    for path in ("sessions", "stations", "tokens", "authorizations", "users", "chargers/CP-01/commands"):
        for cursor in ("", "abc", "-1", "1.5", "9" * 30, "\uff11", "' OR 1=1 --"):
            problem(await admin.get(f"/api/v1/{path}", params={"cursor": cursor}), 400, "bad_cursor")


async def test_a_charger_whose_id_could_not_stand_in_a_url_is_refused(admin: httpx.AsyncClient) -> None:
    for identity in (".", "..", "CP-1\n", " CP-1", "CP-1 ", "a/b", "a:b", "a?b", "a#b", "", "x" * 49):
        problem(await admin.post(CHARGERS, json={"id": identity}), 400, "invalid_request")


async def test_any_other_id_can_be_read_back(admin: httpx.AsyncClient) -> None:
    for identity in ("RDAM 123", "ü", "A%", "a.b", "..."):
        await admin.post(CHARGERS, json={"id": identity})
        answer = await admin.get(f"{CHARGERS}/{quote(identity, safe='')}")
        assert answer.json()["id"] == identity


async def test_a_text_of_the_wrong_shape_is_explained_in_plain_words(admin: httpx.AsyncClient) -> None:
    answer = await admin.post(CHARGERS, json={"id": "a/b"})
    assert "`id`: must be text that can end a URL" in problem(answer, 400)["detail"]


async def test_an_address_of_a_station_has_a_limit(admin: httpx.AsyncClient) -> None:
    problem(await admin.post("/api/v1/stations", json={"name": "S", "address": "x" * 256}), 400, "invalid_request")


async def test_a_new_charger_is_shown_with_every_promised_field(admin: httpx.AsyncClient) -> None:
    body = {"id": "CP-01", "connectors": [{"id": 1, "standard": "IEC_62196_T2", "max_power_w": 22000}]}
    answer = await admin.post(CHARGERS, json=body)
    assert answer.status_code == 201
    made = converted(answer, chargers.CreatedCharger)
    assert (made.registration, made.security_profile, made.online, made.password) == ("accepted", 0, False, None)
    assert [(each.id, each.status, each.standard) for each in made.connectors] == [(1, "Offline", "IEC_62196_T2")]
    shown = converted(await admin.get(f"{CHARGERS}/CP-01"), chargers.Charger)
    assert [(evse.id, evse.connectors[0].id) for evse in shown.evses] == [(1, 1)]


async def test_a_profile_with_a_password_gets_one_that_fits_every_ocpp_version(
    admin: httpx.AsyncClient, serving: server.Serving
) -> None:
    made = (await admin.post(CHARGERS, json={"id": "CP-01", "security_profile": 1})).json()
    assert 16 <= len(made["password"]) <= 20
    stored = (await serving.node.read(reference.get, "CP-01")).credential
    assert credentials.verify(stored or "", made["password"])
    assert "password" not in (await admin.get(f"{CHARGERS}/CP-01")).json()


async def test_a_connected_charger_shows_what_it_said(admin: httpx.AsyncClient, charger: Station) -> None:
    await charger.status("Preparing")
    shown = converted(await admin.get(f"{CHARGERS}/cp-01"), chargers.Charger)
    assert (shown.online, shown.vendor, shown.protocol) == (True, "ACME", "1.6")
    assert shown.connectors[0].status == "Preparing"


async def test_a_running_session_is_named_at_its_connector(admin: httpx.AsyncClient, charger: Station) -> None:
    await charger.start()
    session = (await admin.get("/api/v1/sessions")).json()["items"][0]["id"]
    assert (await admin.get(f"{CHARGERS}/CP-01")).json()["connectors"][0]["session_id"] == session


async def test_an_id_that_is_taken_in_another_case_is_409(admin: httpx.AsyncClient) -> None:
    await admin.post(CHARGERS, json={"id": "CP-01"})
    problem(await admin.post(CHARGERS, json={"id": "cp-01"}), 409, "already_exists")


async def test_a_repeated_creation_creates_once(admin: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "one"}
    first = await admin.post(CHARGERS, json={"id": "CP-01"}, headers=headers)
    again = await admin.post(CHARGERS, json={"id": "CP-01"}, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())


async def test_removing_a_charger_forgets_it(admin: httpx.AsyncClient) -> None:
    await admin.post(CHARGERS, json={"id": "CP-01"})
    tag = (await admin.get(f"{CHARGERS}/CP-01")).headers["ETag"]
    await admin.patch(f"{CHARGERS}/CP-01", json={"name": "Bay 1"})
    problem(await admin.delete(f"{CHARGERS}/CP-01", headers={"If-Match": tag}), 412)
    assert (await admin.delete(f"{CHARGERS}/CP-01")).status_code == 204
    problem(await admin.get(f"{CHARGERS}/CP-01"), 404, "charger_unknown")


async def test_a_token_lives_from_post_to_blocked(admin: httpx.AsyncClient) -> None:
    made = converted(await admin.post("/api/v1/tokens", json=tokens.NEW), tokens.Token)
    found = converted(await admin.get("/api/v1/tokens", params={"id_token": "04a1b2c3"}), views.paged(tokens.Token))
    assert [token.id for token in found.items] == [made.id]
    blocked = await admin.patch(f"/api/v1/tokens/{made.id}", json={"blocked": True})
    assert converted(blocked, tokens.Token).blocked


async def test_a_driver_registers_some_tokens_and_may_only_block_them(admin: httpx.AsyncClient, driver: Driver) -> None:
    mine = (await driver.client.post("/api/v1/tokens", json={"id_token": "MINE"})).json()["id"]
    other = (await admin.post("/api/v1/tokens", json={"id_token": "OTHER"})).json()["id"]
    assert [item["id"] for item in (await driver.client.get("/api/v1/tokens")).json()["items"]] == [mine]
    assert (await driver.client.patch(f"/api/v1/tokens/{mine}", json={"blocked": True})).status_code == 200
    problem(await driver.client.patch(f"/api/v1/tokens/{mine}", json={"blocked": False}), 403)
    problem(await driver.client.patch(f"/api/v1/tokens/{other}", json={"blocked": True}), 404)
    for more in ({"group_id": "STAFF"}, {"limits": {"sessions": 5}}):
        problem(await driver.client.post("/api/v1/tokens", json={"id_token": "BETTER", **more}), 403)
    for number in range(tokens.MOST_OWN - 1):
        assert (await driver.client.post("/api/v1/tokens", json={"id_token": f"OWN{number}"})).status_code == 201
    problem(await driver.client.post("/api/v1/tokens", json={"id_token": "ONE-TOO-MANY"}), 422)


async def test_refused_attempts_are_listed_with_the_reason(admin: httpx.AsyncClient, charger: Station) -> None:
    await charger.call("Authorize", {"idTag": "STRANGER"})
    await charger.call("Authorize", {"idTag": "CARD"})
    page = converted(
        await admin.get("/api/v1/authorizations", params={"charger_id": "CP-01"}),
        views.paged(authorizations.Authorization),
    )
    assert [(each.id_token, each.status) for each in page.items] == [("CARD", "Accepted"), ("STRANGER", "Invalid")]
    assert page.items[1].reason


async def test_any_frame_of_a_charger_is_when_it_was_last_seen(
    serving: server.Serving, admin: httpx.AsyncClient, charger: Station
) -> None:
    later = serving.node.services.now() + timedelta(hours=1)
    serving.node.services.now = lambda: later
    await charger.call("Heartbeat", {})
    one = (await admin.get(f"{CHARGERS}/CP-01")).json()
    [listed] = (await admin.get(CHARGERS)).json()["items"]
    assert one["last_seen_at"] == listed["last_seen_at"] == plain.time(later)
