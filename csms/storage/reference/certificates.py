"""The table `certificates`: what chargers asked to have signed, and what became of it.

    refused    the request was not signed; `reason` says why
    issued     signed and on its way to the charger
    installed  the charger took it: it said so, or signed in with it
    rejected   the charger did not take it
    revoked    it is good no more; `reason` says why

Serial numbers are hexadecimal without leading zeros. Rows stay when their charger is removed: what is revoked must stay
revoked.
"""

import sqlite3
from datetime import datetime, timedelta
from typing import Any

import msgspec

from csms.domain.certificates import Kind as Kind
from csms.pki import revocation
from csms.storage import codec, errors
from csms.storage.reference import audit, rows

_GOOD = "status IN ('issued', 'installed')"
_KNOWN = "charger_id IN (SELECT id FROM chargers)"
_IN_USE = (  # of each charger and kind: only this one must be renewed
    "number = (SELECT number FROM certificates AS known WHERE known.charger_id = certificates.charger_id"
    " AND known.kind = certificates.kind AND known.status IN ('issued', 'installed')"
    " ORDER BY known.status = 'installed' OR known.requested_at >= ? DESC, number DESC LIMIT 1)"
)
ARRIVING = timedelta(days=1)
"""How long one that was issued is taken for the one in use, though nobody heard that it arrived."""


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """One request and what came of it. `chain` is PEM, as it was sent to the charger."""

    number: int
    charger_id: str
    kind: str
    status: str
    requested_at: datetime
    serial_number: str | None = None
    common_name: str | None = None
    reason: str = ""
    chain: str | None = None
    ends_at: datetime | None = None
    revoked_at: datetime | None = None
    renewal_at: datetime | None = None


def refuse(conn: sqlite3.Connection, charger_id: str, kind: str, reason: str, at: datetime) -> None:
    """Keep that a request was not signed; `kind` as it was asked for."""
    conn.execute(
        "INSERT INTO certificates (charger_id, kind, status, reason, requested_at) VALUES (?, ?, 'refused', ?, ?)",
        (charger_id, kind, reason, codec.milliseconds(at)),
    )


def issue(
    conn: sqlite3.Connection,
    charger_id: str,
    kind: Kind,
    *,
    serial_number: str,
    common_name: str | None,
    chain: str,
    at: datetime,
    ends_at: datetime,
) -> None:
    """Keep a certificate before it is sent."""
    conn.execute(
        "INSERT INTO certificates"
        " (charger_id, kind, serial_number, common_name, status, reason, chain, requested_at, ends_at)"
        " VALUES (?, ?, ?, ?, 'issued', '', ?, ?, ?)",
        (charger_id, kind, serial_number, common_name, chain, codec.milliseconds(at), codec.milliseconds(ends_at)),
    )


def settle(conn: sqlite3.Connection, serial_number: str, *, taken: bool, reason: str = "") -> None:
    """The charger said whether it took it; of one that was revoked meanwhile nothing changes."""
    conn.execute(
        f"UPDATE certificates SET status = ?, reason = ? WHERE serial_number = ? AND {_GOOD}",  # noqa: S608
        ("installed" if taken else "rejected", reason, serial_number),
    )


def used(conn: sqlite3.Connection, number: int) -> None:
    """The charger signed in with it, so it has it, whatever was heard of that."""
    query = "UPDATE certificates SET status = 'installed', reason = '' WHERE number = ?"
    conn.execute(f"{query} AND status IN ('issued', 'rejected')", (number,))


def revoke(conn: sqlite3.Connection, serial_number: str, reason: str, at: datetime) -> Certificate:
    """It is good no more, and who says so is recorded; again is no mistake. Raises NotFound, InvalidValue."""
    if reason not in revocation.REASONS:
        raise errors.InvalidValue("reason", f"must be one of {', '.join(revocation.REASONS)}")
    known = get(conn, serial_number)
    if known.revoked_at is None:
        with audit.changing(conn, "certificates", str(known.serial_number), kind="certificate"):
            conn.execute(
                "UPDATE certificates SET status = 'revoked', reason = ?, revoked_at = ? WHERE number = ?",
                (reason, codec.milliseconds(at), known.number),
            )
    return get(conn, serial_number)


def asked_to_renew(conn: sqlite3.Connection, number: int, at: datetime) -> None:
    """The charger was asked to have it renewed."""
    conn.execute("UPDATE certificates SET renewal_at = ? WHERE number = ?", (codec.milliseconds(at), number))


def find(conn: sqlite3.Connection, serial_number: str) -> Certificate | None:
    """The one of this serial number, in whatever case."""
    wanted = serial_number.lower().lstrip("0")
    row = rows.one(conn, "SELECT * FROM certificates WHERE serial_number = ?", wanted)
    return None if row is None else of(row)


def get(conn: sqlite3.Connection, serial_number: str) -> Certificate:
    """The same. Raises NotFound."""
    found = find(conn, serial_number)
    if found is None:
        raise errors.NotFound("certificate", serial_number)
    return found


def recent(conn: sqlite3.Connection, charger_id: str, since: datetime) -> int:
    """How many requests of a charger there were since then."""
    query = "SELECT count(*) FROM certificates WHERE charger_id = ? AND requested_at >= ?"
    return int(conn.execute(query, (charger_id, codec.milliseconds(since))).fetchone()[0])


def ending(conn: sqlite3.Connection, before: datetime, now: datetime) -> list[Certificate]:
    """Those in use that end before that time: of each charger the newest that arrived, or may be arriving.

    Not those of chargers that were removed: nobody signs in with them, and nobody can renew them.
    """
    query = f"SELECT * FROM certificates WHERE {_GOOD} AND {_KNOWN} AND ends_at < ? AND {_IN_USE} ORDER BY ends_at"  # noqa: S608
    found = rows.many(conn, query, codec.milliseconds(before), codec.milliseconds(now - ARRIVING))
    return [of(row) for row in found]


def revoked(conn: sqlite3.Connection, kind: Kind) -> list[revocation.Revoked]:
    """All that are good no more, for a list."""
    query = "SELECT serial_number, revoked_at, reason FROM certificates WHERE revoked_at IS NOT NULL AND kind = ?"
    return [
        revocation.Revoked(row["serial_number"], codec.moment(row["revoked_at"]), row["reason"])
        for row in rows.many(conn, query, kind)
    ]


def of(row: dict[str, Any]) -> Certificate:
    """A row as a value."""
    times = ("requested_at", "ends_at", "revoked_at", "renewal_at")
    moments = {name: None if row[name] is None else codec.moment(row[name]) for name in times}
    return Certificate(**{**row, **moments})
