"""The table `firmware`: the catalogue of what may be installed, with checksums and signatures.

A file is in DATA/firmware under its checksum; one that lies elsewhere has an https URL. What is in the catalogue does
not change: another file is another version.
"""

import secrets
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from csms.storage import codec, errors
from csms.storage.reference import patterns, rows, settings

FOLDER = "firmware"
KEY = "download_key"

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Version = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
Sha256 = Annotated[str, msgspec.Meta(pattern=patterns.SHA256, description="In hex.")]
FileName = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=patterns.ID)]
Url = Annotated[str, msgspec.Meta(min_length=9, max_length=512, pattern=patterns.HTTPS)]
Signature = Annotated[str, msgspec.Meta(min_length=1, max_length=800)]
Certificate = Annotated[str, msgspec.Meta(min_length=1, max_length=5500)]


class Firmware(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version for the chargers of one vendor and model; `size` in bytes is known when its file is here."""

    id: str
    vendor: Word
    model: Word
    version: Version
    sha256: Sha256
    created_at: datetime
    url: Url | None = None
    file_name: FileName = "firmware.bin"
    size: int | None = None
    signature: Signature | None = None
    signing_certificate: Certificate | None = None
    revision: int = 1

    @property
    def available(self) -> bool:
        """Whether chargers can fetch it."""
        return self.url is not None or self.size is not None


def add(conn: sqlite3.Connection, fields: Mapping[str, Any], now: datetime) -> Firmware:
    """Add a version. Raises InvalidValue, AlreadyExists."""
    made = rows.checked(Firmware, {**fields, "id": rows.new_id("fw"), "created_at": codec.whole(now), "revision": 1})
    if (made.signature is None) is not (made.signing_certificate is None):
        raise errors.InvalidValue("signature", "a signature and the signing_certificate come together")
    if find(conn, made.vendor, made.model, made.version) is not None:
        raise errors.AlreadyExists("firmware", f"{made.vendor} {made.model} {made.version}")
    rows.insert(conn, "firmware", _row(made), "firmware", made.id)
    return made


def get(conn: sqlite3.Connection, id: str) -> Firmware:
    """One version. Raises NotFound."""
    row = rows.one(conn, "SELECT * FROM firmware WHERE id = ?", id)
    if row is None:
        raise errors.NotFound("firmware", id)
    return _firmware(row)


def find(conn: sqlite3.Connection, vendor: str, model: str, version: str) -> Firmware | None:
    """This version of it, where the catalogue has it; vendor and model in whatever case."""
    query = "SELECT * FROM firmware WHERE vendor = ? AND model = ? AND version = ?"
    row = rows.one(conn, query, vendor, model, version)
    return None if row is None else _firmware(row)


def every(conn: sqlite3.Connection) -> list[Firmware]:
    """The catalogue by vendor and model, the newest first."""
    return [_firmware(row) for row in rows.many(conn, "SELECT * FROM firmware ORDER BY vendor, model, rowid DESC")]


def stored(conn: sqlite3.Connection, id: str, size: int) -> Firmware:
    """Its file is here. Raises NotFound."""
    old = get(conn, id)
    new = msgspec.structs.replace(old, size=size, revision=old.revision + 1)
    rows.update(conn, "firmware", id, _row(new), found=old.revision, expected=None, kind="firmware")
    return new


def remove(conn: sqlite3.Connection, id: str) -> Firmware:
    """Remove a version that no campaign is about. Raises NotFound, InvalidValue."""
    old = get(conn, id)
    if rows.one(conn, "SELECT 1 FROM campaigns WHERE firmware_id = ?", id):
        raise errors.InvalidValue("id", f"firmware {id} is that of a campaign: its record needs it")
    rows.delete(conn, "firmware", id, kind="firmware")
    return old


def used(conn: sqlite3.Connection, sha256: str) -> bool:
    """Whether the file with this checksum belongs to any version."""
    return any(each.sha256 == sha256 and each.size is not None for each in every(conn))


def checksums(conn: sqlite3.Connection) -> frozenset[str]:
    """The names of the files that may be there."""
    return frozenset(each.sha256 for each in every(conn))


def key(conn: sqlite3.Connection) -> bytes:
    """What download URLs are signed with; made when it is first asked for, on a connection that writes."""
    known: str | None = settings.get(conn, KEY)
    if known is None:
        known = secrets.token_hex(32)
        settings.put(conn, KEY, known)
    return bytes.fromhex(known)


def _row(firmware: Firmware) -> dict[str, Any]:
    details = msgspec.to_builtins(firmware)
    columns = {name: details.pop(name) for name in ("id", "vendor", "model", "version", "revision")}
    return {**columns, "details": msgspec.json.encode(details).decode()}


def _firmware(row: dict[str, Any]) -> Firmware:
    details = msgspec.json.decode(row.pop("details"))
    return msgspec.convert({**details, **row}, Firmware)
