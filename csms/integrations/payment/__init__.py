"""Payment providers: what all of them can be asked, and which there are. Card data never comes here.

    PaymentError
    |- Unavailable    nobody knows whether it was done: ask again, with the same key
    |- Refused        it will never be done; `code` is the provider's
    `- Forged         a message that the provider did not send

Every call that changes something has an idempotency key: asked twice, it is done once and answered alike.
`embedded` is the default and needs no account; it is for trying and testing. Amounts are rounded decimals.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

import msgspec

from csms.domain.reconciliation import Held, Status

__all__ = [
    "HOSTED",
    "Forged",
    "Held",
    "Notice",
    "Order",
    "Page",
    "PaymentError",
    "PaymentGateway",
    "Refused",
    "Setup",
    "Status",
    "Unavailable",
    "holds",
]

HOSTED = "hosted"
"""The method of an order whose payer chooses on the provider's own page what pays."""


class PaymentError(Exception):
    """Base of what calls of a provider raise."""


class Unavailable(PaymentError):
    """No answer, or none that can be believed: whether it was done is not known."""


class Refused(PaymentError):
    """The provider says no, for good."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code, self.reason = code, reason


class Forged(PaymentError):
    """The message is not, or not any more, the provider's."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An amount to hold for a payment of ours, from `method`.

    `text` is what the provider's page says it is for, `back` where it sends the payer then. `customer`: whose the
    method is that was set up; nobody may be there to confirm anything unless the payer is `present`.
    """

    payment_id: str
    amount: Decimal
    currency: str
    method: str
    text: str = "Charging"
    back: str | None = None
    customer: str | None = None
    present: bool = True


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """A method that somebody adds, to pay with later: status requires_action | ready | failed.

    They go on at `url`, or in the provider's own SDK with the `client_secret`. Then `token` is what pays, of
    `customer`, and `label` what people know it by; never a card's number.
    """

    reference: str
    status: Literal["requires_action", "ready", "failed"]
    customer: str | None = None
    token: str | None = None
    label: str = ""
    url: str | None = None
    client_secret: str | None = None


class Page(NamedTuple):
    """A part of a provider's list, and where the next one begins; None: there is no more."""

    holds: tuple[Held, ...]
    next: str | None


class Notice(msgspec.Struct, frozen=True):
    """What a provider's message is about: what became of it is asked for, so the order of messages does not matter.

    It names our payment, or only the provider's hold.
    """

    id: str
    type: str
    payment_id: str | None = None
    reference: str | None = None


class PaymentGateway(Protocol):
    """A provider. All calls may raise Unavailable, Refused."""

    name: str

    async def authorise(self, order: Order, key: str) -> Held:
        """Hold the amount; status authorised, requires_action or failed (declined)."""

    async def look(self, reference: str) -> Held:
        """The hold as it is now."""

    async def capture(self, reference: str, amount: Decimal, currency: str, key: str) -> Held:
        """Take so much of the hold, once, and release the rest."""

    async def cancel(self, reference: str, key: str) -> Held:
        """Release the hold."""

    async def refund(self, reference: str, amount: Decimal, currency: str, key: str) -> None:
        """Give back so much of what was captured."""

    async def set_up(self, driver_id: str, customer: str | None, key: str) -> Setup:
        """Begin to add a method, for a customer of theirs or a new one."""

    async def look_at_setup(self, reference: str) -> Setup:
        """How far that is."""

    async def forget(self, token: str) -> None:
        """A method that was set up pays no more; again is harmless."""

    async def page(self, since: datetime, after: str | None = None) -> Page:
        """Some of the holds made since then, for reconciliation: those from `after` on, which a page before named."""

    async def close(self) -> None:
        """Give up what is kept open."""

    def notice(self, raw: bytes, headers: Mapping[str, str]) -> Notice:
        """What a message that claims to be the provider's is about. Raises Forged."""


async def holds(gateway: PaymentGateway, since: datetime) -> AsyncIterator[Held]:
    """All holds made since then, page by page. Raises Unavailable, Refused."""
    after = None
    while True:
        page = await gateway.page(since, after)
        for held in page.holds:
            yield held
        if page.next is None:
            return
        after = page.next
