"""Payments over HTTP: pay, charge, get the receipt, get money back; and `csms ledger check` on what was left behind."""

import dataclasses
import hashlib
import hmac
import json
import sqlite3
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import trio

from api import cli, server
from api.permissions import Role
from api.resources import payments
from csms import config
from csms.storage import connection
from tests.api.answers import converted, problem
from tests.api.conftest import Driver
from tests.api.resources.test_session_costs import Telling, priced
from tests.api.station import Station

ORDER = {"charger_id": "CP-01", "connector_id": 1, "method": "test-ok", "amount": "500.00"}


@pytest.fixture
async def paid(admin: httpx.AsyncClient, driver: Driver, charger: Station, serving: server.Serving) -> payments.Payment:
    """The driver paid for 22 kWh at 18 INR."""
    await priced(admin)
    begun = converted(await driver.client.post("/api/v1/payments", json=ORDER), payments.Payment)
    assert (begun.status, begun.authorised.amount) == ("session_bound", "500.00")
    with trio.fail_after(10):
        while not (asked := [body for action, body in charger.calls if action == "RemoteStartTransaction"]):
            await trio.lowlevel.checkpoint()
    telling = Telling(charger)
    said = {"connectorId": 1, "idTag": asked[0]["idTag"], "meterStart": 1000, "timestamp": telling.ago(60)}
    number = (await charger.call("StartTransaction", said))["transactionId"]
    await telling.stopped(number, 23_000, 0, reason="EVDisconnected")
    with trio.fail_after(10):
        while True:
            found = converted(await driver.client.get(f"/api/v1/payments/{begun.id}"), payments.Payment)
            if found.status == "captured":
                return found


async def test_what_is_paid_is_what_the_receipt_says(driver: Driver, paid: payments.Payment) -> None:
    receipt = (await driver.client.get(f"/api/v1/sessions/{paid.session_id}/receipt")).json()
    assert (paid.captured.amount, receipt["number"], receipt["total"]["amount"]) == ("396.00", paid.document, "396.00")
    listed = (await driver.client.get("/api/v1/payments", params={"session_id": paid.session_id})).json()["items"]
    assert [each["id"] for each in listed] == [paid.id]


async def test_finance_gives_money_back_and_says_why(
    paid: payments.Payment,
    keys: dict[Role, str],
    client_for: Callable[..., httpx.AsyncClient],
    admin: httpx.AsyncClient,
) -> None:
    url = f"/api/v1/payments/{paid.id}/refunds"
    async with client_for(keys[Role.FINANCE]) as finance:
        once, body = {"Idempotency-Key": "once"}, {"amount": "96.00", "reason": "Slow."}
        first = converted(await finance.post(url, headers=once, json=body), payments.Payment)
        again = converted(await finance.post(url, headers=once, json=body), payments.Payment)
        assert (first.status, first.refunded.amount) == ("partially_refunded", "96.00")
        assert (len(again.refunds), again.refunds[0].reason) == (1, "Slow.")
        for amount in ("300.01", "0.005", "-1", "NaN", "1e999"):  # a part of a paisa would be a whole one there
            problem(await finance.post(url, json={"amount": amount, "reason": "More."}), 409, "not_refundable")
    async with client_for(keys[Role.SUPPORT]) as support:
        problem(await support.post(url, json={"reason": "Kind."}), 403)


async def test_drivers_see_their_own_payments_only(
    paid: payments.Payment, serving: server.Serving, client_for: Callable[..., httpx.AsyncClient], driver: Driver
) -> None:
    problem(await driver.client.get("/api/v1/payments/p0"), 404)
    problem(await driver.client.post(f"/api/v1/payments/{paid.id}/refunds", json={"reason": "Please."}), 403)


async def test_free_charging_and_amounts_that_cannot_be_are_refused(
    admin: httpx.AsyncClient, driver: Driver, charger: Station
) -> None:
    problem(await driver.client.post("/api/v1/payments", json=ORDER), 409, "charging_is_free")
    await priced(admin)
    for amount in ("0", "-1", "1.001", "NaN", "sNaN", "Infinity", "1e999", "1e999999999", "9" * 500):
        problem(await driver.client.post("/api/v1/payments", json=ORDER | {"amount": amount}), 422)
    without = {name: value for name, value in ORDER.items() if name != "amount"}
    problem(await driver.client.post("/api/v1/payments", json=without), 422)
    (await admin.patch("/api/v1/tariffs/story", json={"preauthorize": "250.00"})).raise_for_status()
    held = converted(await driver.client.post("/api/v1/payments", json=without), payments.Payment)
    assert held.authorised.amount == "250.00"


