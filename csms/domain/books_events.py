"""Events of the books: reconciliations with payment providers, and periods that were closed. Part of events.py."""

from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

import msgspec

from csms.domain.event import Event


class ReconciliationBegun(Event, frozen=True, kw_only=True):
    """A provider's list is compared with our payments from `since` on. Stream reconciliation:<gateway>."""

    id: str
    since: datetime
    by: str


class DifferenceFound(Event, frozen=True, kw_only=True):
    """The provider's list and our payments differ; `advice` is what to do. Stream reconciliation:<gateway>.

    `subject` is our payment's id, or the provider's reference of what is no payment of ours. `kind` and `subject` name
    a difference until it is gone; told again, it has changed.
    """

    kind: str
    subject: str
    detail: str
    advice: str
    payment_id: str | None = None
    reference: str | None = None


class DifferenceGone(Event, frozen=True, kw_only=True):
    """They agree on it again. Stream reconciliation:<gateway>."""

    kind: str
    subject: str


class ReconciliationEnded(Event, frozen=True, kw_only=True):
    """The whole list was compared. Stream reconciliation:<gateway>.

    `listed` holds of the provider, `compared` payments of ours, of which the actors `repaired` some; `different` is how
    many differences there are now.
    """

    id: str
    listed: int
    compared: int
    repaired: int
    different: int


class AccountTotal(msgspec.Struct, frozen=True, gc=False):
    """What the lines of a period come to on one account, in one currency; debits are positive."""

    account: str
    currency: str
    amount: Decimal


class PeriodClosed(Event, frozen=True, kw_only=True):
    """A seller's month is closed: nothing is booked into it any more. Stream periods:<seller>.

    `period` is 2026-03. `digest` is the SHA-256 of its lines (csms/domain/accounting/journal.py) and of the digest of
    the period that was closed before, so that none can be changed without it showing. `until` is the first day after.
    """

    seller_id: str
    period: str
    until: date
    lines: int
    totals: tuple[AccountTotal, ...]
    digest: str
    by: str


AnyBooksEvent: TypeAlias = ReconciliationBegun | DifferenceFound | DifferenceGone | ReconciliationEnded | PeriodClosed


def reconciliation_stream(gateway: str) -> str:
    """The stream of the reconciliations with a provider."""
    return f"reconciliation:{gateway}"


def periods_stream(seller_id: str) -> str:
    """The stream of the periods that a seller closed."""
    return f"periods:{seller_id}"
