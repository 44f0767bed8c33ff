"""Payment: one actor per payment that something is to be done about, from its creation to its capture and refunds.

What happened is in its stream, so a restart goes on where it was: what was ordered and not answered is asked again,
with the same key. A provider that does not answer is asked again, at growing intervals; after some it is an alert. It
asks the charger's actor to start and to cap; sessions never wait for a payment.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import trio

from actors import alarm, alerts, runtime
from actors.business import caps
from actors.chargers import charger, orders
from actors.recording import journal
from actors.services import Services
from csms.domain import events, facts, ids, payment, payment_events
from csms.integrations import payment as gateways
from csms.storage import errors
from csms.storage.books import periods
from csms.storage.paying import creating, ordering
from csms.storage.paying import facts as paying
from csms.storage.records import Append, Entry, New
from csms.storage.reference import tokens

SUPERVISOR = "payments"
LINGER_SECONDS = 5.0
ANSWER_SECONDS = 20.0
"""How long a provider may take."""
OFFLINE_SECONDS = 2.0
LOOK_SECONDS = 20.0
"""How often is looked whether a payer has confirmed, where no message of the provider tells."""
RETRY_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0)
"""Pauses before the next attempts; the last one from then on."""
ALERT_AFTER = 4
"""Attempts after which operations hear of it."""
BACK_WITHIN = timedelta(seconds=60)
"""How long after a start of this server a charger is waited for that has not come back yet."""
NEWS = [
    *("SessionStarted", "SessionFailed", "SessionCompleted", "PriceSettled", "DocumentIssued", "SessionCharged"),
    *("PaymentFailed", "PaymentCanceled"),
]
"""Types of events after which something may be to be done for a payment."""

logger = logging.getLogger(__name__)

Event = payment_events.AnyPaymentEvent

# -- Client ------------------------------------------------------------------------------------------------------------


async def ensure(services: Services, payment_id: str) -> runtime.Ref[Payment]:
    """The payment's actor, started or woken. Raises runtime.ActorError."""
    ref = services.registry.lookup(f"{SUPERVISOR}/{payment_id}", Payment)
    if ref is not None and ref.alive:
        return ref
    spec = runtime.ChildSpec(
        payment_id, lambda: Payment(services, payment_id), restart=runtime.Restart.TRANSIENT, init_timeout=math.inf
    )
    return await services.payments.ensure_child(spec)


async def go_on(services: Services, payment_id: str) -> payment.Payment:
    """Do what can be done now; the state after it. Raises runtime.ActorError."""
    ref = await ensure(services, payment_id)
    return await ref.within(ANSWER_SECONDS * 2).call(Payment.on_step)


async def tell(services: Services, payment_id: str) -> None:
    """Something may be to be done: what is decided is durable on return, and done soon. Raises runtime.ActorError."""
    ref = await ensure(services, payment_id)
    await ref.within(math.inf).call(Payment.on_news)


async def look(services: Services, payment_id: str) -> None:
    """The provider may have news of a payment: it is asked soon. Raises runtime.ActorError."""
    ref = await ensure(services, payment_id)
    await ref.within(ANSWER_SECONDS * 2).call(Payment.on_look)


async def refund(
    services: Services, payment_id: str, refund_id: str, amount: Decimal | None, reason: str, by: str
) -> payment.Payment:
    """Give back so much, or all that is left; once per `refund_id`. Raises NotRefundable, runtime.ActorError."""
    ref = await ensure(services, payment_id)
    return await ref.within(ANSWER_SECONDS * 2).call(Payment.on_refund, refund_id, amount, reason, by)


async def wake_all(services: Services) -> None:
    """Go on with what the end of the last process cut short."""
    for payment_id in await services.readers.read(paying.unfinished):
        try:
            await ensure(services, payment_id)
        except runtime.ActorError as error:
            logger.error("payment_not_resumed payment=%s reason=%s", payment_id, error)


# -- Process -----------------------------------------------------------------------------------------------------------


