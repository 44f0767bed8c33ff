"""The page that a connector's QR code opens, and what becomes of who pays there."""

import re
from typing import Any

import httpx
import pytest
import trio

from actors.business import printing
from api.web import pay_here, pay_stay
from csms.integrations.payment import Held, embedded
from tests.api.resources.test_session_costs import TARIFF
from tests.api.station import Station

HERE = "/pay/c/CP-01/1"


async def payable(admin: httpx.AsyncClient) -> None:
    """Charging at CP-01 costs 18 INR, and 500 INR are held."""
    (await admin.post("/api/v1/tariffs", json=TARIFF | {"preauthorize": "500.00"})).raise_for_status()
    (await admin.put("/api/v1/chargers/CP-01/tariff", json={"tariff_id": "story"})).raise_for_status()


async def begun(payer: httpx.AsyncClient, place: str = HERE, **form: str) -> tuple[str, str]:
    """Somebody chooses to pay; the path of their page, and of the provider's."""
    answer = await payer.post(place, data=form)
    assert answer.status_code == 303, answer.text
    page = await payer.get(answer.headers["location"])
    [onward] = re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    return answer.headers["location"].partition("?")[0], onward


async def told(payer: httpx.AsyncClient, page: str, wanted: str) -> str:
    """Look at the page until it says that."""
    with trio.fail_after(20):
        while wanted not in (text := (await payer.get(page)).text):
            await trio.lowlevel.checkpoint()
    return text


async def test_the_price_is_shown_before_paying_and_what_is_in_the_way_is_told(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, charger: Station
) -> None:
    assert "Charging is free here" in (await anonymous.get(HERE)).text
    await payable(admin)
    page = await anonymous.get(HERE)
    assert "₹18.00 per kWh" in page.text and "₹3.00 per minute" in page.text
    assert "Up to ₹500.00 are held" in page.text and "Pay and charge" in page.text
    german = await anonymous.get(HERE, headers={"Accept-Language": "de"})
    assert '<html lang="de">' in german.text and "Bezahlen und laden" in german.text
    assert "https://" not in page.text and page.headers["content-security-policy"].startswith("default-src 'none'")
    await charger.status("Faulted")
    assert "out of order" in (await anonymous.get(HERE)).text
    await charger.status("Available")
    (await admin.patch("/api/v1/tariffs/story", json={"preauthorize": None})).raise_for_status()
    assert "with an account or a card only" in (await anonymous.get(HERE)).text
    for nowhere in ("/pay/c/CP-01/2", "/pay/c/CP-99/1", "/pay/q/unknown"):
        assert (await anonymous.get(nowhere)).status_code == (await anonymous.post(nowhere, data={})).status_code == 404
    await charger.close()
    await told(anonymous, HERE, "lost its connection")
    assert (await anonymous.post(HERE, data={})).status_code == 409
    assert (await admin.get("/api/v1/payments")).json()["items"] == []


async def test_a_card_that_is_refused_starts_nothing_and_the_payer_hears_of_it(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, charger: Station
) -> None:
    await payable(admin)
    page, bank = await begun(anonymous)
    assert "Waiting for your payment" in (await anonymous.get(page)).text
    answer = await anonymous.post(bank, data={"answer": "yes", "method": "test-declined"})
    assert answer.headers["location"] == f"{page}?back=1"
    assert "Try again" in await told(anonymous, answer.headers["location"], "Your card was refused")
    assert not [action for action, _ in charger.calls if action == "RemoteStartTransaction"]


async def test_a_charger_that_will_not_start_releases_the_hold(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, charger: Station
) -> None:
    await payable(admin)
    charger.answers["RemoteStartTransaction"] = {"status": "Rejected"}
    page, bank = await begun(anonymous)
    await anonymous.post(bank, data={"answer": "yes", "method": "test-ok"})
    shown = await told(anonymous, page, "You have not been charged")
    assert "could not start" in shown and "₹500.00 that were held on your card are released" in shown
    [paid] = (await admin.get("/api/v1/payments")).json()["items"]
    assert (paid["status"], paid["flow"], paid["driver_id"]) == ("canceled", "ad_hoc", None)


async def test_a_page_can_neither_be_seen_nor_stopped_nor_changed_by_guessing(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, charger: Station
) -> None:
    await payable(admin)
    page, _ = await begun(anonymous)
    [paid] = (await admin.get("/api/v1/payments")).json()["items"]
    assert len(page.rpartition("/")[2]) >= 32 and paid["id"] not in page
    for other in (page[:-1], page.swapcase(), f"/pay/s/{paid['id']}", f"/pay/s/{paid['reference']}"):
        assert (await anonymous.get(other)).status_code == 404
        assert (await anonymous.post(f"{other}/stop")).status_code == 404
        assert (await anonymous.post(f"{other}/address", data={"email": "x@example.com"})).status_code == 404
        assert (await anonymous.get(f"{other}/receipt")).status_code == 404
        assert (await anonymous.get(f"{other}/receipt.pdf")).status_code == 404
        assert (await admin.get(other)).status_code == 404


async def test_an_address_is_checked_and_payments_cannot_be_begun_without_end(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, charger: Station
) -> None:
    await payable(admin)
    refused = await anonymous.post(HERE, data={"email": "nobody"})
    assert refused.status_code == 422 and 'value="nobody"' in refused.text
    for _ in range(pay_here.ATTEMPTS - 1):
        last = await anonymous.post(HERE, data={})
        assert last.status_code == 303
    hurried = await anonymous.post(HERE, data={})
    assert hurried.status_code == 409 and "Too many payments" in hurried.text


async def test_who_presses_twice_on_the_banks_page_has_paid_once(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, charger: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    await payable(admin)
    page, bank = await begun(anonymous)
    confirm = embedded.Embedded.confirm

    async def pressed_twice(self: embedded.Embedded, reference: str, **said: Any) -> Held:
        await confirm(self, reference, **said)
        return await confirm(self, reference, **said)

    monkeypatch.setattr(embedded.Embedded, "confirm", pressed_twice)
    answer = await anonymous.post(bank, data={"answer": "yes", "method": "test-ok"})
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, page)


async def test_a_receipt_is_not_printed_without_end(
    anonymous: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def paper(*_: Any) -> dict[str, str]:
        return {"number": "R-1"}

    async def printed(*_: Any) -> bytes:
        return b"%PDF"

    monkeypatch.setattr(pay_stay, "_paper", paper)
    monkeypatch.setattr(printing, "printed", printed)
    found = [(await anonymous.get("/pay/s/one/receipt.pdf")).status_code for _ in range(pay_here.ATTEMPTS + 1)]
    assert found == [200] * pay_here.ATTEMPTS + [429]
    assert (await anonymous.get("/pay/s/another/receipt.pdf")).status_code == 200
