"""A scope that names networks: what belongs to them at each request, for people and for keys."""

from collections.abc import Callable

import httpx

from api import views
from api.resources import accounts
from tests.api.answers import converted, problem
from tests.api.conftest import PASSWORD
from tests.api.resources.test_user_scopes import SUNIL, V1, names, posted


async def test_a_support_agent_sees_one_region_and_what_moves_into_it(
    admin: httpx.AsyncClient, client_for: Callable[..., httpx.AsyncClient]
) -> None:
    west = (await posted(admin, "networks", {"name": "West"}))["id"]
    mall = (await posted(admin, "stations", {"name": "Mall", "network_id": west}))["id"]
    depot = (await posted(admin, "stations", {"name": "Depot"}))["id"]
    made = await posted(admin, "users", SUNIL | {"scope": {"network_ids": [west]}})
    login = await posted(admin, "login", {"email": SUNIL["email"], "password": PASSWORD})
    async with client_for(login["token"]) as sunil:
        me = converted(await sunil.get(f"{V1}/me"), views.Me)
        assert me.scope == views.Scope(station_ids=[], network_ids=[west])
        assert await names(sunil) == ["Mall"]
        problem(await sunil.get(f"{V1}/stations/{depot}"), 404)
        (await admin.patch(f"{V1}/stations/{depot}", json={"network_id": west})).raise_for_status()
        assert sorted(await names(sunil)) == ["Depot", "Mall"]
        (await admin.patch(f"{V1}/users/{made['id']}", json={"scope": {"station_ids": [mall]}})).raise_for_status()
        assert await names(sunil) == ["Mall"], "at the next request"
        changed = await admin.patch(f"{V1}/users/{made['id']}", json={"scope": None})
        assert converted(changed, accounts.User).scope is None
        assert sorted(await names(sunil)) == ["Depot", "Mall"]


async def test_a_network_that_is_not_there_is_refused(admin: httpx.AsyncClient) -> None:
    answer = await admin.post(f"{V1}/users", json=SUNIL | {"scope": {"network_ids": ["nowhere"]}})
    assert "nowhere" in problem(answer, 422, "invalid")["detail"]


async def test_keys_have_networks_in_their_scope_too(
    admin: httpx.AsyncClient, client_for: Callable[..., httpx.AsyncClient]
) -> None:
    west = (await posted(admin, "networks", {"name": "West"}))["id"]
    for name, network in (("Mall", west), ("Depot", "default")):
        await posted(admin, "stations", {"name": name, "network_id": network})
    key = await posted(admin, "api-keys", {"name": "k", "role": "support", "scope": {"network_ids": [west]}})
    async with client_for(key["key"]) as program:
        assert await names(program) == ["Mall"]