class Payment(runtime.Actor):
    """`on_step` does all that can be done, one thing after the other; whoever has news calls it."""

    answers = (payment.NotRefundable, errors.StorageUnavailable)

    def __init__(self, services: Services, payment_id: str) -> None:
        self._services = services
        self.id = payment_id
        self.state: payment.Payment
        self._alarm: alarm.Alarm | None = None
        self._attempts = 0
        self._looking = False
        """The provider has said that something happened."""
        self._since = services.started_at
        """An order to start from before was cut short."""

    async def init(self) -> None:
        """Replay the stream, and go on."""
        if self.restarted:
            await journal.settled(self._services.journal)
        state = await self._services.readers.read(paying.state, self.id)
        if state is None:
            raise LookupError(f"there is no payment {self.id}")
        self.state = state
        self._wake(0)

    def idle_after(self) -> float | None:
        """Passivate when nothing is to be done until somebody asks."""
        return LINGER_SECONDS if self.state.over and self._alarm is None else None

    async def on_step(self) -> payment.Payment:
        """Do what can be done now; the state after it."""
        self._sleep()
        try:
            while await self._once():
                self._attempts = 0
            self._watch()
        except gateways.Unavailable as error:
            self._again(str(error))
        except errors.StorageUnavailable as error:
            self._again(str(error), alert=False)
        return self.state

    async def on_news(self) -> None:
        """Store what follows from what happened; the rest comes soon, so that who tells need not wait for it."""
        known = await self._services.readers.read(paying.gather, self.state)
        await self._append(payment.decide(self.state, known, self._services.now()))
        self._wake(0)

    async def on_look(self) -> None:
        """Ask the provider soon what the hold is now."""
        self._looking = not self.state.over and self.state.reference is not None
        self._wake(0)

    async def on_refund(self, refund_id: str, amount: Decimal | None, reason: str, by: str) -> payment.Payment:
        """Somebody gives money back."""
        await self._append(payment.refund(self.state, refund_id, amount, reason, by))
        return await self.on_step()

    # -- What is done --------------------------------------------------------------------------------------------------

    async def _once(self) -> bool:
        """Store what follows from what happened, else do the next thing; False when there is nothing (more) to do."""
        known = await self._services.readers.read(paying.gather, self.state)
        decided = payment.decide(self.state, known, self._services.now())
        if decided:
            await self._append(decided)
            return True
        if payment.caps(self.state, known):
            await self._cap()
        step = payment.todo(self.state, self._since)
        if self._looking and step in (None, "start"):
            step = "look"
        if step is None:
            return False
        if step == "start":
            return await self._start()
        with trio.move_on_after(ANSWER_SECONDS) as scope:
            done = await self._asked(step)
        if scope.cancelled_caught:
            raise gateways.Unavailable(f"no answer within {ANSWER_SECONDS:g} s")
        self._looking = False
        await self._append(done)
        return bool(done)

    async def _asked(self, step: payment.Step) -> Sequence[Event]:
        """What the provider says to a step. Raises Unavailable."""
        gateway, state = self._services.payment_gateway(self.state.gateway), self.state
        try:
            match step:
                case "authorise":
                    order = await self._services.readers.read(ordering.order, state, self._services.public_url)
                    return self._held(await gateway.authorise(order, payment.key(state, step)))
                case "look":
                    return self._held(await gateway.look(_reference(state)))
                case "capture":
                    return await self._capture(gateway)
                case "cancel":
                    return await self._cancel(gateway)
                case _:
                    return await self._refund(gateway)
        except gateways.Refused as error:
            return await self._refused(step, error)

    def _held(self, held: gateways.Held) -> Sequence[Event]:
        """What a hold is now, where that is news."""
        match held.status:
            case "authorised" if self.state.authorised:
                return []
            case "authorised":
                return [payment_events.PaymentAuthorised(reference=held.reference, amount=held.amount)]
            case "requires_action" if self.state.status == payment.CREATED:
                return [payment_events.PaymentActionRequired(reference=held.reference, url=held.url or "")]
            case "requires_action":
                return []
            case "captured":
                return []
            case _:
                if self.state.authorised:
                    self._alert("hold_lost", f"the provider says that the hold is {held.status}")
                reason = held.reason or f"The provider says that the payment is {held.status}."
                return [payment_events.PaymentFailed(code=held.code or held.status, reason=reason)]

    async def _capture(self, gateway: gateways.PaymentGateway) -> Sequence[Event]:
        state = self.state
        assert state.to_capture is not None and state.document is not None and state.seller_id is not None
        key = payment.key(state, "capture")
        held = await gateway.capture(_reference(state), state.to_capture, state.currency, key)
        captured = payment_events.PaymentCaptured(
            amount=held.captured,
            currency=state.currency,
            gateway=state.gateway,
            document=state.document,
            seller_id=state.seller_id,
            booked_on=await self._day(state.seller_id),
        )
        return [captured]

    async def _cancel(self, gateway: gateways.PaymentGateway) -> Sequence[Event]:
        await gateway.cancel(_reference(self.state), payment.key(self.state, "cancel"))
        return [payment_events.PaymentCanceled(reason=self.state.cancelling or "")]

    async def _refund(self, gateway: gateways.PaymentGateway) -> Sequence[Event]:
        state, wanted = self.state, payment.waiting_refund(self.state)
        assert wanted is not None and state.seller_id is not None
        key = payment.key(state, f"refund:{wanted.id}")
        await gateway.refund(_reference(state), wanted.amount, state.currency, key)
        refunded = payment_events.PaymentRefunded(
            refund_id=wanted.id,
            amount=wanted.amount,
            currency=state.currency,
            gateway=state.gateway,
            seller_id=state.seller_id,
            booked_on=await self._day(state.seller_id),
            document=wanted.document,
        )
        return [refunded]

    async def _refused(self, step: payment.Step, error: gateways.Refused) -> Sequence[Event]:
        """The provider will not: what that makes of the payment. Only a person can mend what was to be captured."""
        wanted = payment.waiting_refund(self.state)
        if step == "refund" and wanted is not None:
            self._alert("refund_failed", str(error))
            return [payment_events.RefundFailed(refund_id=wanted.id, code=error.code, reason=error.reason)]
        if step == "cancel":
            return [payment_events.PaymentCanceled(reason=f"{self.state.cancelling} ({error})")]
        if step == "capture":
            self._alert("payment_not_captured", str(error))
        return [payment_events.PaymentFailed(code=error.code, reason=error.reason)]

    async def _start(self) -> bool:
        """Have the charger start the session; an order whose outcome is not known is found by its token."""
        state, services = self.state, self._services
        young = services.now() - services.started_at < BACK_WITHIN
        if young and state.charger_id not in services.links:
            self._wake(OFFLINE_SECONDS)
            return False
        await self._append([payment_events.PaymentStartOrdered()])
        self._since = services.started_at
        token = await services.readers.read(tokens.get, state.token)
        if token.id_token is None:
            return await self._append([payment_events.CancelOrdered(reason="The payment's token was erased.")])
        try:
            ref = await charger.ensure(services, state.charger_id)
            begun = await charger.start_session(
                ref,
                connector_id=state.connector_id,
                evse_id=state.evse_id,
                id_token=facts.IdToken(token.id_token, token.type),
                by=state.driver_id or state.id,
            )
        except orders.CannotOrder as error:
            return await self._append([payment_events.CancelOrdered(reason=error.detail)])
        except runtime.OutcomeUnknown as error:
            logger.warning("payment_start_unknown payment=%s reason=%s", self.id, error)
            return False
        except runtime.ActorError as error:
            self._since = services.now()
            raise gateways.Unavailable(f"the charger's actor: {error}") from error
        return await self._append([payment_events.PaymentBound(session_id=begun.session_id)])

    async def _cap(self) -> None:
        """The session is not to cost more than what is held."""
        assert self.state.session_id is not None, "caps() asks for one"
        try:
            ref = await charger.ensure(self._services, self.state.charger_id)
            await caps.set(ref, self.state.session_id, self.state.authorised)
        except (orders.NoSuchSession, runtime.ActorError) as error:
            logger.warning("payment_cap_not_set payment=%s reason=%s", self.id, error)

    # -- Storing and waiting -------------------------------------------------------------------------------------------

    async def _append(self, decided: Sequence[events.AnyEvent]) -> bool:
        """Record, then take the state that it makes; when the payment is over, its token starts nothing any more."""
        if not decided:
            return False
        now, after = self._services.now(), self.state
        for event in decided:
            after = payment.evolve(after, self.id, event, now)
        if after.starts and after.status in payment.OVER and self.state.status not in payment.OVER:
            await journal.write(self._services.journal, creating.block, after.token)
        entry = Entry(payment_events.payment_stream(self.id), self.state.version, tuple(map(New, decided)))
        await journal.append(self._services.journal, Append(entries=(entry,), at=now))
        self.state = after
        return True

    async def _day(self, seller_id: str) -> date:
        return await self._services.readers.read(periods.booking_day, seller_id, self._services.now())

    def _watch(self) -> None:
        """Look again when time alone decides."""
        waiting = self.state.status in (payment.REQUIRES_ACTION, payment.AUTHORISED)
        if self.state.cancelling is not None or not waiting or self._alarm is not None:
            return
        self._wake(LOOK_SECONDS)

    def _again(self, reason: str, *, alert: bool = True) -> None:
        self._attempts += 1
        logger.warning("payment_waits payment=%s attempts=%d reason=%s", self.id, self._attempts, reason)
        if alert and self._attempts == ALERT_AFTER:
            self._alert("payment_stuck", f"{self.state.status}: {reason}; it is tried again")
        self._wake(RETRY_SECONDS[min(self._attempts, len(RETRY_SECONDS)) - 1])

    def _alert(self, kind: str, detail: str) -> None:
        alert_id = ids.digest(kind, self.id, self.state.version)
        alerts.raise_alert(self._services.registry, kind, self.id, detail[:500], alert_id)

    def _wake(self, seconds: float) -> None:
        self._sleep()
        self._alarm = alarm.after(self, seconds, Payment.on_step)

    def _sleep(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    async def terminate(self, reason: runtime.Reason) -> None:
        """Leave no alarm behind."""
        self._sleep()

    def status_state(self) -> Any:
        """Without what the provider calls it."""
        return {"id": self.id, "status": self.state.status, "attempts": self._attempts}


def _reference(state: payment.Payment) -> str:
    assert state.reference is not None, "only what the provider knows is asked for"
    return state.reference
