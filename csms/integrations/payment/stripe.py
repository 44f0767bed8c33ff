"""Stripe: PaymentIntents that are captured by hand. Tested against localstripe; never sees a card.

`method` is a PaymentMethod that the payer's app made with Stripe's own SDK, or "hosted": then a Checkout Session is
made, whose page asks for the card, and its payment intent is the hold once the payer is through. Amounts go as Stripe
counts them, which is as ISO 4217 does but for two currencies.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import stripe

from csms.domain import money
from csms.integrations.payment import HOSTED, Forged, Held, Notice, Order, Page, Refused, Setup, Status, Unavailable

NAME = "stripe"
RETRIES = 2
"""Of a call whose connection failed, by the library, with the same idempotency key."""
TOLERANCE_SECONDS = 300
"""How old the signature of a message may be."""
SIGNATURE = "stripe-signature"
PAGE = 100
CHECKOUT = "cs_"
"""Of the ids of Checkout Sessions."""
DECIMALS = {"ISK": 2, "UGX": 2}
"""Currencies without decimals that Stripe takes in hundredths all the same."""

_STATUS: dict[str, Status] = {
    "requires_capture": "authorised",
    "requires_action": "requires_action",
    "requires_confirmation": "requires_action",
    "succeeded": "captured",
    "canceled": "canceled",
    "requires_payment_method": "failed",
}


class Stripe:
    """One account. `secret` signs what Stripe sends; `url` is another place than Stripe's own, for tests."""

    name = NAME

    def __init__(self, key: str, secret: str | None, url: str | None = None) -> None:
        self._http = stripe.HTTPXClient()
        self._secret = secret
        addresses: Any = {"api": url} if url is not None else None
        self._client = stripe.StripeClient(
            key, http_client=self._http, base_addresses=addresses, max_network_retries=RETRIES
        )

    async def close(self) -> None:
        """Give up the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def authorise(self, order: Order, key: str) -> Held:
        """Hold the amount, or have a page made where the payer does."""
        if order.method == HOSTED:
            return await self._checkout(order, key)
        params: Any = {
            "amount": units(order.amount, order.currency),
            "currency": order.currency.lower(),
            "payment_method": order.method,
            "payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "metadata": {"payment_id": order.payment_id},
        }
        if order.customer is not None:
            params["customer"] = order.customer
        if not order.present:
            params["off_session"] = True
        try:
            made = await self._client.v1.payment_intents.create_async(params, {"idempotency_key": key})
        except stripe.CardError as error:
            return Held(
                reference="",
                status="failed",
                amount=order.amount,
                currency=order.currency,
                payment_id=order.payment_id,
                code=error.code or "card_declined",
                reason=error.user_message or "The card was declined.",
            )
        except stripe.StripeError as error:
            raise _meant(error) from error
        return _held(made)

    async def look(self, reference: str) -> Held:
        """The hold as it is now; of a page, the hold that was made on it."""
        if reference.startswith(CHECKOUT):
            return await self._look_at_checkout(reference)
        try:
            return _held(await self._client.v1.payment_intents.retrieve_async(reference))
        except stripe.StripeError as error:
            raise _meant(error) from error

    async def capture(self, reference: str, amount: Decimal, currency: str, key: str) -> Held:
        """Take so much; what was taken by a call whose answer got lost is not taken again."""
        params: Any = {"amount_to_capture": units(amount, currency)}
        try:
            made = await self._client.v1.payment_intents.capture_async(reference, params, {"idempotency_key": key})
        except stripe.InvalidRequestError as error:
            known = await self.look(reference)
            if known.status != "captured":
                raise _meant(error) from error
            return known
        except stripe.StripeError as error:
            raise _meant(error) from error
        return _held(made, amount)

    async def cancel(self, reference: str, key: str) -> Held:
        """Release the hold; of a page, close it."""
        if reference.startswith(CHECKOUT):
            return await self._end_checkout(reference, key)
        try:
            made = await self._client.v1.payment_intents.cancel_async(reference, None, {"idempotency_key": key})
        except stripe.InvalidRequestError as error:
            known = await self.look(reference)
            if known.status != "canceled":
                raise _meant(error) from error
            return known
        except stripe.StripeError as error:
            raise _meant(error) from error
        return _held(made)

    async def refund(self, reference: str, amount: Decimal, currency: str, key: str) -> None:
        """Give back so much."""
        params: Any = {"payment_intent": reference, "amount": units(amount, currency)}
        try:
            await self._client.v1.refunds.create_async(params, {"idempotency_key": key})
        except stripe.StripeError as error:
            raise _meant(error) from error

    async def page(self, since: datetime, after: str | None = None) -> Page:
        """Some of the charges made since then, the newest first: a hold is a charge that is not captured."""
        params: dict[str, Any] = {"created": {"gt": int(since.timestamp()) - 1}, "limit": PAGE}
        if after is not None:
            params["starting_after"] = after
        try:
            page = await self._client.v1.charges.list_async(params)  # type: ignore[arg-type]  # built in steps
        except stripe.StripeError as error:
            raise _meant(error) from error
        found = tuple(charged(each) for each in page.data if each.payment_intent is not None)
        return Page(found, page.data[-1].id if page.has_more else None)

    # -- Methods that are kept -----------------------------------------------------------------------------------------

    async def set_up(self, driver_id: str, customer: str | None, key: str) -> Setup:
        """Begin to add a card; the driver's app goes on with the client secret and Stripe's own SDK."""
        customers, intents = self._client.v1.customers, self._client.v1.setup_intents
        try:
            if customer is None:
                about: Any = {"metadata": {"driver_id": driver_id}}
                customer = (await customers.create_async(about, {"idempotency_key": f"{key}:customer"})).id
            params: Any = {"customer": customer, "payment_method_types": ["card"], "usage": "off_session"}
            return await self._set_up(await intents.create_async(params, {"idempotency_key": key}))
        except stripe.StripeError as error:
            raise _meant(error) from error

    async def look_at_setup(self, reference: str) -> Setup:
        """How far that is."""
        try:
            return await self._set_up(await self._client.v1.setup_intents.retrieve_async(reference))
        except stripe.StripeError as error:
            raise _meant(error) from error

    async def forget(self, token: str) -> None:
        """Take the card from its customer."""
        try:
            await self._client.v1.payment_methods.detach_async(token)
        except stripe.InvalidRequestError:
            return  # it is gone already
        except stripe.StripeError as error:
            raise _meant(error) from error

    async def _set_up(self, made: stripe.SetupIntent) -> Setup:
        intent = made.to_dict()
        shared = {"reference": intent["id"], "customer": intent["customer"]}
        if intent["status"] == "succeeded":
            found = await self._client.v1.payment_methods.retrieve_async(intent["payment_method"])
            card = found.to_dict().get("card") or {}
            label = f"{card.get('brand', 'card')} •••• {card.get('last4', '')}"
            return Setup(status="ready", token=found.id, label=label, **shared)
        if intent["status"] == "canceled":
            return Setup(status="failed", **shared)
        return Setup(status="requires_action", client_secret=intent["client_secret"], **shared)

    # -- Checkout: its own pages ---------------------------------------------------------------------------------------

    async def _checkout(self, order: Order, key: str) -> Held:
        if order.back is None:
            raise Refused("no_way_back", "the payer has to be sent somewhere then")
        about = {"payment_id": order.payment_id}
        price = {
            "currency": order.currency.lower(),
            "unit_amount": units(order.amount, order.currency),
            "product_data": {"name": order.text},
        }
        params: Any = {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],
            "payment_method_types": ["card"],
            "payment_intent_data": {"capture_method": "manual", "metadata": about},
            "metadata": about,
            "success_url": order.back,
            "cancel_url": order.back,
        }
        try:
            made = await self._client.v1.checkout.sessions.create_async(params, {"idempotency_key": key})
        except stripe.StripeError as error:
            raise _meant(error) from error
        return _checked_out(made)

    async def _look_at_checkout(self, reference: str) -> Held:
        params: Any = {"expand": ["payment_intent"]}
        try:
            return _checked_out(await self._client.v1.checkout.sessions.retrieve_async(reference, params))
        except stripe.StripeError as error:
            raise _meant(error) from error

    async def _end_checkout(self, reference: str, key: str) -> Held:
        """Where a payer was quicker, the hold is released."""
        try:
            made = await self._client.v1.checkout.sessions.expire_async(reference, None, {"idempotency_key": key})
        except stripe.InvalidRequestError as error:
            found = await self._look_at_checkout(reference)
            if not found.reference.startswith(CHECKOUT):
                return await self.cancel(found.reference, key)
            if found.status != "canceled":
                raise _meant(error) from error
            return found
        except stripe.StripeError as error:
            raise _meant(error) from error
        return _checked_out(made)

    def notice(self, raw: bytes, headers: Mapping[str, str]) -> Notice:
        """What a message of Stripe's is about; its signature is over the bytes as they came."""
        if self._secret is None:
            raise Forged("set stripe_webhook_secret to take messages of Stripe")
        try:
            event = stripe.Webhook.construct_event(raw, headers.get(SIGNATURE, ""), self._secret, TOLERANCE_SECONDS)
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise Forged(f"the message is not Stripe's: {error}") from error
        about = event.data.object.to_dict()
        metadata = about.get("metadata") or {}
        reference = about.get("payment_intent") if about.get("object") != "payment_intent" else about.get("id")
        return Notice(event.id, event.type, metadata.get("payment_id"), reference)


