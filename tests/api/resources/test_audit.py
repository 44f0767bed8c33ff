"""Who changed what: shown to administrators, whoever made the change and however."""

import httpx

from api import views
from api.resources import audit
from tests.api.answers import converted, problem

AUDIT = "/api/v1/audit"


async def changes(client: httpx.AsyncClient, **asked: str) -> list[audit.Change]:
    answer = await client.get(AUDIT, params=asked)
    return list(converted(answer, views.paged(audit.Change)).items)


async def test_a_change_is_shown_with_who_made_it_and_what_was_before(admin: httpx.AsyncClient) -> None:
    me = (await admin.get("/api/v1/me")).json()["id"]
    station = (await admin.post("/api/v1/stations", json={"name": "Mall", "city": "Pune"})).json()["id"]
    await admin.patch(f"/api/v1/stations/{station}", json={"city": "Mumbai"})
    moved, made = await changes(admin, kind="station", subject=station)
    assert (moved.by, moved.before, moved.after) == (me, {"city": "Pune"}, {"city": "Mumbai"})
    assert (made.by, made.before, made.after["name"]) == (me, {}, "Mall")
    assert await changes(admin, by="nobody") == []
    assert [each.id for each in await changes(admin, to=str(moved.at.isoformat()), kind="station")] in ([made.id], [])
    assert await changes(admin, **{"from": "2020-01-01T00:00:00Z", "kind": "station"}) == [moved, made]


async def test_what_was_refused_is_no_change(admin: httpx.AsyncClient) -> None:
    problem(await admin.post("/api/v1/stations", json={"name": "Mall", "time_zone": "Mars/One"}), 422)
    assert await changes(admin, kind="station") == []


async def test_a_secret_is_only_said_to_have_changed(admin: httpx.AsyncClient) -> None:
    await admin.post("/api/v1/chargers", json={"id": "CP-01", "security_profile": 1, "password": "0123456789abcdef"})
    answer = await admin.get(AUDIT)
    assert "0123456789abcdef" not in answer.text
    [made] = await changes(admin, kind="charger")
    assert made.after["credential"] == "…"
