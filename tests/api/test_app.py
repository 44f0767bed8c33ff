"""The whole app: every route has a permission, and every role may do exactly what the table says."""

import httpx
import pytest
from litestar import Litestar, get

from api import app, permissions, server
from api.permissions import ROLES, ROUTES, Permission, Reach, Role, reach


def fill(path: str) -> str:
    return path.replace("{", "").replace("}", "")


def test_a_route_without_a_permission_stops_the_start() -> None:
    @get("/forgotten")
    async def forgotten() -> None: ...

    forgetful = Litestar([forgotten], openapi_config=None, logging_config=None)
    with pytest.raises(LookupError, match=r"routes without a permission: \['GET /forgotten'\]"):
        permissions.check(forgetful.routes)


async def test_the_table_and_the_app_name_the_same_routes(serving: server.Serving) -> None:
    assert permissions.routes_of(app.create(serving.node).routes) == ROUTES.keys()


async def test_every_route_refuses_every_role_that_lacks_its_permission(
    anonymous: httpx.AsyncClient, keys: dict[Role, str]
) -> None:
    for route, permission in ROUTES.items():
        method, path = route.split(" ")
        for role in Role:
            if path.endswith("/events") and reach(role, permission) is not None:
                continue  # an open stream does not end by itself; it has tests of its own
            headers = {"Authorization": f"Bearer {keys[role]}", "Origin": str(anonymous.base_url).rstrip("/")}
            answer = await anonymous.request(method, fill(path), headers=headers)
            refused = answer.status_code == 403 and answer.json()["code"] == "forbidden"
            assert refused == (reach(role, permission) is None), f"{role} {route}: {answer.status_code} {answer.text}"


async def test_every_route_but_the_open_ones_asks_to_sign_in(anonymous: httpx.AsyncClient) -> None:
    for route, permission in ROUTES.items():
        method, path = route.split(" ")
        answer = await anonymous.request(method, fill(path))
        asked = answer.status_code == 401 and answer.json()["code"] == "not_signed_in"
        assert asked == (permission is not Permission.OPEN), f"{route}: {answer.status_code} {answer.text}"


def test_a_driver_reaches_only_what_is_his_own() -> None:
    assert set(ROLES[Role.DRIVER].values()) == {Reach.OWN}


def test_only_an_admin_administers() -> None:
    assert [role for role in Role if Permission.ADMINISTER in ROLES[role]] == [Role.ADMIN]
