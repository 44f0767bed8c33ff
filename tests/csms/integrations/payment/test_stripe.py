"""The adapter for Stripe against localstripe, a program of its own that answers as Stripe does."""

import hashlib
import hmac
import json
import pathlib
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
import stripe as library
import trio

from csms.integrations import payment
from csms.integrations.payment import stripe
from tests.e2e import lines

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
"""Stripe's library (16.1) gives httpx its bytes as `data`."""
SECRET = "whsec_test"
FINE, CONFIRMED, DECLINED = "4242424242424242", "4000002500003155", "4000000000000341"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where localstripe listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = str(pathlib.Path(sys.executable).with_name("localstripe"))
    log = tmp_path_factory.mktemp("stripe") / "localstripe.log"
    unbuffered = lines.environment() | {"PYTHONUNBUFFERED": "1"}
    running = lines.Program([program, "--port", str(port), "--from-scratch"], log=log, env=unbuffered)
    try:
        running.wait_for(lambda line: line if "Running on" in line else None)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.end(signal.SIGKILL)


@pytest.fixture
async def gateway(url: str) -> AsyncIterator[stripe.Stripe]:
    gateway = stripe.Stripe("sk_test_12345", SECRET, url)
    yield gateway
    await gateway.close()


async def card(url: str, number: str) -> str:
    """What the payer's app makes of a card; we never see its number."""
    fields = {"type": "card", "card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2034"}
    async with httpx.AsyncClient(verify=False) as app:
        answer = await app.post(
            f"{url}/v1/payment_methods", data={**fields, "card[cvc]": "123"}, auth=("sk_test_1", "")
        )
    return str(answer.raise_for_status().json()["id"])


def order(method: str, amount: str = "500.00", currency: str = "INR") -> payment.Order:
    return payment.Order(payment_id="p1", amount=Decimal(amount), currency=currency, method=method)


async def test_a_part_of_what_is_held_is_captured_and_a_part_of_that_refunded(gateway: stripe.Stripe, url: str) -> None:
    held = await gateway.authorise(order(await card(url, FINE)), "p1:authorise")
    assert (held.status, held.amount, held.currency, held.payment_id) == ("authorised", Decimal("500.00"), "INR", "p1")
    taken = await gateway.capture(held.reference, Decimal("396.00"), "INR", "p1:capture")
    assert (taken.status, taken.captured) == ("captured", Decimal("396.00"))
    await gateway.refund(held.reference, Decimal("96.00"), "INR", "p1:refund:r1")
    assert (await gateway.look(held.reference)).status == "captured"


async def test_what_was_captured_before_its_answer_got_lost_is_not_captured_again(
    gateway: stripe.Stripe, url: str
) -> None:
    held = await gateway.authorise(order(await card(url, FINE)), "p2:authorise")
    await gateway.capture(held.reference, Decimal("396.00"), "INR", "p2:capture")
    assert (await gateway.capture(held.reference, Decimal("396.00"), "INR", "p2:capture")).status == "captured"


async def test_a_hold_is_released_and_again_is_harmless(gateway: stripe.Stripe, url: str) -> None:
    held = await gateway.authorise(order(await card(url, FINE)), "p3:authorise")
    for _ in range(2):
        assert (await gateway.cancel(held.reference, "p3:cancel")).status == "canceled"


async def test_a_declined_card_is_a_failed_hold(gateway: stripe.Stripe, url: str) -> None:
    held = await gateway.authorise(order(await card(url, DECLINED)), "p4:authorise")
    assert (held.status, held.code) == ("failed", "card_declined")


async def test_a_card_that_wants_to_be_confirmed_waits_for_its_payer(gateway: stripe.Stripe, url: str) -> None:
    held = await gateway.authorise(order(await card(url, CONFIRMED)), "p5:authorise")
    assert held.status == "requires_action"
    async with httpx.AsyncClient(verify=False, auth=("sk_test_1", "")) as app:
        intent = f"{url}/v1/payment_intents/{held.reference}"
        secret = (await app.get(intent)).json()["client_secret"]
        answer = await app.post(f"{intent}/_authenticate", data={"client_secret": secret, "success": "true"})
        answer.raise_for_status()
    assert (await gateway.look(held.reference)).status == "authorised"


