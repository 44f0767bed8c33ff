"""Local authorization lists: the tokens to send, and what a charger's inventory says that it holds.

Used by actors/upkeep/local_lists.py. Reads only; what a list is, is csms.domain.local_list's.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec

from csms.domain import authorization, facts, inventory, local_list
from csms.storage import lookups
from csms.storage.queries import inventory as things
from csms.storage.reference import tokens

_REGISTERED = "SELECT id_token FROM tokens WHERE registered AND id_token IS NOT NULL ORDER BY id_token"
_HELD = (
    "SELECT tokens.id_token, tokens.type, inventory.body FROM inventory JOIN tokens ON tokens.ref = inventory.key"
    " WHERE inventory.charger_id = ? AND inventory.kind = ? AND tokens.id_token IS NOT NULL ORDER BY tokens.id_token"
)
_VALUE = "SELECT id_token FROM tokens WHERE ref = ?"


class Held(NamedTuple):
    """A charger's list as it took it; version None: it never did."""

    version: int | None
    entries: list[local_list.Entry]


class Registered(NamedTuple):
    """A token of the network."""

    id_token: facts.IdToken
    record: authorization.TokenRecord


def registered(conn: sqlite3.Connection) -> list[Registered]:
    """All tokens that the network knows."""
    values = [row[0] for row in conn.execute(_REGISTERED)]
    found = ((value, lookups.token(conn, value)) for value in values)
    return [Registered(facts.IdToken(value, token.type), token) for value, token in found if token is not None]


def held(conn: sqlite3.Connection, charger_id: str) -> Held:
    """The list that a charger holds, without tokens that were erased."""
    told = things.get(conn, charger_id, local_list.KIND, local_list.VERSION)
    rows = conn.execute(_HELD, (charger_id, local_list.KIND)).fetchall()
    entries = [_entry(conn, facts.IdToken(value, kind), msgspec.json.decode(body)) for value, kind, body in rows]
    return Held(None if told is None else told.get("version"), entries)


class Outdated(NamedTuple):
    """What a charger's list should say and does not."""

    held: Held
    changes: list[local_list.Entry]
    whole: bool
    """A token of it was erased, so nobody can name it: only the whole list can leave it out."""

    @property
    def entries(self) -> list[local_list.Entry]:
        """The whole list as it should be."""
        return local_list.applied(self.held.entries, self.changes)


def outdated(conn: sqlite3.Connection, charger_id: str, refs: Iterable[str], now: datetime) -> Outdated:
    """What the list of a charger says otherwise of these tokens than is known now, of those that it has."""
    own = held(conn, charger_id)
    before = {each.id_token.value.casefold(): each for each in own.entries}
    changes, whole = [], False
    for ref in refs:
        if things.get(conn, charger_id, local_list.KIND, ref) is None:
            continue
        token = tokens.get(conn, ref)
        whole = whole or token.id_token is None
        record = None if token.id_token is None else lookups.token(conn, token.id_token)
        if token.id_token is not None and record is not None:
            entry = local_list.entry(facts.IdToken(token.id_token, token.type), record, now)
            if before.get(token.id_token.casefold()) != entry:
                changes.append(entry)
    return Outdated(own, changes, whole)


def _entry(conn: sqlite3.Connection, token: facts.IdToken, body: inventory.Body) -> local_list.Entry:
    """In the field names of either version."""
    expires, group = (
        body.get("cacheExpiryDateTime", body.get("expiryDate")),
        body.get("groupIdToken", body.get("parentIdTag")),
    )
    row = None if group is None else conn.execute(_VALUE, (group,)).fetchone()
    return local_list.Entry(
        id_token=token,
        status=body.get("status"),
        expires_at=None if expires is None else _moment(expires),
        group_id=None if row is None else row[0],
    )


def _moment(text: str) -> datetime | None:
    """None for what somebody ordered raw with another form of time: then it differs from what is wanted."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
