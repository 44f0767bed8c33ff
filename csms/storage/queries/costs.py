"""What sessions cost, line by line, as people see it. All amounts and quantities are decimals as text."""

import sqlite3
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from csms.domain import events, money, session, session_cost
from csms.domain.session import Session
from csms.domain.tariff.bill import Bill, Line, Tax
from csms.storage import stays
from csms.storage.queries.plain import time

_FREE: dict[str, Any] = dict.fromkeys(("currency", "total_excl", "total_incl")) | {"lines": [], "taxes": []}
_decode = msgspec.msgpack.Decoder(Session).decode


def of_session(conn: sqlite3.Connection, session_id: str, now: datetime) -> dict[str, Any] | None:
    """What `GET /sessions/{id}/cost` shows: the bill that is on record, else what it would be now."""
    row = conn.execute("SELECT state FROM sessions WHERE id = ?", (session_id,)).fetchone()
    if row is None:
        return None
    state = _decode(row[0])
    found = stays.of(conn, state)
    last = next((event for event, _ in reversed(found[-1].told) if isinstance(event, events.SessionPriced)), None)
    if last is not None and state.status == session.COMPLETED:
        told = {"revision": last.revision, "covers": [*last.covers], "idle_since": None, "idle_s": last.idle_s}
        return _about(state) | told | of_bill(last)
    told = {"revision": None, "covers": [stay.state.id for stay in found], "idle_since": None, "idle_s": state.idle_s}
    running = session_cost.cost(found, now) if state.price is not None else None
    if running is None:
        return (
            _about(state) | told | dict.fromkeys(("currency", "total_excl", "total_incl")) | {"lines": [], "taxes": []}
        )
    so_far = session_cost.so_far(running)
    idle = {"idle_since": time(so_far.idle_since), "idle_s": so_far.idle_s}
    return _about(state) | told | idle | of_bill(running.bill)


def of_bill(bill: Bill | events.SessionPriced) -> dict[str, Any]:
    """{currency, total_excl, total_incl, lines, taxes}."""
    return {
        "currency": bill.currency,
        "total_excl": money.text(bill.total_excl, bill.currency),
        "total_incl": money.text(bill.total_incl, bill.currency),
        "lines": [_line(line, bill.currency) for line in bill.lines],
        "taxes": [_tax(tax, bill.currency) for tax in bill.taxes],
    }


def _about(state: Session) -> dict[str, Any]:
    price = state.price
    return {
        "session_id": state.id,
        "tariff_id": price.tariff_id if price is not None else None,
        "tariff_version": price.version if price is not None else None,
    }


def _line(line: Line, currency: str) -> dict[str, Any]:
    return {
        "dimension": line.dimension,
        "quantity": _text(line.quantity),
        "unit": line.unit,
        "price": _text(line.price),
        "step_size": line.step_size,
        "vat": _text(line.vat),
        "amount_excl": money.text(line.amount_excl, currency),
        "amount_incl": money.text(line.amount_incl, currency),
        "reason": line.reason,
        "element": line.element,
        "from_at": time(line.from_at),
        "to_at": time(line.to_at),
    }


def _tax(tax: Tax, currency: str) -> dict[str, Any]:
    return {
        "vat": _text(tax.vat),
        "excl": money.text(tax.excl, currency),
        "amount": money.text(tax.amount, currency),
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
