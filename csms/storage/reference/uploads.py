"""The table `uploads`: files that chargers were asked for, each with a URL that takes one file once.

The secret of the URL is stored as a digest. The bytes are in DATA/uploads, under the upload's id: what a charger calls
its file is shown, and never a path. What people see of it is csms/storage/queries/uploads.py.
"""

import hashlib
import sqlite3
from datetime import datetime, timedelta

import msgspec

from csms import credentials
from csms.storage import codec, errors
from csms.storage.reference import rows

FOLDER = "uploads"
LIFETIME = timedelta(days=1)
"""How long a charger may take until it sends what it was asked for: it may be busy, and it may try again."""
MAX_NAME = 255


class Upload(msgspec.Struct, frozen=True):
    """A file that was asked for."""

    id: str
    charger_id: str
    received: bool


def offer(conn: sqlite3.Connection, charger_id: str, command_id: str, now: datetime) -> str:
    """Make room for one file of a charger; the secret that lets it in."""
    secret, end = credentials.generate(), now + LIFETIME
    conn.execute(
        "INSERT INTO uploads (id, digest, charger_id, command_id, requested_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        (rows.new_id("f"), _digest(secret), charger_id, command_id, codec.milliseconds(now), codec.milliseconds(end)),
    )
    return secret


def find(conn: sqlite3.Connection, secret: str, now: datetime) -> Upload | None:
    """What this secret lets in; None when it is unknown or has expired."""
    query = "SELECT id, charger_id, received_at FROM uploads WHERE digest = ? AND expires_at > ?"
    row = rows.one(conn, query, _digest(secret), codec.milliseconds(now))
    return None if row is None else Upload(row["id"], row["charger_id"], row["received_at"] is not None)


def received(conn: sqlite3.Connection, id: str, now: datetime, *, name: str, size: int, sha256: str) -> None:
    """The file is on the disk: its URL takes no other. Raises NotFound when it was removed meanwhile."""
    query = "UPDATE uploads SET received_at = ?, name = ?, size = ?, sha256 = ? WHERE id = ?"
    if not conn.execute(query, (codec.milliseconds(now), name[:MAX_NAME], size, sha256, id)).rowcount:
        raise errors.NotFound("upload", id)


def remove(conn: sqlite3.Connection, id: str) -> None:
    """Forget an upload; a URL that was not used takes nothing any more. Raises NotFound."""
    if not conn.execute("DELETE FROM uploads WHERE id = ?", (id,)).rowcount:
        raise errors.NotFound("upload", id)


def forget(conn: sqlite3.Connection, before: datetime) -> None:
    """Forget what was asked for before then."""
    conn.execute("DELETE FROM uploads WHERE requested_at < ?", (codec.milliseconds(before),))


def ids(conn: sqlite3.Connection) -> frozenset[str]:
    """Of all uploads: whose files may be there."""
    return frozenset(row[0] for row in conn.execute("SELECT id FROM uploads"))


def _digest(secret: str) -> bytes:
    # The secret has 256 random bits: no salt is needed, and the digest can be looked up.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
