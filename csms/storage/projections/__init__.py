"""Read models: rows that follow from events, written in the transaction of the events they come from.

The writer calls `event` for every event and `state` for every evolved state; rebuild.py does the same over the whole
log. One module a table. They can always be thrown away and folded again.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from csms.domain import charger, events, session
from csms.storage import errors, records
from csms.storage.projections import (
    alerts,
    audit,
    authorizations,
    billing,
    books,
    chargers,
    commands,
    inventory,
    ledger,
    payments,
    reports,
    sessions,
)
from csms.storage.projections.writes import Writes

__all__ = ["EVENTS", "Writes", "event", "numbered", "state", "stream_of"]


def _issued(writes: Writes, stored: records.Stored) -> None:
    billing.issued(writes, stored)
    ledger.book(writes, stored)


def _paid(writes: Writes, stored: records.Stored) -> None:
    billing.paid(writes, stored)
    ledger.book(writes, stored)


def _moved(writes: Writes, stored: records.Stored) -> None:
    payments.happened(writes, stored)
    ledger.book(writes, stored)


EVENTS: dict[str, Callable[[Writes, records.Stored], None]] = {
    "AlertRaised": alerts.raised,
    "AlertResolved": alerts.resolved,
    "AuthorizationDecided": authorizations.decided,
    "SessionStarted": authorizations.started,
    "TransactionUpdated": authorizations.updated,
    "CommandRequested": commands.requested,
    "CommandEnded": commands.ended,
    "Notified": reports.notified,
    "InventoryChanged": inventory.changed,
    "ReferenceChanged": audit.changed,
    "DocumentIssued": _issued,
    "SessionCharged": billing.charged,
    "InvoicePaid": _paid,
    "PeriodClosed": books.closed,
    **dict.fromkeys(books.RECONCILIATION, books.reconciled),
    **dict.fromkeys(payments.TYPES, _moved),
}
"""Event types that are rows by themselves."""


def event(writes: Writes, stored: records.Stored) -> None:
    """Add the rows that follow from one event alone."""
    add = EVENTS.get(stored.type)
    if add is not None:
        add(writes, stored)


def state(writes: Writes, number: int, state: object, new: Sequence[events.AnyEvent] = ()) -> None:
    """Add the row of an evolved state; `number` is its stream's, `new` its events since the last row, if known."""
    if isinstance(state, session.Session):
        sessions.row(writes, number, state, new)
    elif isinstance(state, charger.Charger):
        chargers.row(writes, number, state)


def stream_of(state: object) -> str:
    """The stream that a state is folded from. Raises InvalidAppend for what is no state."""
    match state:
        case session.Session(id=id):
            return events.session_stream(id)
        case charger.Charger(id=id):
            return events.charger_stream(id)
        case _:
            raise errors.InvalidAppend("?", f"{type(state).__name__} is neither a Session nor a Charger")


def numbered(state: object, numbers: Mapping[str, str]) -> object:
    """A session's state with the transaction id that its stream was given, if it was."""
    if isinstance(state, session.Session) and events.session_stream(state.id) in numbers:
        return msgspec.structs.replace(state, transaction_id=numbers[events.session_stream(state.id)])
    return state
