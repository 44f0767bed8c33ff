"""Signing in and out, users and API keys: secrets are shown once, and what is revoked stops at once."""

from collections.abc import Callable

import httpx

from api import server, views
from api.resources import accounts
from tests.api.answers import converted, problem
from tests.api.conftest import ADMIN, PASSWORD

Clients = Callable[..., httpx.AsyncClient]
LOGIN = "/api/v1/login"


async def test_a_login_gives_a_token_its_end_and_who_it_is(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.post(LOGIN, json={"email": ADMIN.upper(), "password": PASSWORD})
    login = converted(answer, views.Login)
    assert (login.user.email, login.user.role) == (ADMIN, "admin")
    assert "set-cookie" not in answer.headers


async def test_wrong_password_and_unknown_email_answer_alike(anonymous: httpx.AsyncClient) -> None:
    wrong = problem(await anonymous.post(LOGIN, json={"email": ADMIN, "password": "wrong"}), 401, "wrong_password")
    nobody = problem(await anonymous.post(LOGIN, json={"email": "no@body.com", "password": "wrong"}), 401)
    assert wrong == nobody


async def test_guessing_is_slowed_down_even_with_the_right_password_at_last(anonymous: httpx.AsyncClient) -> None:
    for _ in range(5):
        await anonymous.post(LOGIN, json={"email": ADMIN, "password": "wrong"})
    answer = await anonymous.post(LOGIN, json={"email": ADMIN, "password": PASSWORD})
    problem(answer, 429, "too_many_attempts")
    assert int(answer.headers["Retry-After"]) > 0


async def test_after_logging_out_the_token_is_worth_nothing(admin: httpx.AsyncClient) -> None:
    assert (await admin.post("/api/v1/logout")).status_code == 204
    problem(await admin.get("/api/v1/me"), 401, "not_signed_in")


async def test_a_made_up_token_is_refused(client_for: Clients) -> None:
    async with client_for("made-up") as client:
        answer = await client.get("/api/v1/me")
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_me_tells_who_calls(admin: httpx.AsyncClient) -> None:
    me = converted(await admin.get("/api/v1/me"), views.Me)
    assert (me.email, me.role, me.kind, me.scope) == (ADMIN, "admin", "user", None)


async def test_a_key_is_shown_once_and_works_until_it_is_deleted(admin: httpx.AsyncClient, client_for: Clients) -> None:
    answer = await admin.post("/api/v1/api-keys", json={"name": "Reports", "role": "finance"})
    assert answer.status_code == 201
    made = converted(answer, accounts.CreatedKey)
    listed = converted(await admin.get("/api/v1/api-keys"), views.paged(accounts.Key))
    assert [key.id for key in listed.items] == [made.id]
    async with client_for(made.key) as program:
        assert (await program.get("/api/v1/me")).json()["role"] == "finance"
        assert (await admin.delete(f"/api/v1/api-keys/{made.id}")).status_code == 204
        problem(await program.get("/api/v1/me"), 401)
    problem(await admin.delete(f"/api/v1/api-keys/{made.id}"), 404)


async def test_a_key_for_a_station_that_is_not_there_is_refused(admin: httpx.AsyncClient) -> None:
    body = {"name": "k", "role": "support", "scope": {"station_ids": ["nowhere"]}}
    assert "nowhere" in problem(await admin.post("/api/v1/api-keys", json=body), 422, "invalid")["detail"]


async def test_repeating_the_making_of_a_key_makes_one_and_does_not_show_it_again(admin: httpx.AsyncClient) -> None:
    body, headers = {"name": "Reports", "role": "finance"}, {"Idempotency-Key": "k"}
    first = (await admin.post("/api/v1/api-keys", json=body, headers=headers)).json()
    again = await admin.post("/api/v1/api-keys", json=body, headers=headers)
    assert again.status_code == 201
    assert again.json() == first | {"key": None}
    assert len((await admin.get("/api/v1/api-keys")).json()["items"]) == 1


async def test_the_same_idempotency_key_for_something_else_is_refused(admin: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k"}
    await admin.post("/api/v1/api-keys", json={"name": "A", "role": "finance"}, headers=headers)
    other = await admin.post("/api/v1/api-keys", json={"name": "B", "role": "finance"}, headers=headers)
    problem(other, 422)


async def test_a_user_can_be_added_found_and_disabled(admin: httpx.AsyncClient, client_for: Clients) -> None:
    body = {"email": "op@example.com", "role": "operations", "name": "Op", "password": PASSWORD}
    added = converted(await admin.post("/api/v1/users", json=body), accounts.User)
    async with client_for() as person:
        token = (await person.post(LOGIN, json={"email": "op@example.com", "password": PASSWORD})).json()["token"]
        person.headers["Authorization"] = f"Bearer {token}"
        assert (await person.get("/api/v1/me")).json()["id"] == added.id
        await admin.patch(f"/api/v1/users/{added.id}", json={"disabled": True})
        problem(await person.get("/api/v1/me"), 401)
        problem(await person.post(LOGIN, json={"email": "op@example.com", "password": PASSWORD}), 401)


async def test_no_answer_ever_holds_a_password(admin: httpx.AsyncClient) -> None:
    await admin.post("/api/v1/users", json={"email": "a@example.com", "role": "support", "password": PASSWORD})
    text = (await admin.get("/api/v1/users")).text
    assert "password" not in text
    assert "argon2" not in text


async def test_an_address_that_is_taken_is_409_and_a_short_password_is_refused(admin: httpx.AsyncClient) -> None:
    problem(await admin.post("/api/v1/users", json={"email": ADMIN, "role": "support"}), 409, "already_exists")
    short = {"email": "b@example.com", "role": "support", "password": "short"}
    problem(await admin.post("/api/v1/users", json=short), 400, "invalid_request")


async def test_a_change_that_somebody_else_made_first_is_412(admin: httpx.AsyncClient) -> None:
    user_id = (await admin.get("/api/v1/me")).json()["id"]
    tag = (await admin.get(f"/api/v1/users/{user_id}")).headers["ETag"]
    changed = await admin.patch(f"/api/v1/users/{user_id}", json={"name": "A"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    late = await admin.patch(f"/api/v1/users/{user_id}", json={"name": "B"}, headers={"If-Match": tag})
    problem(late, 412, "changed_meanwhile")
    for never_ours in ("x", '"x"', "9" * 5000):
        other = await admin.patch(f"/api/v1/users/{user_id}", json={"name": "B"}, headers={"If-Match": never_ours})
        problem(other, 412, "changed_meanwhile")


async def test_the_last_admin_cannot_be_disabled(admin: httpx.AsyncClient) -> None:
    user_id = (await admin.get("/api/v1/me")).json()["id"]
    problem(await admin.patch(f"/api/v1/users/{user_id}", json={"disabled": True}), 422)


async def test_the_first_admin_comes_from_the_settings(serving: server.Serving) -> None:
    assert serving.admin == server.FirstAdmin(ADMIN, None)