def units(amount: Decimal, currency: str) -> int:
    """An amount in the units that Stripe counts in. Raises ValueError."""
    decimals = DECIMALS.get(currency)
    return money.minor(amount, currency) if decimals is None else int(amount.scaleb(decimals))


def amount(number: int, currency: str) -> Decimal:
    """The amount of so many of Stripe's units. Raises ValueError."""
    decimals = DECIMALS.get(currency, money.exponent(currency))
    return money.rounded(Decimal(number).scaleb(-decimals), currency)


def _held(made: stripe.PaymentIntent, captured: Decimal | None = None) -> Held:
    intent = made.to_dict()
    status = _STATUS.get(intent["status"])
    if status is None:
        raise Unavailable(f"the payment intent is {intent['status']}: it is looked at again")
    currency = intent["currency"].upper()
    if status == "captured":
        received = intent.get("amount_received")
        captured = captured if received is None else amount(received, currency)
    error = intent.get("last_payment_error") or {}
    return Held(
        reference=intent["id"],
        status=status,
        amount=amount(intent["amount"], currency),
        currency=currency,
        payment_id=(intent.get("metadata") or {}).get("payment_id"),
        captured=captured or Decimal(0) if status == "captured" else Decimal(0),
        url=_url(intent),
        code=error.get("code") or "",
        reason=error.get("message") or "",
    )


