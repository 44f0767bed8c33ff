"""Who signs in is recorded, is shown where, can be signed out from afar, and is locked out who guesses too often."""

import dataclasses
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from api import server, views
from api.resources import accounts, audit, logins
from csms import config
from tests.api.answers import converted, problem
from tests.api.conftest import ADMIN, PASSWORD, Driver

V1 = "/api/v1"
SUNIL = {"email": "sunil@example.com", "password": PASSWORD}
WRONG = "not his password"
FAILURES = 3

Clients = Callable[..., httpx.AsyncClient]


@pytest.fixture
def settings(settings: config.Settings) -> config.Settings:
    """Locks out after a few failures, fewer than those that slow an address down."""
    return dataclasses.replace(settings, lockout_failures=FAILURES)


@pytest.fixture
async def sunil(admin: httpx.AsyncClient) -> accounts.User:
    """A support agent."""
    return converted(await admin.post(f"{V1}/users", json=SUNIL | {"role": "support"}), accounts.User)


@pytest.fixture
async def signed_in(sunil: accounts.User, client_for: Clients) -> AsyncIterator[httpx.AsyncClient]:
    """Sunil's program."""
    async with client_for() as client:
        client.headers["User-Agent"] = "Sunil's tool"
        answer = await client.post(f"{V1}/login", json=SUNIL)
        client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"
        yield client


async def told(admin: httpx.AsyncClient, subject: str) -> list[dict[str, str]]:
    """What the audit says of somebody's sign-ins, oldest first."""
    answer = await admin.get(f"{V1}/audit", params={"kind": "sign_in", "subject": subject})
    return [each.after for each in reversed(converted(answer, views.paged(audit.Change)).items)]


async def listed(client: httpx.AsyncClient, path: str = "me/logins") -> list[logins.Login]:
    return list(converted(await client.get(f"{V1}/{path}"), views.paged(logins.Login)).items)


async def test_signing_in_and_out_and_in_vain_is_recorded(
    admin: httpx.AsyncClient, sunil: accounts.User, signed_in: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    problem(await anonymous.post(f"{V1}/login", json=SUNIL | {"password": WRONG}), 401)
    await signed_in.post(f"{V1}/logout")
    here = {"address": "127.0.0.1", "how": "password"}
    assert await told(admin, sunil.id) == [
        {"outcome": "accepted", **here},
        {"outcome": "refused", **here},
        {"outcome": "signed_out"},
    ]
    everything = (await admin.get(f"{V1}/audit?limit=500")).text
    assert not any(secret in everything for secret in (PASSWORD, WRONG, SUNIL["email"]))


async def test_of_an_email_that_nobody_has_only_the_attempt_is_recorded(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    problem(await anonymous.post(f"{V1}/login", json={"email": "my-password", "password": "x"}), 401)
    assert await told(admin, "unknown") == [{"outcome": "refused", "address": "127.0.0.1", "how": "password"}]
    assert "my-password" not in (await admin.get(f"{V1}/audit")).text


async def test_where_a_driver_is_is_not_kept_for_ever(admin: httpx.AsyncClient, driver: Driver) -> None:
    assert await told(admin, driver.id) == [{"outcome": "accepted", "how": "password"}]


async def test_too_many_wrong_passwords_lock_the_account_until_an_admin_unlocks_it(
    admin: httpx.AsyncClient, sunil: accounts.User, anonymous: httpx.AsyncClient, serving: server.Serving
) -> None:
    for _ in range(FAILURES - 1):
        problem(await anonymous.post(f"{V1}/login", json=SUNIL | {"password": WRONG}), 401, "wrong_password")
    last = problem(await anonymous.post(f"{V1}/login", json=SUNIL | {"password": WRONG}), 429, "locked_out")
    assert "locked until" in last["detail"]
    answer = await anonymous.post(f"{V1}/login", json=SUNIL)
    problem(answer, 429, "locked_out")
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
    assert [each["outcome"] for each in await told(admin, sunil.id)][-2:] == ["locked_out", "locked"]
    assert (await admin.delete(f"{V1}/users/{sunil.id}/lockout")).status_code == 204
    assert (await anonymous.post(f"{V1}/login", json=SUNIL)).status_code == 200
    assert [each["outcome"] for each in await told(admin, sunil.id)][-2:] == ["unlocked", "accepted"]


async def test_an_email_that_nobody_has_is_locked_out_alike(anonymous: httpx.AsyncClient, sunil: accounts.User) -> None:
    answers = [
        [(await anonymous.post(f"{V1}/login", json={"email": email, "password": WRONG})).status_code for _ in range(4)]
        for email in (sunil.email, "nobody@example.com")
    ]
    assert answers == [[401, 401, 429, 429]] * 2


async def test_what_failed_before_is_forgotten_when_one_signs_in(
    anonymous: httpx.AsyncClient, sunil: accounts.User
) -> None:
    for password in (WRONG, WRONG, PASSWORD, WRONG, WRONG):
        answer = await anonymous.post(f"{V1}/login", json=SUNIL | {"password": password})
        assert answer.status_code == (200 if password == PASSWORD else 401)


async def test_people_see_where_they_are_signed_in_and_end_it_there(
    signed_in: httpx.AsyncClient, admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, client_for: Clients
) -> None:
    [tool] = await listed(signed_in)
    assert (tool.address, tool.program, tool.current) == ("127.0.0.1", "Sunil's tool", True)
    token = (await anonymous.post(f"{V1}/login", json=SUNIL)).json()["token"]
    async with client_for(token) as other:
        assert [each.current for each in await listed(other) if each.id == tool.id] == [False]
        problem(await admin.delete(f"{V1}/me/logins/{tool.id}"), 404)
        assert (await other.delete(f"{V1}/me/logins/{tool.id}")).status_code == 204
        problem(await signed_in.get(f"{V1}/me"), 401)
        assert [each.current for each in await listed(other)] == [True]


async def test_an_admin_signs_somebody_out_everywhere(
    signed_in: httpx.AsyncClient, admin: httpx.AsyncClient, sunil: accounts.User
) -> None:
    [one] = await listed(admin, f"users/{sunil.id}/logins")
    assert (one.program, one.current) == ("Sunil's tool", False)
    assert (await admin.delete(f"{V1}/users/{sunil.id}/logins")).status_code == 204
    problem(await signed_in.get(f"{V1}/me"), 401)
    assert await listed(admin, f"users/{sunil.id}/logins") == []
    assert (await told(admin, sunil.id))[-1] == {"outcome": "revoked", "login": "all"}
    problem(await admin.get(f"{V1}/users/nobody/logins"), 404)
    problem(await admin.delete(f"{V1}/users/nobody/lockout"), 404)


async def test_a_key_has_no_logins(admin: httpx.AsyncClient, client_for: Clients) -> None:
    made = await admin.post(f"{V1}/api-keys", json={"name": "k", "role": "admin"})
    async with client_for(made.json()["key"]) as program:
        assert await listed(program) == []
    assert ADMIN not in made.text