async def test_the_books_are_right_until_somebody_changes_them(
    paid: payments.Payment, serving: server.Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    data = serving.node.settings.data

    async def check() -> tuple[int, str]:
        code = await trio.to_thread.run_sync(cli.main, ["ledger", "check", "--data", str(data)])
        return code, capsys.readouterr().out

    right = "the ledger balances: 4 lines; 1 payment agrees with bills and providers\n"
    assert await check() == (0, f"{right}every session is traced: 1 paid\n")
    with sqlite3.connect(connection.database(data)) as conn:
        conn.execute("UPDATE ledger SET amount = amount + 1 WHERE account = 'revenue'")
    code, told = await check()
    assert code == 1 and "add up to 0.01 INR" in told and "is not what the log leads to" in told


async def test_a_key_for_other_stations_knows_of_no_payment(
    paid: payments.Payment, admin: httpx.AsyncClient, client_for: Callable[..., httpx.AsyncClient]
) -> None:
    body = {"name": "Mine", "country": "DE", "time_zone": "Europe/Berlin"}
    mine = (await admin.post("/api/v1/stations", json=body)).json()["id"]
    asked = {"name": "narrow", "role": "admin", "scope": {"station_ids": [mine]}}
    url = f"/api/v1/payments/{paid.id}"
    async with client_for((await admin.post("/api/v1/api-keys", json=asked)).json()["key"]) as narrow:
        assert (await narrow.get("/api/v1/payments")).json()["items"] == []
        problem(await narrow.get(url), 404)
        problem(await narrow.post(f"{url}/refunds", json={"reason": "Kind."}), 404)
        problem(await narrow.post("/api/v1/payments", json=ORDER), 403)
    assert len((await admin.get("/api/v1/payments")).json()["items"]) == 1


async def test_a_payer_confirms_on_the_test_banks_page_and_charges(
    admin: httpx.AsyncClient, driver: Driver, charger: Station, anonymous: httpx.AsyncClient
) -> None:
    await priced(admin)
    order = ORDER | {"method": "test-3ds"}
    begun = converted(await driver.client.post("/api/v1/payments", json=order), payments.Payment)
    assert begun.status == "requires_action" and begun.action_url is not None
    page = await anonymous.get(begun.action_url)
    assert "₹500.00" in page.text and "Confirm your payment" in page.text
    assert "Confirmed" in (await anonymous.post(begun.action_url, data={"answer": "yes"})).text
    await until(driver.client, begun.id, "session_bound")
    assert (await anonymous.get("/pay/test/test_unknown")).status_code == 404


async def test_a_payer_who_says_no_does_not_charge(
    admin: httpx.AsyncClient, driver: Driver, charger: Station, anonymous: httpx.AsyncClient
) -> None:
    await priced(admin)
    order = ORDER | {"method": "test-3ds"}
    begun = converted(await driver.client.post("/api/v1/payments", json=order), payments.Payment)
    assert "Nothing will be taken" in (await anonymous.post(begun.action_url or "", data={"answer": "no"})).text
    await until(driver.client, begun.id, "failed")


async def until(client: httpx.AsyncClient, payment_id: str, status: str) -> None:
    """Wait for a status."""
    with trio.fail_after(10):
        while (await client.get(f"/api/v1/payments/{payment_id}")).json()["status"] != status:
            await trio.lowlevel.checkpoint()


async def test_a_message_that_is_no_providers_is_refused(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.post("/notices/embedded", content=b"{}")).status_code == 400
    assert (await anonymous.post("/notices/stripe", content=b"{}")).status_code == 404


async def test_a_message_of_a_provider_comes_twice_and_is_acted_on_once(
    settings: config.Settings, nursery: trio.Nursery
) -> None:
    stripe: dict[str, Any] = {
        "stripe_key": "sk_test_1",
        "stripe_webhook_secret": "whsec_1",
        "stripe_url": "http://127.0.0.1:9",
    }
    serving: server.Serving = await nursery.start(server.serve, dataclasses.replace(settings, **stripe))
    body = json.dumps(
        {
            "id": "evt_1",
            "object": "event",
            "type": "payment_intent.canceled",
            "data": {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {"payment_id": "p1"}}},
        }
    ).encode()
    at = int(time.time())
    digest = hmac.new(b"whsec_1", b"%d.%s" % (at, body), hashlib.sha256).hexdigest()
    async with httpx.AsyncClient(base_url=serving.http, verify=False) as provider:
        for _ in range(2):
            signed = {"Stripe-Signature": f"t={at},v1={digest}"}
            assert (await provider.post("/notices/stripe", content=body, headers=signed)).status_code == 200
        forged = {"Stripe-Signature": f"t={at},v1={digest[::-1]}"}
        assert (await provider.post("/notices/stripe", content=body, headers=forged)).status_code == 400
    kept = await serving.node.read(lambda conn: conn.execute("SELECT id FROM payment_notices").fetchall())
    assert kept == [("evt_1",)]
