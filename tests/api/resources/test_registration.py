"""Drivers who make their accounts themselves: confirmed by mail, with a token for the app, with nothing of others."""

import dataclasses

import httpx
import trio

from api import server
from csms import config
from csms.config import kinds
from csms.storage.reference import users
from tests.api.answers import problem
from tests.api.conftest import ADMIN, PASSWORD
from tests.api.mailbox import Mailbox, mailbox, reached, text_of

__all__ = ["mailbox"]

V1 = "/api/v1"
DINA = {"email": "dina@example.com", "name": "Dina", "language": "de"}


async def test_who_registers_charges_and_keeps_what_is_their_own(
    settings: config.Settings, mailbox: Mailbox, nursery: trio.Nursery
) -> None:
    serving: server.Serving = await nursery.start(server.serve, reached(settings, mailbox))
    async with httpx.AsyncClient(base_url=serving.http, timeout=30, verify=False) as client:
        answer = await client.post(f"{V1}/drivers/register", json=DINA)
        assert answer.status_code == 202
        token = await mailbox.token(DINA["email"])
        assert await serving.node.read(users.find, DINA["email"]) is None, (
            "nobody is there before the address is confirmed"
        )
        again = await client.post(f"{V1}/drivers/register", json={"email": ADMIN})
        assert again.content == answer.content
        told = await mailbox.mail()
        assert told["To"] == ADMIN and "have an account" in text_of(told)

        opened = (await client.post(f"{V1}/links", json={"token": token, "password": PASSWORD})).json()
        client.headers["Authorization"] = f"Bearer {opened['login']['token']}"
        assert opened["login"]["user"]["role"] == "driver"
        (issued,) = (await client.get(f"{V1}/tokens")).json()["items"]
        assert (issued["type"], issued["driver_id"]) == ("Central", opened["login"]["user"]["id"])
        own = {"vehicles": [{"plate": "B-EV 1"}], "language": "hi"}
        assert (await client.patch(f"{V1}/me/driver", json=own)).json()["language"] == "hi"
        assert (await client.get(f"{V1}/sessions")).json()["items"] == []
        problem(await client.get(f"{V1}/chargers"), 403)

        moved = {"email": "dina@example.org", "password": "wrong password"}
        problem(await client.post(f"{V1}/me/email", json=moved), 403, "wrong_password")
        assert (await client.post(f"{V1}/me/email", json=moved | {"password": PASSWORD})).status_code == 202
        token = await mailbox.token("dina@example.org")
        assert (await client.get(f"{V1}/me")).json()["email"] == DINA["email"]
        confirmed = (await client.post(f"{V1}/links", json={"token": token})).json()
        assert confirmed == {"purpose": "address", "email": "dina@example.org", "login": None}
        assert (await client.get(f"{V1}/me")).json()["email"] == "dina@example.org"
        assert (await mailbox.mail())["To"] == DINA["email"], "the old address hears of it"
    nursery.cancel_scope.cancel()


async def test_where_the_staff_makes_accounts_and_no_mail_leaves_both_are_said(
    settings: config.Settings, nursery: trio.Nursery
) -> None:
    closed = dataclasses.replace(settings, driver_registration=kinds.Registration.CLOSED)
    serving: server.Serving = await nursery.start(server.serve, closed)
    async with httpx.AsyncClient(base_url=serving.http, timeout=30, verify=False) as client:
        problem(await client.post(f"{V1}/drivers/register", json=DINA), 403, "registration_closed")
        assert "/register" not in (await client.get("/", headers={"Accept": "text/html"})).text
        told = problem(await client.post(f"{V1}/password-reset", json={"email": ADMIN}), 409, "no_mail")
        assert "CSMS_SMTP_URL" in told["detail"]
        login = (await client.post(f"{V1}/login", json={"email": ADMIN, "password": PASSWORD})).json()
        invited = {"email": "asha@example.com", "role": "support"}
        headers = {"Authorization": f"Bearer {login['token']}"}
        problem(await client.post(f"{V1}/invitations", json=invited, headers=headers), 409, "no_mail")
    nursery.cancel_scope.cancel()
