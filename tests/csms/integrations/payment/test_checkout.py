"""Checkout, which localstripe lacks: Stripe's library against answers in the form of Stripe's documentation."""

import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from csms.integrations import payment
from csms.integrations.payment import stripe

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
BACK = "https://example.com/pay/s/SECRET?back=1"


class Checkout:
    """What is known of one Checkout Session, and what was asked of it."""

    def __init__(self) -> None:
        self.status = "open"
        self.intent = "requires_capture"
        self.asked: list[tuple[str, str, dict[str, list[str]]]] = []
        self.url = ""

    def answer(self, method: str, path: str, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """As Stripe does."""
        self.asked.append((method, path, form))
        about = {"id": "pi_1", "object": "payment_intent", "amount": 50000, "currency": "inr", "metadata": {}}
        if path.endswith("/payment_intents/pi_1/cancel"):
            self.intent = "canceled"
        if "/payment_intents/" in path:
            return 200, about | {"status": self.intent}
        if path.endswith("/expire"):
            if self.status == "complete":
                return 400, {"error": {"type": "invalid_request_error", "message": "It is complete."}}
            self.status = "expired"
        session: dict[str, Any] = {"id": "cs_1", "object": "checkout.session", "amount_total": 50000}
        session |= {"currency": "inr", "status": self.status, "metadata": {"payment_id": "p1"}, "payment_intent": None}
        if self.status == "complete":
            session["payment_intent"] = about | {"status": self.intent}
        return 200, session | {"url": "https://checkout.stripe.com/c/pay/cs_1" if self.status == "open" else None}


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    found = Checkout()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

        def _answer(self, body: str) -> None:
            parts = urlsplit(self.path)
            status, content = found.answer(self.command, parts.path, parse_qs(body or parts.query))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def gateway(checkout: Checkout) -> stripe.Stripe:
    return stripe.Stripe("sk_test_1", "whsec_1", checkout.url)


ORDER = payment.Order(payment_id="p1", amount=Decimal("500.00"), currency="INR", method=payment.HOSTED, back=BACK)


async def test_the_payer_is_sent_to_a_page_that_holds_and_does_not_take(
    gateway: stripe.Stripe, checkout: Checkout
) -> None:
    held = await gateway.authorise(ORDER, "p1:authorise")
    assert (held.status, held.reference, held.amount) == ("requires_action", "cs_1", Decimal("500.00"))
    assert held.url == "https://checkout.stripe.com/c/pay/cs_1"
    [(method, path, form)] = checkout.asked
    assert (method, path) == ("POST", "/v1/checkout/sessions")
    assert form["payment_intent_data[capture_method]"] == ["manual"]
    assert form["line_items[0][price_data][unit_amount]"] == ["50000"]
    assert form["payment_intent_data[metadata][payment_id]"] == form["metadata[payment_id]"] == ["p1"]
    assert form["success_url"] == form["cancel_url"] == [BACK]
    await gateway.close()


async def test_once_the_payer_is_through_the_intent_is_the_hold(gateway: stripe.Stripe, checkout: Checkout) -> None:
    assert (await gateway.look("cs_1")).status == "requires_action"
    checkout.status = "complete"
    held = await gateway.look("cs_1")
    assert (held.status, held.reference, held.amount) == ("authorised", "pi_1", Decimal("500.00"))
    assert checkout.asked[-1][2]["expand[0]"] == ["payment_intent"]
    await gateway.close()


async def test_a_page_that_nobody_used_is_closed(gateway: stripe.Stripe, checkout: Checkout) -> None:
    assert (await gateway.cancel("cs_1", "p1:cancel")).status == "canceled"
    assert (await gateway.look("cs_1")).status == "canceled"
    await gateway.close()


async def test_a_payer_who_was_quicker_than_the_closing_has_the_hold_released(
    gateway: stripe.Stripe, checkout: Checkout
) -> None:
    checkout.status = "complete"
    released = await gateway.cancel("cs_1", "p1:cancel")
    assert (released.status, released.reference, checkout.intent) == ("canceled", "pi_1", "canceled")
    await gateway.close()


async def test_without_a_way_back_no_page_is_made(gateway: stripe.Stripe) -> None:
    with pytest.raises(payment.Refused, match="no_way_back"):
        await gateway.authorise(payment.Order(payment_id="p1", amount=Decimal(5), currency="INR", method="hosted"), "k")
    await gateway.close()
