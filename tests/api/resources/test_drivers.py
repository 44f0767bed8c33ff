"""Drivers and groups over HTTP: staff make and change them, drivers only themselves."""

import httpx

from api import server
from api.resources import drivers, groups
from tests.api.answers import converted, problem
from tests.api.conftest import PASSWORD, Driver

V1 = "/api/v1"


async def test_a_driver_lives_from_post_to_delete(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient) -> None:
    await admin.post(f"{V1}/groups", json=groups.NEW)
    answer = await admin.post(f"{V1}/drivers", json={**drivers.NEW, "group_id": "STAFF", "password": PASSWORD})
    assert answer.status_code == 201
    made = converted(answer, drivers.Driver)
    credentials = {"email": made.email, "password": PASSWORD}
    assert (await anonymous.post(f"{V1}/login", json=credentials)).status_code == 200
    members = (await admin.get(f"{V1}/drivers", params={"group_id": "STAFF"})).json()["items"]
    assert [each["id"] for each in members] == [made.id]
    changed = await admin.patch(f"{V1}/drivers/{made.id}", json={"group_id": None, "email": "asha@example.org"})
    assert converted(changed, drivers.Driver).email == "asha@example.org"
    token = (await admin.post(f"{V1}/tokens", json={"id_token": "04A1", "driver_id": made.id})).json()
    stale = {"If-Match": answer.headers.get("ETag", '"1"')}
    problem(await admin.delete(f"{V1}/drivers/{made.id}", headers=stale), 412)
    assert (await admin.delete(f"{V1}/drivers/{made.id}")).status_code == 204
    assert (await admin.get(f"{V1}/tokens/{token['id']}")).json()["blocked"]
    problem(await anonymous.post(f"{V1}/login", json={**credentials, "email": "asha@example.org"}), 401)


async def test_a_driver_sees_and_changes_nobody_else(admin: httpx.AsyncClient, driver: Driver) -> None:
    other = (await admin.post(f"{V1}/drivers", json=drivers.NEW)).json()["id"]
    problem(await driver.client.get(f"{V1}/drivers/{other}"), 404)
    problem(await driver.client.patch(f"{V1}/drivers/{other}", json={"name": "Mine"}), 404)
    problem(await driver.client.delete(f"{V1}/drivers/{other}"), 404)
    problem(await driver.client.post(f"{V1}/drivers", json=drivers.NEW), 403)
    listed = (await driver.client.get(f"{V1}/drivers")).json()["items"]
    assert [each["id"] for each in listed] == [driver.id]
    for answer in (
        await driver.client.get(f"{V1}/groups"),
        await driver.client.post(f"{V1}/groups", json=groups.NEW),
        await driver.client.get(f"{V1}/groups/STAFF"),
        await driver.client.patch(f"{V1}/groups/STAFF", json={"name": "x"}),
        await driver.client.delete(f"{V1}/groups/STAFF"),
    ):
        problem(answer, 403)


async def test_a_driver_changes_what_is_its_own_to_change(driver: Driver) -> None:
    fields = {"language": "de", "vehicles": [{"plate": "B-EV 1"}], "preferences": {"units": "km", "mails": False}}
    changed = await driver.client.patch(f"{V1}/me/driver", json=fields)
    assert converted(changed, drivers.Driver).language == "de"
    shown = (await driver.client.get(f"{V1}/me/driver")).json()
    assert shown == (await driver.client.get(f"{V1}/drivers/{driver.id}")).json()
    assert (shown["vehicles"][0]["plate"], shown["preferences"]) == ("B-EV 1", fields["preferences"])
    problem(await driver.client.patch(f"{V1}/me/driver", json={"group_id": None}), 400)
    problem(await driver.client.patch(f"{V1}/drivers/{driver.id}", json={"group_id": None}), 403)


async def test_staff_are_no_drivers(admin: httpx.AsyncClient) -> None:
    problem(await admin.get(f"{V1}/me/driver"), 404)


async def test_a_group_lives_from_post_to_delete(admin: httpx.AsyncClient) -> None:
    made = converted(await admin.post(f"{V1}/groups", json=groups.NEW), groups.Group)
    await admin.patch(f"{V1}/groups/{made.id}", json={"name": "Tenants"})
    assert (await admin.get(f"{V1}/groups/{made.id}")).json()["name"] == "Tenants"
    assert [each["id"] for each in (await admin.get(f"{V1}/groups")).json()["items"]] == [made.id]
    problem(await admin.post(f"{V1}/drivers", json={**drivers.NEW, "group_id": "NONE"}), 422)
    assert (await admin.delete(f"{V1}/groups/{made.id}")).status_code == 204
    problem(await admin.get(f"{V1}/groups/{made.id}"), 404)


async def test_what_a_driver_is_called_is_not_in_the_log(admin: httpx.AsyncClient, serving: server.Serving) -> None:
    made = (await admin.post(f"{V1}/drivers", json=drivers.NEW)).json()
    await admin.patch(f"{V1}/drivers/{made['id']}", json={"phone": "+91 98200 11111"})
    changes = (await admin.get(f"{V1}/audit", params={"id": made["id"]})).json()["items"]
    assert {each["kind"] for each in changes} >= {"driver"}
    assert not any(word in str(changes) for word in ("Asha", "asha@", "98200", "Nexon"))
