"""Signing in at a provider of identities as a browser does it, against a real provider and a real server."""

import dataclasses
import html
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from api import server, views
from api.resources import audit
from csms import config
from csms.domain.identity import Meaning
from csms.storage.reference import users
from tests import identity_provider
from tests.api import phone
from tests.api.answers import converted
from tests.api.conftest import ADMIN
from tests.identity_provider import CLIENT, KEY, OTHER_KEY, SECRET, IdentityProvider

STRONG = {"groups": ["desk"], "amr": ["mfa"]}


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider.running() as running:
        yield running


@pytest.fixture
def settings(settings: config.Settings, provider: IdentityProvider) -> config.Settings:
    """New people of example.com are support, who have to have two factors."""
    return dataclasses.replace(
        settings,
        openid_issuer=provider.issuer,
        openid_client_id=CLIENT,
        openid_client_secret=SECRET,
        openid_name="Example Ltd",
        openid_roles=(Meaning("admins", "admin"), Meaning("desk", "support")),
        openid_new_users=("example.com",),
        call_hosts=("127.0.0.1",),
        require_second_factor=("support",),
    )


@pytest.fixture
async def browser(client_for: Callable[..., httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for() as client:
        client.headers["Accept"] = "text/html"
        yield client


async def back(browser: httpx.AsyncClient, provider: IdentityProvider, next: str = "/") -> str:
    """From the button to the provider, and the way back that it names."""
    start = await browser.get("/openid/start", params={"next": next})
    assert start.status_code == 303
    return provider.authorize(start.headers["location"])


async def told(admin: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    answer = await admin.get("/api/v1/audit", params={"kind": "sign_in"} | query)
    return [each.after for each in converted(answer, views.paged(audit.Change)).items]


def refusal(answer: httpx.Response, status: int = 401) -> str:
    """What the form says to somebody who is not let in."""
    assert answer.status_code == status
    assert "csms_session" not in answer.cookies
    page = html.unescape(answer.text)
    assert 'type="password"' in page
    return page


async def test_the_button_leads_in_and_on_to_the_page_that_was_wanted(
    browser: httpx.AsyncClient, provider: IdentityProvider, admin: httpx.AsyncClient, serving: server.Serving
) -> None:
    form = (await browser.get("/chargers/CP-01")).text
    assert 'href="/openid/start?next=/chargers/CP-01">Sign in with Example Ltd' in form
    provider.claims = STRONG
    led_away = await browser.get(await back(browser, provider, "https://evil.example"))
    assert led_away.headers["location"] == "/", "nobody leads anybody away from this site"
    inside = await browser.get(await back(browser, provider, "/account"))
    assert (inside.status_code, inside.headers["location"]) == (303, "/account")
    page = (await browser.get("/account")).text
    assert "Asha Rao" in page
    assert "organisation, two factors" in page
    assert "You sign in at your organisation" in page
    user = await serving.node.read(users.find, "asha@example.com")
    assert user is not None
    here = {"outcome": "accepted", "how": "openid_strong", "address": "127.0.0.1"}
    assert await told(admin, subject=user.id) == [here, here]
    made = await admin.get("/api/v1/audit", params={"subject": user.id, "by": "openid"})
    assert [each["kind"] for each in made.json()["items"]] == ["identity", "user"]


async def test_a_provider_that_asked_for_one_factor_is_not_enough_for_who_has_to_have_two(
    browser: httpx.AsyncClient, provider: IdentityProvider
) -> None:
    provider.claims = {"groups": ["desk"], "amr": ["pwd"]}
    await browser.get(await back(browser, provider))
    assert (await browser.get("/")).headers["location"] == "/account"
    origin = {"Origin": str(browser.base_url).rstrip("/")}
    page = await browser.post("/account/second-factor", headers=origin)
    assert "<svg" in page.text, "nobody without a password is asked for one"


async def test_who_has_a_second_factor_here_is_asked_unless_the_provider_did(
    browser: httpx.AsyncClient, provider: IdentityProvider, serving: server.Serving, admin: httpx.AsyncClient
) -> None:
    me = (await admin.get("/api/v1/me")).json()["id"]
    await phone.enrolled(serving, me)
    provider.claims = {"email": ADMIN, "groups": ["admins"]}
    weak = await browser.get(await back(browser, provider))
    assert weak.status_code == 200
    assert 'name="challenge"' in weak.text
    provider.claims |= {"amr": ["pwd", "otp"]}
    assert (await browser.get(await back(browser, provider))).status_code == 303


async def test_a_state_is_good_once_in_one_browser(
    browser: httpx.AsyncClient,
    provider: IdentityProvider,
    client_for: Callable[..., httpx.AsyncClient],
) -> None:
    provider.claims = STRONG
    way = await back(browser, provider)
    async with client_for() as thief:
        assert "another browser" in refusal(await thief.get(way, headers={"Accept": "text/html"}))
    cookie = browser.cookies["csms_openid"]
    assert (await browser.get(way)).status_code == 303
    browser.cookies.clear()
    again = {"Cookie": f"csms_openid={cookie}"}
    assert "used already" in refusal(await browser.get(way, headers=again))
    assert "another sign-in" in refusal(await browser.get("/openid/callback?state=x&code=y", headers=again))
    changed = {"Cookie": f"csms_openid={cookie.partition('.')[0]}.{'0' * 64}"}
    assert "another browser" in refusal(await browser.get(way, headers=changed))


REFUSALS: list[tuple[dict[str, Any], RSAKey, str, str]] = [
    (STRONG | {"exp": 1_700_000_000}, KEY, "expired", "has expired"),
    (STRONG | {"aud": "another"}, KEY, "bad_claim", "not for this sign-in"),
    (STRONG, OTHER_KEY, "bad_signature", "cannot be trusted"),
    (STRONG | {"email_verified": False}, KEY, "no_verified_email", "email is verified"),
    ({"groups": []}, KEY, "no_role", "one of your groups"),
    (STRONG | {"email": "asha@elsewhere.com"}, KEY, "unknown_user", "ask an administrator to add you"),
]


async def test_who_is_refused_reads_why_and_it_is_in_the_audit(
    browser: httpx.AsyncClient, provider: IdentityProvider, admin: httpx.AsyncClient
) -> None:
    for claims, key, _, said in REFUSALS:
        provider.claims, provider.key = claims, key
        assert said in refusal(await browser.get(await back(browser, provider)))
    refused = [(each["how"], each["why"], each["address"]) for each in await told(admin, subject="unknown")]
    assert refused[::-1] == [("openid", why, "127.0.0.1") for _, _, why, _ in REFUSALS]


async def test_what_fails_at_the_provider_ends_at_the_form(
    browser: httpx.AsyncClient, provider: IdentityProvider
) -> None:
    provider.discovery = {"token_endpoint": "http://10.0.0.1/token"}
    state = (await back(browser, provider)).partition("state=")[2]
    answer = await browser.get(f"/openid/callback?error=access_denied&error_description=%3Cb%3E&state={state}")
    assert "did not sign you in" in refusal(answer)
    assert "cannot be reached" in refusal(await browser.get(await back(browser, provider)), 502)
