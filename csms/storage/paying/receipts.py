"""Receipts by mail for those who pay without an account, once an address is known. Queued with its cause."""

import sqlite3
from datetime import datetime
from typing import Any

from csms.storage.billing import papers
from csms.storage.paying import facts
from csms.storage.reference import mails, payers

TEMPLATE = "receipt"


def fields(paper: papers.Paper) -> dict[str, Any]:
    """What the mail about a receipt says."""
    station = paper["station"]
    return {
        "number": paper["number"],
        "amount": paper["total"]["amount"],
        "currency": paper["total"]["currency"],
        "issued_on": paper["issued_on"],
        "place": "" if station is None else station["name"],
    }


def send(conn: sqlite3.Connection, payer: payers.Payer | None, number: str, now: datetime) -> None:
    """Queue a receipt for its payer, where an address is known; once to each address."""
    if payer is not None and payer.email is not None:
        mails.queue(
            conn,
            to=payer.email,
            template=TEMPLATE,
            fields=fields(papers.one(conn, number)),
            language=payer.language,
            document=number,
            about=f"receipt {number} {payer.email}",
            now=now,
        )


def send_to(conn: sqlite3.Connection, payment_id: str, email: str, now: datetime) -> None:
    """The payer leaves an address; a receipt that is there already is sent now. Raises InvalidValue."""
    payers.wants(conn, payment_id, email)
    state = facts.state(conn, payment_id)
    number = None if state is None else state.document
    if number is not None:
        send(conn, payers.of_payment(conn, payment_id), number, now)
