"""The pages as a browser meets them: signing in, looking, and telling a charger something."""

import re
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from api import auth
from tests.api.conftest import ADMIN, PASSWORD, Driver
from tests.api.station import Station

HTML = {"Accept": "text/html,*/*"}


@pytest.fixture
async def browser(client_for: Callable[..., httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has signed in through the form."""
    async with client_for(follow_redirects=True) as client:
        client.headers.update({**HTML, "Origin": str(client.base_url).rstrip("/")})
        answer = await client.post("/login", data={"email": ADMIN, "password": PASSWORD, "next": "/"})
        assert answer.status_code == 200
        assert "Overview" in answer.text
        yield client


async def test_signed_out_the_front_page_asks_for_email_and_password(anonymous: httpx.AsyncClient) -> None:
    page = (await anonymous.get("/", headers=HTML)).text
    assert len(re.findall(r'<input type="email"', page)) == 1
    assert len(re.findall(r'<input type="password"', page)) == 1
    assert "Sign in with" not in page, "without a provider there is no button"
    assert (await anonymous.get("/openid/start")).status_code == 404


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    anonymous: httpx.AsyncClient, serving: object
) -> None:
    origin = {"Origin": str(anonymous.base_url).rstrip("/")}
    answer = await anonymous.post("/login", data={"email": ADMIN, "password": PASSWORD}, headers=origin)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{auth.COOKIE}=")
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Secure" not in cookie


async def test_a_wrong_password_shows_the_form_again_with_the_reason(anonymous: httpx.AsyncClient) -> None:
    origin = {"Origin": str(anonymous.base_url).rstrip("/"), **HTML}
    answer = await anonymous.post("/login", data={"email": ADMIN, "password": "wrong"}, headers=origin)
    assert answer.status_code == 401
    assert "wrong" in answer.text
    assert f'value="{ADMIN}"' in answer.text


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}])
async def test_another_site_can_neither_sign_in_nor_write(
    browser: httpx.AsyncClient, headers: dict[str, str], charger: Station
) -> None:
    del browser.headers["Origin"]
    sign_in = await browser.post("/login", data={"email": ADMIN, "password": PASSWORD}, headers=headers)
    assert sign_in.status_code == 403
    write = await browser.post("/api/v1/chargers/CP-01/commands/reset", headers=headers)
    assert (write.status_code, write.json()["code"]) == (403, "cross_origin")
    assert (await browser.post("/chargers/CP-01/reset", headers=headers)).status_code == 403
    assert not [call for call in charger.calls if call[0] == "Reset"]


async def test_after_signing_out_the_cookie_is_worth_nothing(browser: httpx.AsyncClient) -> None:
    secret = browser.cookies[auth.COOKIE]
    answer = await browser.post("/logout")
    assert "You are signed out." in answer.text
    browser.cookies.set(auth.COOKIE, secret, domain="127.0.0.1")
    assert 'type="password"' in (await browser.get("/")).text


async def test_nobody_is_led_away_from_this_site_after_signing_in(anonymous: httpx.AsyncClient) -> None:
    headers = {"Origin": str(anonymous.base_url).rstrip("/")}
    for wanted in ("https://evil.example", "//evil.example", "/\\evil.example"):
        form = {"email": ADMIN, "password": PASSWORD, "next": wanted}
        assert (await anonymous.post("/login", data=form, headers=headers)).headers["location"] == "/"


async def test_the_overview_shows_chargers_connectors_and_running_sessions(
    browser: httpx.AsyncClient, charger: Station
) -> None:
    number = await charger.start(meter=1000)
    await charger.meter(number, 3500, "2026-03-01T09:10:00Z")
    page = (await browser.get("/")).text
    for text in ("CP-01", "Connector 1", "2.50 kWh", "11.0 kW", "Online"):
        assert text in page


async def test_an_empty_network_says_how_to_begin(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/")).text
    assert "csms charger add" in page
    assert "/ocpp/CP-01" in page


async def test_pages_load_nothing_from_elsewhere_and_run_no_inline_script(
    browser: httpx.AsyncClient, charger: Station
) -> None:
    for path in ("/", "/chargers/CP-01", "/api/v1/schema"):
        answer = await browser.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        loaded = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]+)"', answer.text)
        assert loaded
        assert all(each.startswith("/static/") for each in loaded)
        assert not re.findall(r"<script(?![^>]*src=)|\sstyle=|\son\w+=", answer.text)


async def test_static_files_are_kept_for_ever_under_their_own_version(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/")).text
    path = re.findall(r'href="(/static/[^"]+\.css)"', page)[0]
    answer = await browser.get(path)
    assert "immutable" in answer.headers["cache-control"]
    old = await browser.get(re.sub(r"/static/\w+/", "/static/old/", path))
    assert (old.status_code, old.headers["cache-control"]) == (200, "no-cache")
    assert (await browser.get("/static/x/secrets.txt")).status_code == 404


async def test_a_button_tells_the_charger_and_the_page_says_what_became_of_it(
    browser: httpx.AsyncClient, charger: Station
) -> None:
    page = (await browser.post("/chargers/CP-01/reset", data={"type": "hard"})).text
    assert charger.calls[-1] == ("Reset", {"type": "Hard"})
    assert re.search(r'class="notice good"[^>]*>CP-01: accepted', page)
    assert 'class="notice' not in (await browser.get("/chargers/CP-01")).text


async def test_a_refusal_and_an_offline_charger_are_told_on_the_page(
    browser: httpx.AsyncClient, charger: Station, admin: httpx.AsyncClient
) -> None:
    charger.answers["UnlockConnector"] = {"status": "UnlockFailed"}
    page = (await browser.post("/chargers/CP-01/unlock", data={"connector_id": "1"})).text
    assert 'class="notice bad" role="alert"' in page
    await admin.post("/api/v1/chargers", json={"id": "CP-09"})
    assert "offline" in (await browser.post("/chargers/CP-09/trigger", data={"message": "Heartbeat"})).text


async def test_every_form_of_the_charger_page_reaches_the_charger(browser: httpx.AsyncClient, charger: Station) -> None:
    charger.answers["UnlockConnector"] = {"status": "Unlocked"}
    service = {"connector_id": "", "available": "false"}
    for action, form, call in (
        ("unlock", {"connector_id": "1"}, ("UnlockConnector", {"connectorId": 1})),
        ("availability", service, ("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})),
        ("trigger", {"message": "Heartbeat"}, ("TriggerMessage", {"requestedMessage": "Heartbeat"})),
    ):
        await browser.post(f"/chargers/CP-01/{action}", data=form)
        assert charger.calls[-1] == call


async def test_a_session_is_started_watched_and_stopped(browser: httpx.AsyncClient, charger: Station) -> None:
    page = (await browser.post("/chargers/CP-01/start", data={"id_token": "CARD", "connector_id": "1"})).text
    assert "asked to start" in page
    number = await charger.start()
    for minute in (10, 20):
        await charger.meter(number, 1000 + minute * 100, f"2026-03-01T09:{minute}:00Z")
    link = re.findall(r'href="(/sessions/[^"]+)"', (await browser.get("/chargers/CP-01")).text)[0]
    watched = (await browser.get(link)).text
    assert "<svg" in watched
    assert "SessionStarted" in watched
    stopped = await browser.post(f"{link}/stop")
    assert "told to stop" in stopped.text
    assert charger.calls[-1] == ("RemoteStopTransaction", {"transactionId": number})


async def test_what_a_charger_says_cannot_become_markup(browser: httpx.AsyncClient, charger: Station) -> None:
    payload = {"chargePointVendor": "<script>1", "chargePointModel": "<b>x</b>"}
    await charger.call("BootNotification", payload)
    for path in ("/", "/chargers/CP-01"):
        page = (await browser.get(path)).text
        assert "<b>x</b>" not in page
        assert "&lt;b&gt;x" in page


async def test_a_page_that_is_not_there_is_told_as_a_page(browser: httpx.AsyncClient) -> None:
    for path in ("/chargers/nothing", "/sessions/nothing", "/nowhere"):
        answer = await browser.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "Back to the overview" in answer.text


async def test_signed_out_a_page_asks_to_sign_in_and_leads_back(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/chargers/CP-01", headers=HTML)
    assert answer.status_code == 401
    assert 'name="next" value="/chargers/CP-01"' in answer.text


async def test_a_driver_sees_his_sessions_and_no_network(driver: Driver, charger: Station) -> None:
    page = (await driver.client.get("/", headers=HTML)).text
    assert "CP-01" not in page
    assert "csms charger add" not in page
    assert (await driver.client.get("/chargers/CP-01", headers=HTML)).status_code == 403
