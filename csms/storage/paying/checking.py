"""Whether the books are right: `csms ledger check`. Only reads.

The ledger must balance and be what the log leads to, every priced session must be billed to the last unit, every
payment must agree with what was billed, and with what the provider has. What is merely not done yet is told apart.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import msgspec

from csms.domain import money, payment, reconciliation
from csms.domain.session import Session
from csms.integrations.payment import Held
from csms.storage.books import periods
from csms.storage.paying import facts, reconciling
from csms.storage.projections import rebuild

BILLED_WITHIN = timedelta(minutes=15)
"""A session that may be continued waits some minutes for its bill."""

_decode = msgspec.msgpack.Decoder(Session).decode


class Finding(NamedTuple):
    """Something about `subject`; `wrong`: it must not be so, else it is only not done yet, or to be known."""

    subject: str
    why: str
    wrong: bool = True


def findings(conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    """What is wrong, or open, in our own books."""
    yield from _unbalanced(conn)
    yield from _changed(conn)
    yield from _not_followed(conn)
    yield from _sessions(conn, now)
    for payment_id in _payment_ids(conn):
        state = facts.state(conn, payment_id)
        if state is not None:
            yield from _payment(state, facts.gather(conn, state))


def against(conn: sqlite3.Connection, gateway: str, holds: Iterable[Held]) -> Iterator[Finding]:
    """Where a provider's list and our payments with it differ."""
    seen = set()
    for held in holds:
        state = reconciling.ours(conn, gateway, held)
        if state is None:
            unknown = reconciliation.unknown(held, gateway)
            yield from () if unknown is None else [_difference(unknown)]
        else:
            seen.add(state.id)
            yield from map(_difference, reconciliation.compared(state, held))
    for payment_id in _payment_ids(conn, gateway):
        missing = None if payment_id in seen else _missing(conn, payment_id)
        yield from () if missing is None else [_difference(missing)]


def _missing(conn: sqlite3.Connection, payment_id: str) -> reconciliation.Difference | None:
    state = facts.state(conn, payment_id)
    return None if state is None else reconciliation.missing(state)


def _difference(each: reconciliation.Difference) -> Finding:
    subject = each.subject if each.payment_id is None else f"payment {each.payment_id}"
    return Finding(subject, f"{each.detail}. {each.advice}", wrong=not each.open)


def _unbalanced(conn: sqlite3.Connection) -> Iterator[Finding]:
    query = "SELECT seq, currency, sum(amount) FROM ledger GROUP BY seq, currency HAVING sum(amount) <> 0"
    for seq, currency, amount in conn.execute(query):
        yield Finding(f"position {seq}", f"its lines add up to {_text(amount, currency)}, not to nothing")


def _changed(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Closed months are as they were when they were closed."""
    for seller_id, period, why in periods.changed(conn):
        yield Finding(f"period {period} of {seller_id}", why)


def _not_followed(conn: sqlite3.Connection) -> Iterator[Finding]:
    for each in rebuild.diff_money(conn):
        if isinstance(each, rebuild.Unfolded):
            yield Finding(each.stream, f"cannot be folded: {each.why}")
        else:
            yield Finding(f"{each.table} {each.key}", "is not what the log leads to: csms replay --all --diff-live")


def _sessions(conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    """Of sessions that continue each other the last one's price is that of all."""
    states = [_decode(row[0]) for row in conn.execute("SELECT state FROM sessions WHERE status = 'completed'")]
    continued = {state.continues for state in states if state.continues is not None}
    for state in states:
        if state.price is None or state.price.amount is None or state.id in continued:
            continue
        billed = _billed(conn, state.id)
        if billed is None:
            late = now - (state.completed_at or state.changed_at) > BILLED_WITHIN
            yield Finding(f"session {state.id}", "has no bill yet", wrong=late)
        elif billed not in (state.price.amount, Decimal(0)):
            priced = money.text(state.price.amount, state.price.currency)
            yield Finding(f"session {state.id}", f"costs {priced} {state.price.currency} and is billed {billed}")


def _billed(conn: sqlite3.Connection, session_id: str) -> Decimal | None:
    """What its documents, or its account, are charged; nothing where all was taken back, None before the first."""
    due = facts.documents(conn, session_id).due
    if due is not None:
        return due
    query = (
        "SELECT charges.body ->> '$.total_incl' FROM charge_sessions JOIN charges ON charges.seq = charge_sessions.seq"
        " WHERE charge_sessions.session_id = ? ORDER BY charges.seq DESC LIMIT 1"
    )
    row = conn.execute(query, (session_id,)).fetchone()
    return None if row is None else Decimal(row[0])


def _payment(state: payment.Payment, known: payment.Facts) -> Iterator[Finding]:
    subject = f"payment {state.id}"
    if state.captured > state.authorised or state.refunded > state.captured:
        yield Finding(subject, f"held {state.authorised}, captured {state.captured}, refunded {state.refunded}")
    if not state.over:
        yield Finding(subject, f"is {state.status}", wrong=False)
        return
    if state.status not in payment.PAID:
        return
    back = sum((each.amount for each in state.refunds if each.document and each.status == "done"), Decimal(0))
    kept, due = state.captured - back, max(known.due or Decimal(0), Decimal(0))
    if kept > due and state.refunded < state.captured:  # else goodwill gave back before what was then taken back
        yield Finding(subject, f"{kept} {state.currency} were kept for bills of {due}")
    elif kept < min(due, state.authorised):
        yield Finding(subject, f"{kept} {state.currency} were captured for bills of {due}", wrong=False)


def _payment_ids(conn: sqlite3.Connection, gateway: str | None = None) -> Sequence[str]:
    query = "SELECT id FROM payments WHERE ? IS NULL OR gateway = ? ORDER BY seq"
    return [row[0] for row in conn.execute(query, (gateway, gateway))]


def _text(amount: int, currency: str) -> str:
    return f"{money.text(money.from_minor(amount, currency), currency)} {currency}"
