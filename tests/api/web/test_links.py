"""Mailed links as a browser meets them: opened by scanners and people, used by a form, explained when they are over."""

import base64
import re
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from api import auth, server
from api.web import rendering
from csms import config
from csms.storage.reference import users
from tests.api import phone
from tests.api.conftest import ADMIN
from tests.api.mailbox import Mailbox, mailbox, reached

__all__ = ["mailbox"]

HTML = {"Accept": "text/html,*/*"}
NEW = "staple battery horse correct"


@pytest.fixture
def settings(settings: config.Settings, mailbox: Mailbox) -> config.Settings:
    return reached(settings, mailbox)


@pytest.fixture
async def browser(client_for: Callable[..., httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(follow_redirects=True) as client:
        client.headers.update({**HTML, "Origin": str(client.base_url).rstrip("/")})
        yield client


async def test_a_page_shows_no_notice_that_is_none(browser: httpx.AsyncClient) -> None:
    deep, surrogate = b"[" * 6000, b'{"tone":"bad","text":"\\ud800"}'
    for value in (
        deep,
        b'{"tone":' * 3000,
        surrogate,
        b'{"text":"x"}',
        b'{"tone":"bad","text":1}',
        b"\xff",
        b"1" * 5000,
    ):
        browser.headers["Cookie"] = f"{rendering.NOTICE}={base64.urlsafe_b64encode(value).decode()}"
        page = await browser.get("/forgot-password")
        assert (page.status_code, 'class="notice' in page.text) == (200, False)


async def test_from_the_forgotten_password_to_the_overview(browser: httpx.AsyncClient, mailbox: Mailbox) -> None:
    assert 'href="/forgot-password"' in (await browser.get("/")).text
    assert 'name="email"' in (await browser.get("/forgot-password")).text
    pages = [await browser.post("/forgot-password", data={"email": email}) for email in (ADMIN, "x@example.com")]
    assert pages[0].text.replace(ADMIN, "") == pages[1].text.replace("x@example.com", "")
    token = await mailbox.token(ADMIN)

    for _ in range(2):
        page = await browser.get("/link", params={"token": token})
        assert (page.status_code, page.headers["referrer-policy"], page.headers["cache-control"]) == (
            200,
            "strict-origin",
            "no-store",
        )
        assert ADMIN in page.text and 'autocomplete="new-password"' in page.text
        assert not re.findall(r'(?:href|src|action)="[^"]*' + re.escape(token), page.text), (
            "nowhere but in the form's body"
        )

    form = {"token": token, "password": NEW}
    elsewhere = await browser.post("/link", data=form, headers={"Origin": "https://evil.example"})
    assert elsewhere.status_code == 403
    short = await browser.post("/link", data=form | {"password": "short"})
    assert (short.status_code, token in short.text, "at least 10" in short.text) == (422, True, True)
    inside = await browser.post("/link", data=form)
    assert "you are signed in" in inside.text and "Overview" in inside.text
    assert auth.COOKIE in browser.cookies and inside.url.path == "/"
    over = await browser.post("/link", data=form)
    assert (over.status_code, "used already" in over.text) == (410, True)
    for wrong in (token[:-1], ""):
        over = await browser.get("/link", params={"token": wrong})
        assert (over.status_code, "not one of ours" in over.text) == (410, True)


async def test_a_driver_makes_an_account(browser: httpx.AsyncClient, mailbox: Mailbox, serving: server.Serving) -> None:
    form = {"email": "dina@example.com", "name": "Dina", "language": "hi"}
    refused = await browser.post("/register", data=form | {"email": "no address"})
    assert (refused.status_code, "email address such as" in refused.text, "Dina" in refused.text) == (422, True, True)
    assert "mailbox" in (await browser.post("/register", data=form)).text
    page = await browser.get("/link", params={"token": await mailbox.token("dina@example.com")})
    assert "Welcome" in page.text
    [token] = re.findall(r'name="token" value="([^"]+)"', page.text)
    inside = await browser.post("/link", data={"token": token, "password": NEW})
    assert "you are signed in" in inside.text

    moved = {"email": "dina@example.org", "password": "wrong"}
    assert "present password" in (await browser.post("/account/email", data=moved)).text
    assert (
        "on its way to dina@example.org" in (await browser.post("/account/email", data=moved | {"password": NEW})).text
    )
    token = await mailbox.token("dina@example.org")
    page = await browser.get("/link", params={"token": token})
    assert "sign in with from now on" in page.text and 'type="password"' not in page.text
    assert "Your address is dina@example.org" in (await browser.post("/link", data={"token": token})).text

    dina = await serving.node.read(users.find, "dina@example.org")
    assert (await mailbox.mail())["To"] == "dina@example.com" and dina is not None
    await phone.enrolled(serving, dina.id)
    await browser.post("/forgot-password", data={"email": "dina@example.org"})
    link = {"token": await mailbox.token("dina@example.org"), "password": NEW}
    assert 'name="challenge"' in (await browser.post("/link", data=link)).text, "the second step is still asked for"
