"""Invitations from the admin's request to the first login, and what became of those that nobody took up."""

from typing import Any

import httpx
import pytest

from api import server, views
from api.resources import audit, invitations
from csms import config
from tests.api.answers import converted, problem
from tests.api.conftest import PASSWORD
from tests.api.mailbox import Mailbox, mailbox, reached, text_of

__all__ = ["mailbox"]

V1 = "/api/v1"
ASHA = {"email": "asha@example.com", "role": "support", "name": "Asha"}


@pytest.fixture
def settings(settings: config.Settings, mailbox: Mailbox) -> config.Settings:
    return reached(settings, mailbox)


async def invited(admin: httpx.AsyncClient, **changes: Any) -> invitations.Invitation:
    answer = await admin.post(f"{V1}/invitations", json={**ASHA, **changes})
    assert answer.status_code == 201, answer.text
    return converted(answer, invitations.Invitation)


async def listed(admin: httpx.AsyncClient) -> list[invitations.Invitation]:
    return list(converted(await admin.get(f"{V1}/invitations"), views.paged(invitations.Invitation)).items)


async def test_an_invitation_becomes_a_person_who_is_signed_in(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    made = await invited(admin)
    assert (made.status, made.email, made.invited_by) == (
        "open",
        ASHA["email"],
        (await admin.get(f"{V1}/me")).json()["id"],
    )
    assert await listed(admin) == [made]
    token = await mailbox.token(ASHA["email"])
    problem(await anonymous.post(f"{V1}/links", json={"token": token}), 422, "password_needed")
    problem(await anonymous.post(f"{V1}/links", json={"token": token, "password": "short"}), 400)
    opened = (await anonymous.post(f"{V1}/links", json={"token": token, "password": PASSWORD})).json()
    assert (opened["purpose"], opened["login"]["user"]["role"]) == ("invitation", "support")
    signed_in = {"Authorization": f"Bearer {opened['login']['token']}"}
    assert (await anonymous.get(f"{V1}/me", headers=signed_in)).json()["email"] == ASHA["email"]
    assert await listed(admin) == []
    again = await anonymous.post(f"{V1}/links", json={"token": token, "password": PASSWORD})
    assert "used already" in problem(again, 410, "link_over")["detail"]
    problem(await admin.post(f"{V1}/invitations", json=ASHA), 409, "already_exists")


async def test_a_scope_goes_with_it(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, mailbox: Mailbox) -> None:
    await admin.post(f"{V1}/networks", json={"id": "west", "name": "West"})
    await invited(admin, scope={"network_ids": ["west"]}, language="de")
    mail = await mailbox.mail()
    assert "Wählen Sie" in text_of(mail)
    token = text_of(mail).partition("token=")[2].split()[0]
    opened = await anonymous.post(f"{V1}/links", json={"token": token, "password": PASSWORD})
    assert opened.json()["login"]["user"]["scope"] == {"station_ids": [], "network_ids": ["west"]}


async def test_it_is_sent_again_with_another_link_and_taken_back(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    made = await invited(admin)
    first = await mailbox.token(ASHA["email"])
    again = converted(await admin.post(f"{V1}/invitations/{made.id}/resend"), invitations.Invitation)
    assert again.id == made.id and again.expires_at >= made.expires_at
    second = await mailbox.token(ASHA["email"])
    old = await anonymous.post(f"{V1}/links", json={"token": first, "password": PASSWORD})
    assert "newest mail" in problem(old, 410)["detail"]
    assert (await admin.delete(f"{V1}/invitations/{made.id}")).status_code == 204
    gone = await anonymous.post(f"{V1}/links", json={"token": second, "password": PASSWORD})
    assert "taken back" in problem(gone, 410)["detail"]
    problem(await admin.delete(f"{V1}/invitations/{made.id}"), 404)
    problem(await admin.post(f"{V1}/invitations/{made.id}/resend"), 404)


async def test_neither_answers_nor_audit_nor_log_have_the_link(
    admin: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    mailbox: Mailbox,
    serving: server.Serving,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level("DEBUG"):
        made = await invited(admin)
        token = await mailbox.token(ASHA["email"])
        await anonymous.get("/link", params={"token": token})
        await anonymous.post(f"{V1}/links", json={"token": token, "password": PASSWORD})
    told = (await admin.get(f"{V1}/audit?limit=500")).text
    changes = converted(await admin.get(f"{V1}/audit", params={"subject": made.id}), views.paged(audit.Change)).items
    assert [each.after["outcome"] for each in changes] == ["accepted", "sent"]
    assert not any(secret in told for secret in (token, PASSWORD, ASHA["email"]))
    ours = [each.getMessage() for each in caplog.records if not each.name.startswith(("httpx", "httpcore"))]
    assert ours and not any(token in each for each in ours)
    rows = await serving.node.read(lambda conn: [*conn.execute("SELECT * FROM mails"), *_links(conn)])
    assert token not in str(rows), "what was sent is not kept"


def _links(conn: Any) -> list[Any]:
    return list(conn.execute("SELECT * FROM one_time_links"))