async def test_what_is_held_there_is_listed(gateway: stripe.Stripe, url: str) -> None:
    held = await gateway.authorise(order(await card(url, FINE)), "p6:authorise")
    found = [each async for each in payment.holds(gateway, datetime.now(UTC) - timedelta(hours=1))]
    assert held.reference in [each.reference for each in found]


async def test_the_list_comes_page_by_page_and_names_every_hold_once(
    gateway: stripe.Stripe, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = datetime.now(UTC) - timedelta(hours=1)
    for number in range(3):
        await gateway.authorise(order(await card(url, FINE)), f"page-{number}:authorise")
    whole = [each.reference async for each in payment.holds(gateway, since)]
    monkeypatch.setattr(stripe, "PAGE", 2)
    first = await gateway.page(since)
    assert (len(first.holds), first.next is None) == (2, False)
    assert [each.reference async for each in payment.holds(gateway, since)] == whole


async def test_an_unknown_method_is_refused_and_a_provider_that_is_away_is_not(gateway: stripe.Stripe) -> None:
    with pytest.raises(payment.Refused):
        await gateway.authorise(order("pm_unknown"), "p7:authorise")
    nobody = stripe.Stripe("sk_test_12345", SECRET, "http://127.0.0.1:9")
    with trio.fail_after(30), pytest.raises(payment.Unavailable):
        await nobody.look("pi_1")
    await nobody.close()


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [("396.00", "INR", 39600), ("500", "JPY", 500), ("1.250", "KWD", 1250), ("7", "UGX", 700), ("7", "ISK", 700)],
)
def test_amounts_go_in_the_units_that_stripe_counts(amount: str, currency: str, units: int) -> None:
    assert stripe.units(Decimal(amount), currency) == units
    assert stripe.amount(units, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("captured", "taken", "back", "status", "refunded"),
    [
        (False, 0, 0, "authorised", "0"),
        (False, 0, 50000, "canceled", "0"),
        (True, 50000, 0, "captured", "0.00"),
        (True, 39600, 10400, "captured", "0.00"),
        (True, 39600, 20000, "captured", "96.00"),
        (True, 39600, 50000, "captured", "396.00"),
    ],
)
def test_what_was_held_and_not_taken_is_not_refunded(
    captured: bool, taken: int, back: int, status: str, refunded: str
) -> None:
    """Stripe counts the rest of a hold of which a part was captured as refunded."""
    said = {"id": "ch_1", "payment_intent": "pi_1", "amount": 50000, "currency": "inr", "status": "succeeded"}
    said |= {"captured": captured, "amount_captured": taken, "amount_refunded": back, "refunded": back == 50000}
    found = stripe.charged(library.Charge.construct_from(said, "sk_test_1"))
    assert (found.status, found.refunded, found.amount) == (status, Decimal(refunded), Decimal(500))
    assert found.captured == Decimal(taken) / 100


def signed(body: bytes, at: float, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), b"%d.%s" % (int(at), body), hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={int(at)},v1={digest}"}


EVENT = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "data": {}}
EVENT["data"] = {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {"payment_id": "p1"}}}
BODY = json.dumps(EVENT).encode()


def test_a_signed_message_names_its_payment() -> None:
    notice = stripe.Stripe("sk_test", SECRET).notice(BODY, signed(BODY, time.time()))
    assert (notice.id, notice.payment_id, notice.reference) == ("evt_1", "p1", "pi_1")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"stripe-signature": "nonsense"},
        signed(BODY, time.time(), "whsec_other"),
        signed(BODY + b" ", time.time()),
        signed(BODY, time.time() - 301 - 60),
    ],
    ids=["unsigned", "nonsense", "another secret", "another body", "too old"],
)
def test_a_message_that_is_not_stripes_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(payment.Forged):
        stripe.Stripe("sk_test", SECRET).notice(BODY, headers)
