"""Signing in with a code besides the password: enrolling, the second step, guessing, losing the phone."""

import dataclasses
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from api import server, views
from api.resources import audit, logins
from api.resources import second_factors as answers
from csms import config, credentials
from csms.storage.reference import users
from tests.api import phone
from tests.api.answers import converted, problem
from tests.api.conftest import PASSWORD

V1 = "/api/v1"
FACTOR = f"{V1}/me/second-factor"
SUNIL = {"email": "sunil@example.com", "password": PASSWORD}
NEXT = "another horse battery staple"
FAILURES = 3

Clients = Callable[..., httpx.AsyncClient]


@pytest.fixture
def settings(settings: config.Settings) -> config.Settings:
    """Support has to have a second factor; some failures lock out."""
    return dataclasses.replace(settings, lockout_failures=FAILURES, require_second_factor=("support",))


@pytest.fixture(scope="module")
def stored() -> str:
    """The password as it is stored, hashed once: it is slow on purpose."""
    return credentials.hash_password(PASSWORD)


@pytest.fixture
async def sunil(serving: server.Serving, stored: str) -> users.User:
    """Somebody of operations, who need not have one."""
    return await serving.node.write(users.add, {"email": SUNIL["email"], "role": "operations"}, stored)


@pytest.fixture
async def signed_in(sunil: users.User, client_for: Clients) -> AsyncIterator[httpx.AsyncClient]:
    """Sunil, before he has a second factor."""
    async with client_for() as client:
        answer = await client.post(f"{V1}/login", json=SUNIL)
        client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"
        yield client


async def challenge(client: httpx.AsyncClient) -> str:
    """What the right password is answered."""
    asked = problem(await client.post(f"{V1}/login", json=SUNIL), 401, "second_factor_needed")
    assert "token" not in asked
    return str(asked["challenge"])


async def second_step(client: httpx.AsyncClient, code: str) -> httpx.Response:
    """Password and code."""
    return await client.post(f"{V1}/login/second-factor", json={"challenge": await challenge(client), "code": code})


async def told(admin: httpx.AsyncClient, kind: str, subject: str) -> list[dict[str, str]]:
    """What the audit says, oldest first."""
    answer = await admin.get(f"{V1}/audit", params={"kind": kind, "subject": subject})
    return [each.after for each in reversed(converted(answer, views.paged(audit.Change)).items)]


async def test_enrolling_takes_the_password_and_a_first_code(
    signed_in: httpx.AsyncClient, anonymous: httpx.AsyncClient, admin: httpx.AsyncClient, sunil: users.User
) -> None:
    problem(await signed_in.post(FACTOR, json={}), 403, "wrong_password")
    enrolment = converted(await signed_in.post(FACTOR, json={"password": PASSWORD}), answers.Enrolment)
    assert f"secret={enrolment.secret}" in enrolment.uri
    assert enrolment.qr_svg.startswith("<svg")
    assert (await anonymous.post(f"{V1}/login", json=SUNIL)).status_code == 200, "not before it is confirmed"
    app = phone.Phone(enrolment.secret)
    problem(await signed_in.post(f"{FACTOR}/confirm", json={"code": "0"}), 422, "wrong_code")
    codes = converted(await signed_in.post(f"{FACTOR}/confirm", json={"code": app.code()}), answers.RecoveryCodes)
    assert len(codes.recovery_codes) == 10
    problem(await signed_in.post(FACTOR, json={"password": PASSWORD}), 409)
    state = converted(await signed_in.get(FACTOR), answers.SecondFactor)
    assert (state.on, state.recovery_codes_left, state.required) == (True, 10, False)
    assert (await second_step(anonymous, app.code())).status_code == 200
    everything = (await admin.get(f"{V1}/audit?limit=500")).text
    assert not any(each in everything for each in (enrolment.secret, *codes.recovery_codes, PASSWORD))
    assert await told(admin, "second_factor", sunil.id) == [{"outcome": "on"}]


async def test_a_code_signs_in_once_and_so_does_a_recovery_code(
    sunil: users.User,
    serving: server.Serving,
    anonymous: httpx.AsyncClient,
    admin: httpx.AsyncClient,
    client_for: Clients,
) -> None:
    app, recovery = await phone.enrolled(serving, sunil.id)
    first = await challenge(anonymous)
    code = app.code()
    done = await anonymous.post(f"{V1}/login/second-factor", json={"challenge": first, "code": code})
    assert converted(done, views.Login).user.email == sunil.email
    problem(await second_step(anonymous, code), 401, "wrong_code")
    used_up = await anonymous.post(f"{V1}/login/second-factor", json={"challenge": first, "code": app.code()})
    problem(used_up, 401, "sign_in_expired")
    by_recovery = converted(await second_step(anonymous, recovery[0]), views.Login)
    problem(await second_step(anonymous, recovery[0]), 401, "wrong_code")
    async with client_for(by_recovery.token) as client:
        found = converted(await client.get(f"{V1}/me/logins"), views.paged(logins.Login)).items
        assert sorted(each.how for each in found) == ["code", "recovery_code"]
    outcomes = [(each["outcome"], each.get("how")) for each in await told(admin, "sign_in", sunil.id)]
    assert outcomes[:3] == [("code_asked", "password"), ("accepted", "code"), ("code_asked", "password")]
    assert ("refused", "code") in outcomes
    assert ("accepted", "recovery_code") in outcomes


