"""A forgotten password: the mail, the link, the second step; and that nobody learns who has an account."""

import dataclasses

import httpx
import pytest

from api import asking, server
from csms import config
from csms.storage.reference import users
from tests.api import phone
from tests.api.answers import problem
from tests.api.conftest import ADMIN, PASSWORD
from tests.api.mailbox import Mailbox, mailbox, reached

__all__ = ["mailbox"]

V1 = "/api/v1"
NEW = "staple battery horse correct"


@pytest.fixture
def settings(settings: config.Settings, mailbox: Mailbox) -> config.Settings:
    return dataclasses.replace(reached(settings, mailbox), lockout_failures=2)


async def ask(client: httpx.AsyncClient, email: str = ADMIN) -> httpx.Response:
    return await client.post(f"{V1}/password-reset", json={"email": email})


async def test_a_link_sets_the_password_unlocks_and_ends_all_other_logins(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    old, new = {"email": ADMIN, "password": PASSWORD}, {"email": ADMIN, "password": NEW}
    assert [(await anonymous.post(f"{V1}/login", json=new)).status_code for _ in range(3)][-1] == 429, "locked out"
    assert (await ask(anonymous)).status_code == 202
    token = await mailbox.token(ADMIN)
    opened = await anonymous.post(f"{V1}/links", json={"token": token, "password": NEW})
    assert opened.json()["login"]["user"]["email"] == ADMIN
    problem(await admin.get(f"{V1}/me"), 401)
    assert (await anonymous.post(f"{V1}/login", json=new)).status_code == 200
    problem(await anonymous.post(f"{V1}/login", json=old), 401)
    problem(await anonymous.post(f"{V1}/links", json={"token": token, "password": NEW}), 410)


async def test_a_second_factor_is_still_asked_for(
    serving: server.Serving, anonymous: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    admin = await serving.node.read(users.find, ADMIN)
    assert admin is not None
    app, _ = await phone.enrolled(serving, admin.id)
    await ask(anonymous)
    link = {"token": await mailbox.token(ADMIN), "password": NEW}
    half = problem(await anonymous.post(f"{V1}/links", json=link), 401, "second_factor_needed")
    step = {"challenge": half["challenge"], "code": app.code()}
    whole = await anonymous.post(f"{V1}/login/second-factor", json=step)
    assert whole.json()["user"]["email"] == ADMIN


async def test_nobody_learns_who_has_an_account(
    anonymous: httpx.AsyncClient, serving: server.Serving, mailbox: Mailbox
) -> None:
    known, unknown = await ask(anonymous), await ask(anonymous, "nobody@example.com")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    problem(await ask(anonymous, "no address@example.com"), 400)
    await mailbox.token(ADMIN)
    for email in (ADMIN, "nobody@example.com"):
        answers = [await ask(anonymous, email) for _ in range(asking.EACH)]
        refused = problem(answers[-1], 429, "too_many_requests")
        assert "minutes" in refused["detail"] and int(answers[-1].headers["retry-after"]) > 0
    for _ in range(asking.EACH - 1):
        await mailbox.token(ADMIN)
    left = await serving.node.read(lambda conn: conn.execute("SELECT count(*) FROM link_requests").fetchone())
    assert (left, len(mailbox)) == ((0,), asking.EACH)
    for number in range(asking.FROM_ONE - 2 * asking.EACH):
        assert (await ask(anonymous, f"{number}@example.com")).status_code == 202
    problem(await ask(anonymous, "one-more@example.com"), 429)
