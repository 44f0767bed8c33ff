"""What tokens with limits have used, read from the sessions. Called by actors, in a reader's thread."""

import sqlite3
from datetime import datetime
from decimal import Decimal

import msgspec

from csms.domain import limits
from csms.domain.session import Session, unpriced
from csms.storage import codec, stays
from csms.storage.reference import tokens

_decode = msgspec.msgpack.Decoder(Session).decode


def objection(
    conn: sqlite3.Connection, token: str, most: limits.Limits, station_id: str | None, now: datetime
) -> limits.Objection | None:
    """What speaks against a start with this token (its surrogate) at this station."""
    return limits.objection(most, _used(conn, token, most, now, but=""), station_id)


def exhausted(conn: sqlite3.Connection, state: Session, ahead: int, now: datetime) -> bool | None:
    """Whether a running session must end lest it passes its token's limits in `ahead` seconds; None: it has none."""
    most = None if state.token is None else tokens.limits_of(conn, state.token)
    if most is None or state.token is None:
        return None
    began = state.started_at or now
    used = _used(conn, state.token, most, began, but=state.id)
    energy = limits.energy_left(most, used)
    if energy is not None and state.energy_wh + (state.power_w or Decimal(0)) * ahead / 3600 >= energy:
        return True
    if most.month_amount is None:
        return False
    return used.amount + _amount(conn, state, most.month_amount.currency, now) >= most.month_amount.amount


def _used(conn: sqlite3.Connection, token: str, most: limits.Limits, now: datetime, *, but: str) -> limits.Used:
    """By all sessions of the month of `now`, `but` this one."""
    if not most.monthly:
        return limits.Used()
    begin = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    query = "SELECT state FROM sessions INDEXED BY sessions_month WHERE token = ? AND started_at >= ? AND id <> ?"
    found = [_decode(row[0]) for row in conn.execute(query, (token, codec.milliseconds(begin), but)).fetchall()]
    currency = most.month_amount.currency if most.month_amount is not None else None
    used = limits.Used(sum((state.energy_wh for state in found), limits.Used().energy_wh))
    if currency is None:
        return used
    return used._replace(amount=sum((_amount(conn, state, currency, now) for state in found), used.amount))


def _amount(conn: sqlite3.Connection, state: Session, currency: str, now: datetime) -> Decimal:
    """What a session costs by now in this currency; nothing where it is free."""
    if state.price is None or state.price.currency != currency:
        return Decimal(0)
    if not unpriced(state):
        return state.price.amount or Decimal(0)
    found = stays.so_far(conn, state, now)
    return Decimal(0) if found is None else found.amount
