"""Erasure of a driver who asks to be forgotten: nothing that tells who it was stays in any table.

The log and its read models know drivers and tokens by surrogates only, so sessions, bills and the ledger stay as they
are, and prove themselves as before; what the surrogates stood for is gone. Backups that were made before still have it.
"""

import sqlite3
from collections.abc import Iterable

from csms.storage import errors
from csms.storage.reference import accounts, buyers, drivers, payment_methods, rows, tokens, users

_ANSWERS = ("idempotency", "CAST(response AS TEXT)")
_COPIES = (
    ("customer_information", "data"),
    ("deliveries", "body"),
    *(("mails", "recipient"), ("mails", "fields")),
    *(("one_time_links", "details"), ("link_requests", "details")),
)
"""Tables of what is kept for days, and the column in which somebody may be mentioned."""


def erase(conn: sqlite3.Connection, driver_id: str, expected: int | None = None) -> None:
    """Forget a driver for ever, and overwrite what was stored. Raises NotFound, RevisionMismatch, InvalidValue."""
    driver = drivers.get(conn, driver_id)
    rows.guard("driver", driver_id, driver.revision, expected)
    if rows.one(conn, "SELECT 1 FROM sessions WHERE driver_id = ? AND status = 'active'", driver_id):
        raise errors.InvalidValue("id", "the driver charges just now: stop the session first")
    conn.execute("PRAGMA secure_delete = ON")
    try:
        _erase(conn, driver_id, driver.email)
    finally:
        conn.execute("PRAGMA secure_delete = FAST")


def _erase(conn: sqlite3.Connection, driver_id: str, email: str) -> None:
    refs = drivers.token_refs(conn, driver_id)
    values = [value for ref in refs if (value := tokens.get(conn, ref).id_token) is not None]
    buyers.erase(conn, driver_id)
    payment_methods.forget(conn, driver_id)
    _leave_accounts(conn, driver_id, refs)
    for ref in refs:
        tokens.erase(conn, ref)
    conn.execute("DELETE FROM idempotency WHERE owner = ?", (driver_id,))
    _unmention(conn, *_ANSWERS, [driver_id, *refs])
    for table, column in (_ANSWERS, *_COPIES):
        _unmention(conn, table, column, [email, *values])
    rows.delete(conn, "drivers", driver_id, kind="driver")
    users.remove(conn, driver_id)


def _leave_accounts(conn: sqlite3.Connection, driver_id: str, refs: Iterable[str]) -> None:
    members = [accounts.member_of(conn, None, driver_id), *(accounts.member_of(conn, ref, None) for ref in refs)]
    for member in filter(None, members):
        accounts.remove_member(conn, member.account_id, member.id)


def _unmention(conn: sqlite3.Connection, table: str, column: str, words: Iterable[str]) -> None:
    """A short word may hit a copy that is of somebody else: it is one of a few days' and nobody's only one."""
    for word in words:
        query = f"DELETE FROM {table} WHERE instr(lower({column}), lower(?))"  # noqa: S608 - our own names
        conn.execute(query, (word,))
