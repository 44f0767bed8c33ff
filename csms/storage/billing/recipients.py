"""Who reads a document: the address that it goes to by mail, and the language that the reader has asked for."""

import sqlite3
from typing import NamedTuple

from csms.storage import errors
from csms.storage.reference import accounts, drivers, mails


class Recipient(NamedTuple):
    """A mail address, and a BCP 47 tag; None is what nobody knows."""

    address: str | None
    language: str | None


def find(conn: sqlite3.Connection, buyer_ref: str | None) -> Recipient:
    """Whom a document names, driver:<id> or account:<id>; a driver who is disabled gets no mail.

    What was stored as an address and is none that a mail can be sent to, counts as none.
    """
    found = _known(conn, buyer_ref)
    if found.address is None or mails.possible(found.address):
        return found
    return found._replace(address=None)


def _known(conn: sqlite3.Connection, buyer_ref: str | None) -> Recipient:
    kind, _, buyer_id = (buyer_ref or "").partition(":")
    if kind == "driver" and (driver := drivers.find(conn, buyer_id)) is not None:
        return Recipient(None if driver.disabled else driver.email, driver.language)
    if kind == "account":
        try:
            account = accounts.get(conn, buyer_id)
        except errors.NotFound:
            return Recipient(None, None)
        return Recipient(account.email or None, account.language)
    return Recipient(None, None)
