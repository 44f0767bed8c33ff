"""People who see some stations or networks only: set by admins, told to them, as it is at each request."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from api import views
from api.resources import accounts
from tests.api.answers import converted, problem
from tests.api.conftest import PASSWORD

V1 = "/api/v1"
SUNIL = {"email": "sunil@example.com", "role": "support", "password": PASSWORD}


async def posted(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(f"{V1}/{path}", json=body)
    made: dict[str, Any] = answer.raise_for_status().json()
    return made


async def names(client: httpx.AsyncClient) -> list[str]:
    return [each["name"] for each in (await client.get(f"{V1}/stations")).raise_for_status().json()["items"]]


async def test_what_somebody_sees_changes_with_the_next_request(
    admin: httpx.AsyncClient, client_for: Callable[..., httpx.AsyncClient]
) -> None:
    mall, depot = [(await posted(admin, "stations", {"name": name}))["id"] for name in ("Mall", "Depot")]
    made = await posted(admin, "users", SUNIL | {"scope": {"station_ids": [mall]}})
    login = await posted(admin, "login", {"email": SUNIL["email"], "password": PASSWORD})
    async with client_for(login["token"]) as sunil:
        me = converted(await sunil.get(f"{V1}/me"), views.Me)
        assert me.scope == views.Scope(station_ids=[mall], network_ids=[])
        assert await names(sunil) == ["Mall"]
        problem(await sunil.get(f"{V1}/stations/{depot}"), 404)
        changed = await admin.patch(f"{V1}/users/{made['id']}", json={"scope": None})
        assert converted(changed, accounts.User).scope is None
        assert sorted(await names(sunil)) == ["Depot", "Mall"]
        problem(await admin.patch(f"{V1}/users/{made['id']}", json={"scope": {"station_ids": []}}), 422)


@pytest.mark.parametrize(
    ("role", "scope", "told"),
    [
        ("admin", {"station_ids": ["st1"]}, "admin"),
        ("driver", {"station_ids": ["st1"]}, "driver"),
        ("support", {}, "names no station"),
        ("support", {"station_ids": ["nowhere"]}, "nowhere"),
    ],
)
async def test_a_scope_that_makes_no_sense_is_refused(
    admin: httpx.AsyncClient, role: str, scope: dict[str, Any], told: str
) -> None:
    answer = await admin.post(f"{V1}/users", json=SUNIL | {"role": role, "scope": scope})
    assert told in problem(answer, 422, "invalid")["detail"]


async def test_who_has_a_scope_cannot_be_made_an_admin(admin: httpx.AsyncClient) -> None:
    mall = (await posted(admin, "stations", {"name": "Mall"}))["id"]
    made = await posted(admin, "users", SUNIL | {"scope": {"station_ids": [mall]}})
    problem(await admin.patch(f"{V1}/users/{made['id']}", json={"role": "admin"}), 422, "invalid")
    changed = await admin.patch(f"{V1}/users/{made['id']}", json={"role": "admin", "scope": None})
    assert changed.status_code == 200
