"""The table `mails`: what is to be sent to people, stored in the transaction of what it is about.

Addresses and fields are personal: they are in no event and no audit. When a mail is sent its fields are emptied, for
they may hold links that open an account; 30 days later the row is gone. Sent by actors/business/mailing.py.
"""

import re
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from csms.integrations.mail import letters
from csms.storage import codec, errors
from csms.storage.reference import rows

WAITING, SENT, FAILED = "waiting", "sent", "failed"
FIRST, LONGEST = timedelta(seconds=10), timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=3)
_ADDRESS = re.compile(r"[^@\s<>\"(),:;\[\]\\]{1,64}@[^@\s<>\"(),:;\[\]\\]{1,255}")


class Due(NamedTuple):
    """A mail that is to be sent now; `document` is the number of what is attached."""

    id: str
    recipient: str
    template: str
    language: str | None
    fields: dict[str, Any]
    document: str | None


class Outcome(NamedTuple):
    """What came of an attempt. `wrong` "": it was taken; `final`: asking again is of no use."""

    at: datetime
    wrong: str = ""
    final: bool = False


def queue(
    conn: sqlite3.Connection,
    *,
    to: str,
    template: str,
    fields: Mapping[str, Any],
    language: str | None = None,
    document: str | None = None,
    about: str | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> None:
    """Have a mail sent once this transaction is stored.

    `template` and `fields` are those of csms/integrations/mail/letters.py; `language` None is the operator's;
    `document` is the number of one to attach; a mail `about` the same thing is sent once; it is
    given up at `until`, or after some days. Raises InvalidValue, letters.UnknownLetter.
    """
    letters.check(template, fields)
    if not possible(to):
        raise errors.InvalidValue("to", "is no address that a mail can be sent to")
    at = now or datetime.now(UTC)
    conn.execute(
        "INSERT OR IGNORE INTO mails (id, about, recipient, template, language, fields, document, status, attempts,"
        " created_at, due_at, until, detail) VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?, ?, ?, '')",
        (
            rows.new_id("m"),
            about,
            to,
            template,
            language,
            msgspec.json.encode(dict(fields)).decode(),
            document,
            codec.milliseconds(at),
            codec.milliseconds(at),
            codec.milliseconds(min(at + GIVEN_UP_AFTER, until or datetime.max.replace(tzinfo=UTC))),
        ),
    )


def possible(address: str) -> bool:
    """Whether a mail can be sent to such an address at all."""
    return _ADDRESS.fullmatch(address) is not None


def due(conn: sqlite3.Connection, now: datetime, limit: int) -> list[Due]:
    """What is to be sent now, the longest waiting first."""
    query = (
        "SELECT id, recipient, template, language, fields, document FROM mails"
        " WHERE status = 'waiting' AND due_at <= ? ORDER BY due_at, number LIMIT ?"
    )
    found = conn.execute(query, (codec.milliseconds(now), limit))
    return [Due(row[0], row[1], row[2], row[3], msgspec.json.decode(row[4]), row[5]) for row in found]


def attempted(conn: sqlite3.Connection, id: str, outcome: Outcome) -> bool:
    """Note what came of an attempt; True when it was the last one and in vain."""
    row = rows.one(conn, "SELECT attempts, until FROM mails WHERE id = ? AND status = 'waiting'", id)
    if row is None:
        return False
    attempts = row["attempts"] + 1
    again = codec.milliseconds(outcome.at + min(LONGEST, FIRST * 2 ** min(attempts - 1, 20)))
    status = SENT
    if outcome.wrong:
        status = FAILED if outcome.final or again > row["until"] else WAITING
    over = status != WAITING
    conn.execute(
        "UPDATE mails SET status = ?, attempts = ?, due_at = ?, ended_at = ?, detail = ?,"
        " fields = CASE WHEN ? THEN '{}' ELSE fields END WHERE id = ?",
        (status, attempts, again, codec.milliseconds(outcome.at) if over else None, outcome.wrong[:500], over, id),
    )
    return status == FAILED


def forget(conn: sqlite3.Connection, before: datetime) -> None:
    """Erase what was sent or given up before, and what has waited since."""
    conn.execute("DELETE FROM mails WHERE coalesce(ended_at, created_at) < ?", (codec.milliseconds(before),))


def waiting(conn: sqlite3.Connection) -> int:
    """How many wait to be sent."""
    return int(conn.execute("SELECT count(*) FROM mails WHERE status = 'waiting'").fetchone()[0])
