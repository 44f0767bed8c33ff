"""A driver keeps a card with Stripe, charges, and gets a part back: our server, Stripe's own library, localstripe.

localstripe stands still where Stripe would be down; its messages are signed as Stripe's.
"""

import contextlib
import dataclasses
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from actors.business import payment
from api import server
from api.resources import payment_methods, payments
from csms import config
from csms.config.kinds import PaymentProvider
from tests.api.answers import converted
from tests.api.conftest import Driver
from tests.api.resources.test_session_costs import Telling, priced
from tests.api.station import Station
from tests.csms.integrations.payment.test_stripe import FINE, SECRET, card
from tests.e2e import lines

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
"""Stripe's library (16.1) gives httpx its bytes as `data`."""
ORDER = {"charger_id": "CP-01", "connector_id": 1, "amount": "500.00"}


@dataclasses.dataclass
class Provider:
    """localstripe in a process of its own."""

    url: str
    program: lines.Program

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """It takes connections and answers nothing."""
        group = self.program._process.pid
        os.killpg(group, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(group, signal.SIGCONT)


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = [str(Path(sys.executable).with_name("localstripe")), "--port", str(port), "--from-scratch"]
    log = tmp_path_factory.mktemp("stripe") / "localstripe.log"
    program = lines.Program(arguments, log=log, env=lines.environment() | {"PYTHONUNBUFFERED": "1"})
    try:
        program.wait_for(lambda line: line if "Running on" in line else None)
        yield Provider(f"http://127.0.0.1:{port}", program)
    finally:
        program.end(signal.SIGKILL)


@pytest.fixture
def settings(settings: config.Settings, provider: Provider) -> config.Settings:
    stripe: dict[str, Any] = {
        "payment_provider": PaymentProvider.STRIPE,
        "stripe_key": "sk_test_12345",
        "stripe_webhook_secret": SECRET,
        "stripe_url": provider.url,
    }
    return dataclasses.replace(settings, **stripe)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other soon."""
    monkeypatch.setattr(payment, "RETRY_SECONDS", (0.05,))
    monkeypatch.setattr(payment, "ANSWER_SECONDS", 0.7)


class Driving:
    """Charges with the token of a payment, and looks at what becomes of it."""

    def __init__(self, driver: Driver, charger: Station, serving: server.Serving) -> None:
        self._driver, self._charger, self._node = driver, charger, serving.node

    async def begun(self, minutes: int) -> tuple[payments.Payment, int]:
        """500 INR are held with what the driver keeps, and the charge begins."""
        found = converted(await self._driver.client.post("/api/v1/payments", json=ORDER), payments.Payment)
        assert (found.status, found.gateway, found.authorised.amount) == ("session_bound", "stripe", "500.00")
        starts = [body for action, body in self._charger.calls if action == "RemoteStartTransaction"]
        at = Telling(self._charger).ago(minutes)
        said = {"connectorId": 1, "idTag": starts[-1]["idTag"], "meterStart": 1000, "timestamp": at}
        return found, (await self._charger.call("StartTransaction", said))["transactionId"]

    async def ended(self, number: int, minutes: int) -> None:
        """22 kWh, and away."""
        await Telling(self._charger).stopped(number, 23_000, minutes, reason="EVDisconnected")

    async def captured(self, payment_id: str) -> None:
        """Wait for it."""
        with trio.fail_after(20):
            while (await self._driver.client.get(f"/api/v1/payments/{payment_id}")).json()["status"] != "captured":
                await trio.lowlevel.checkpoint()

    async def alerted(self, kind: str, payment_id: str) -> None:
        """Wait until operations hear of it."""
        with trio.fail_after(30):
            while not await self._node.read(_alerts, kind, payment_id):
                await trio.lowlevel.checkpoint()


def _alerts(conn: sqlite3.Connection, kind: str, subject: str) -> list[Any]:
    return conn.execute("SELECT 1 FROM alerts WHERE kind = ? AND subject = ?", (kind, subject)).fetchall()


def _messages(conn: sqlite3.Connection) -> set[str]:
    return {row[0] for row in conn.execute("SELECT type FROM payment_notices")}


async def test_from_the_card_to_the_refund_with_stripe_down_at_the_second_capture(
    admin: httpx.AsyncClient, driver: Driver, charger: Station, serving: server.Serving, provider: Provider
) -> None:
    await priced(admin)
    app = httpx.AsyncClient(base_url=provider.url, auth=("sk_test_1", ""), verify=False)
    hook = {"url": f"{serving.http}/notices/stripe", "secret": SECRET}
    (await app.post("/_config/webhooks/ours", json=hook)).raise_for_status()

    adding = converted(await driver.client.post("/api/v1/payment-methods"), payment_methods.PaymentMethod)
    assert (adding.status, adding.action_url) == ("requires_action", None)
    secret = str(adding.client_secret)
    by_app = {"client_secret": secret, "payment_method": await card(provider.url, FINE)}
    (await app.post(f"/v1/setup_intents/{secret.partition('_secret_')[0]}/confirm", data=by_app)).raise_for_status()
    method = await driver.client.get(f"/api/v1/payment-methods/{adding.id}")
    kept = converted(method, payment_methods.PaymentMethod)
    assert (kept.status, kept.label, kept.default) == ("ready", "visa •••• 4242", True)

    driving = Driving(driver, charger, serving)
    first, number = await driving.begun(120)
    await driving.ended(number, 90)
    await driving.captured(first.id)
    refund = {"amount": "96.00", "reason": "Slow."}
    given = converted(await admin.post(f"/api/v1/payments/{first.id}/refunds", json=refund), payments.Payment)
    assert (given.status, given.captured.amount, given.refunded.amount) == ("partially_refunded", "396.00", "96.00")

    second, number = await driving.begun(60)
    with provider.down():
        await driving.ended(number, 30)
        await driving.alerted("payment_stuck", second.id)
    await driving.captured(second.id)
    intent = (await app.get(f"/v1/payment_intents/{second.reference}")).json()
    assert (intent["status"], intent["customer"] is not None) == ("succeeded", True)

    with trio.fail_after(20):
        while "payment_intent.succeeded" not in await serving.node.read(_messages):
            await trio.lowlevel.checkpoint()
    (await driver.client.delete(f"/api/v1/payment-methods/{kept.id}")).raise_for_status()
    await app.aclose()