def _checked_out(made: stripe.checkout.Session) -> Held:
    """What a Checkout Session has come to; the intent of one that was completed was expanded."""
    page = made.to_dict()
    intent = made.payment_intent
    if page["status"] == "complete" and isinstance(intent, stripe.PaymentIntent):
        return _held(intent)
    currency = page["currency"].upper()
    return Held(
        reference=page["id"],
        status="canceled" if page["status"] == "expired" else "requires_action",
        amount=amount(page["amount_total"], currency),
        currency=currency,
        payment_id=(page.get("metadata") or {}).get("payment_id"),
        url=page.get("url"),
    )


def _url(intent: Mapping[str, Any]) -> str | None:
    action = intent.get("next_action") or {}
    return (action.get("redirect_to_url") or {}).get("url")


def charged(made: stripe.Charge) -> Held:
    """A charge of Stripe's list as a hold. What was held and not taken counts as refunded there, and not here."""
    charge = made.to_dict()
    currency = charge["currency"].upper()
    status: Status = "captured" if charge["captured"] else "authorised"
    if charge["status"] == "failed":
        status = "failed"
    elif charge["refunded"] and not charge["captured"]:
        status = "canceled"  # so Stripe shows a hold that was released
    taken = amount(charge.get("amount_captured") or 0, currency) if charge["captured"] else Decimal(0)
    whole, back = amount(charge["amount"], currency), amount(charge["amount_refunded"], currency)
    return Held(
        reference=str(charge["payment_intent"]),
        status=status,
        amount=whole,
        currency=currency,
        payment_id=(charge.get("metadata") or {}).get("payment_id"),
        captured=taken,
        refunded=max(Decimal(0), back - (whole - taken)) if charge["captured"] else Decimal(0),
    )


def _meant(error: stripe.StripeError) -> Unavailable | Refused:
    """Only what Stripe says of this request is final; a wrong key, a limit or a broken line will be mended."""
    said = error.user_message or str(error)
    if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
        return Refused(error.code or "refused", said)
    return Unavailable(f"{type(error).__name__}: {said}")
