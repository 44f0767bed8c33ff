"""The table `buyers`: the name and address that a driver wants on receipts. Drivers need none; it can be erased."""

import sqlite3
from collections.abc import Mapping
from typing import Any

import msgspec

from csms.domain.billing import parties
from csms.storage import errors
from csms.storage.reference import rows


class Buyer(parties.Party, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A driver's billing identity; `id` is the driver's."""

    id: str
    revision: int = 1


def find(conn: sqlite3.Connection, driver_id: str | None) -> Buyer | None:
    """A driver's; None where none was given."""
    row = rows.one(conn, "SELECT * FROM buyers WHERE id = ?", driver_id)
    if row is None:
        return None
    details = msgspec.json.decode(row["details"])
    return msgspec.convert({**details, "id": row["id"], "revision": row["revision"]}, Buyer)


def put(conn: sqlite3.Connection, driver_id: str, fields: Mapping[str, Any]) -> Buyer:
    """Set it; receipts from now on have it. Raises InvalidValue."""
    old = find(conn, driver_id)
    buyer = rows.checked(Buyer, {**fields, "id": driver_id, "revision": 1})
    if (problem := parties.wrong(buyer)) is not None:
        raise errors.InvalidValue(*problem)
    details = msgspec.to_builtins(buyer)
    del details["id"], details["revision"]
    row = {"id": driver_id, "details": msgspec.json.encode(details).decode()}
    if old is None:
        rows.insert(conn, "buyers", {**row, "revision": 1}, "buyer", driver_id)
        return buyer
    rows.update(conn, "buyers", driver_id, row, found=old.revision, expected=None, kind="buyer")
    return msgspec.structs.replace(buyer, revision=old.revision + 1)


def erase(conn: sqlite3.Connection, driver_id: str) -> None:
    """Forget who a driver is, also on documents that were issued: these stay, without the name. Again is harmless."""
    rows.delete(conn, "buyers", driver_id, kind="buyer")
    conn.execute("UPDATE document_parties SET buyer = NULL WHERE buyer_ref = ?", (f"driver:{driver_id}",))


def party(buyer: Buyer) -> parties.Party:
    """What a document says of it."""
    return parties.Party(**{name: getattr(buyer, name) for name in parties.Party.__struct_fields__})
