"""A person's own page and the second step of the sign-in form, as a browser meets them."""

import dataclasses
import re
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from api import auth, server
from csms import config
from csms.storage.reference import users
from tests.api import phone
from tests.api.conftest import ADMIN, PASSWORD

HTML = {"Accept": "text/html,*/*"}
FORM = {"email": ADMIN, "password": PASSWORD, "next": "/account"}
NEXT = "another horse battery staple"


@pytest.fixture
async def browser(client_for: Callable[..., httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that nobody has signed in with yet."""
    async with client_for(follow_redirects=True) as client:
        client.headers.update({**HTML, "Origin": str(client.base_url).rstrip("/")})
        yield client


async def user_id(serving: server.Serving) -> str:
    """The administrator's."""
    found = await serving.node.read(users.find, ADMIN)
    assert found is not None
    return found.id


def hidden(page: str, name: str) -> str:
    [value] = re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    return str(value)


async def test_a_second_factor_is_set_up_used_and_switched_off(browser: httpx.AsyncClient) -> None:
    assert "Second factor" in (await browser.post("/login", data=FORM)).text
    assert (await browser.post("/account/second-factor", data={"password": "wrong"})).status_code == 403
    page = (await browser.post("/account/second-factor", data={"password": PASSWORD})).text
    assert "<svg" in page
    assert not re.findall(r"\sstyle=", page), "the policy of the pages allows none"
    [secret] = re.findall(r'<code class="key">(\w+)</code>', page)
    app = phone.Phone(secret)
    again = await browser.post("/account/second-factor/confirm", data={"code": "0"})
    assert (again.status_code, secret in again.text) == (422, True)
    done = (await browser.post("/account/second-factor/confirm", data={"code": app.code()})).text
    recovery = re.findall(r"<li><code>([a-z2-7-]+)</code></li>", done)
    assert len(recovery) == 10
    assert "10 recovery codes are left" in (await browser.get("/account")).text
    await browser.post("/logout")
    asked = (await browser.post("/login", data=FORM)).text
    second = {"challenge": hidden(asked, "challenge"), "next": hidden(asked, "next")}
    wrong = await browser.post("/login/code", data=second | {"code": "000000"})
    assert (wrong.status_code, hidden(wrong.text, "challenge")) == (401, second["challenge"])
    inside = await browser.post("/login/code", data=second | {"code": app.code()})
    assert inside.url.path == "/account"
    assert "password and code" in inside.text
    late = await browser.post("/login/code", data=second | {"code": app.code()})
    assert 'type="password"' in late.text
    assert "sign in again" in late.text
    off = {"password": PASSWORD, "code": recovery[0]}
    assert "asks for no code" in (await browser.post("/account/second-factor/off", data=off)).text
    assert (await browser.post("/account/second-factor/off", data=off)).status_code == 404


async def test_one_ends_a_login_elsewhere_and_a_new_password_all_of_them(
    browser: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    page = (await browser.post("/login", data=FORM)).text
    assert "Here" in page
    [elsewhere] = re.findall(r'action="(/account/logins/[^"]+/end)"', page)
    assert "It is signed out there." in (await browser.post(elsewhere)).text
    assert (await admin.get("/api/v1/me")).status_code == 401
    assert "ended already" in (await browser.post(elsewhere)).text
    for old, new, status in (("wrong", NEXT, 403), (PASSWORD, "short", 422)):
        answer = await browser.post("/account/password", data={"password": old, "new_password": new})
        assert answer.status_code == status
    before = browser.cookies[auth.COOKIE]
    changed = await browser.post("/account/password", data={"password": PASSWORD, "new_password": NEXT})
    assert "Your password is changed." in changed.text, "the browser stays signed in"
    assert (await admin.get("/api/v1/me", headers={"Authorization": f"Bearer {before}"})).status_code == 401
    for path in ("/account/password", "/account/second-factor", "/login/code"):
        answer = await browser.post(path, data=FORM, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403, "not from another site"


class TestRequired:
    """An administrator who has to have one."""

    @pytest.fixture
    def settings(self, settings: config.Settings) -> config.Settings:
        return dataclasses.replace(settings, require_second_factor=("admin",))

    async def test_every_page_leads_to_the_account(self, browser: httpx.AsyncClient, serving: server.Serving) -> None:
        page = await browser.post("/login", data=FORM | {"next": "/chargers/CP-01"})
        assert page.url.path == "/account"
        assert "Your role has to have one" in page.text
        assert "Present password" not in page.text
        assert (await browser.get("/")).url.path == "/account"
        enrolled, _ = await phone.enrolled(serving, await user_id(serving))
        asked = (await browser.post("/login", data=FORM)).text
        form = {"challenge": hidden(asked, "challenge"), "code": enrolled.code(), "next": "/"}
        assert "Overview" in (await browser.post("/login/code", data=form)).text