async def test_wrong_codes_count_like_wrong_passwords(
    sunil: users.User, serving: server.Serving, anonymous: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    app, _ = await phone.enrolled(serving, sunil.id)
    for _ in range(FAILURES - 1):
        problem(await second_step(anonymous, "000000"), 401, "wrong_code")
    waiting = await challenge(anonymous)
    wrong = {"challenge": waiting, "code": "000000"}
    problem(await anonymous.post(f"{V1}/login/second-factor", json=wrong), 429, "locked_out")
    right = {"challenge": waiting, "code": app.code()}
    problem(await anonymous.post(f"{V1}/login/second-factor", json=right), 429, "locked_out")
    problem(await anonymous.post(f"{V1}/login", json=SUNIL), 429, "locked_out")
    assert [each["outcome"] for each in await told(admin, "sign_in", sunil.id)][-4:] == [
        *("refused", "locked_out", "locked", "locked")
    ]


async def test_it_is_switched_off_with_password_and_code(
    signed_in: httpx.AsyncClient, sunil: users.User, serving: server.Serving, anonymous: httpx.AsyncClient
) -> None:
    problem(await signed_in.post(f"{FACTOR}/off", json={"password": PASSWORD, "code": "000000"}), 404)
    app, recovery = await phone.enrolled(serving, sunil.id)
    token = converted(await second_step(anonymous, recovery[0]), views.Login).token
    signed_in.headers["Authorization"] = f"Bearer {token}"
    problem(await signed_in.post(f"{FACTOR}/off", json={"password": "wrong", "code": app.code()}), 403)
    problem(await signed_in.post(f"{FACTOR}/off", json={"password": PASSWORD, "code": "000000"}), 403, "wrong_code")
    off = await signed_in.post(f"{FACTOR}/off", json={"password": PASSWORD, "code": app.code()})
    assert off.status_code == 204
    assert (await anonymous.post(f"{V1}/login", json=SUNIL)).status_code == 200


async def test_an_admin_resets_what_was_lost(
    sunil: users.User, serving: server.Serving, anonymous: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    _, recovery = await phone.enrolled(serving, sunil.id)
    token = converted(await second_step(anonymous, recovery[0]), views.Login).token
    assert (await admin.delete(f"{V1}/users/{sunil.id}/second-factor")).status_code == 204
    problem(await anonymous.get(f"{V1}/me", headers={"Authorization": f"Bearer {token}"}), 401)
    assert (await anonymous.post(f"{V1}/login", json=SUNIL)).status_code == 200
    assert (await told(admin, "second_factor", sunil.id))[-1] == {"outcome": "reset"}
    problem(await admin.delete(f"{V1}/users/{sunil.id}/second-factor"), 404)
    me = (await admin.get(f"{V1}/me")).json()["id"]
    problem(await admin.delete(f"{V1}/users/{me}/second-factor"), 409)


async def test_a_role_that_has_to_have_one_may_only_enrol_but_its_keys_are_not_asked(
    anonymous: httpx.AsyncClient, admin: httpx.AsyncClient, client_for: Clients, serving: server.Serving, stored: str
) -> None:
    await serving.node.write(users.add, {"email": SUNIL["email"], "role": "support"}, stored)
    login = converted(await anonymous.post(f"{V1}/login", json=SUNIL), views.Login)
    assert login.user.must_enrol
    async with client_for(login.token) as client:
        for path in ("chargers", "me/logins", "events"):
            problem(await client.get(f"{V1}/{path}"), 403, "must_enrol")
        problem(await client.get("/"), 403, "must_enrol")
        assert (await client.get("/health/live")).status_code == 200
        problem(await client.post(f"{V1}/me/password", json={"password": PASSWORD, "new_password": NEXT}), 403)
        enrolment = converted(await client.post(FACTOR, json={"password": PASSWORD}), answers.Enrolment)
        code = phone.Phone(enrolment.secret).code()
        assert (await client.post(f"{FACTOR}/confirm", json={"code": code})).status_code == 200
        assert (await client.get(f"{V1}/chargers")).status_code == 200
    made = await admin.post(f"{V1}/api-keys", json={"name": "k", "role": "support"})
    async with client_for(made.json()["key"]) as program:
        assert not converted(await program.get(FACTOR), answers.SecondFactor).required
        problem(await program.post(FACTOR, json={}), 409, "not_a_person")
        assert (await program.get(f"{V1}/chargers")).status_code == 200


async def test_changing_the_password_ends_every_login_and_makes_another(
    signed_in: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    change = {"password": "wrong", "new_password": NEXT}
    problem(await signed_in.post(f"{V1}/me/password", json=change), 403, "wrong_password")
    change["password"] = PASSWORD
    made = converted(await signed_in.post(f"{V1}/me/password", json=change), views.Login)
    problem(await signed_in.get(f"{V1}/me"), 401)
    signed_in.headers["Authorization"] = f"Bearer {made.token}"
    assert (await signed_in.get(f"{V1}/me")).status_code == 200
    problem(await anonymous.post(f"{V1}/login", json=SUNIL), 401)
    assert (await anonymous.post(f"{V1}/login", json=SUNIL | {"password": NEXT})).status_code == 200


class TestImpatient:
    """Where as many failures lock out as slow an address down."""

    @pytest.fixture
    def settings(self, settings: config.Settings) -> config.Settings:
        return dataclasses.replace(settings, lockout_failures=5)

    async def test_whoever_is_locked_out_and_slowed_down_gets_in_with_a_new_password(
        self, sunil: users.User, anonymous: httpx.AsyncClient, admin: httpx.AsyncClient
    ) -> None:
        for _ in range(5):
            await anonymous.post(f"{V1}/login", json=SUNIL | {"password": "wrong"})
        problem(await anonymous.post(f"{V1}/login", json=SUNIL), 429, "too_many_attempts")
        await admin.patch(f"{V1}/users/{sunil.id}", json={"password": NEXT})
        assert (await anonymous.post(f"{V1}/login", json=SUNIL | {"password": NEXT})).status_code == 200
