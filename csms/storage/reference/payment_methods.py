"""The table `payment_methods`: what drivers pay with, by the provider's tokens; never a card's number.

Events name a method by its id here, which tells nothing once the row is gone.
"""

import sqlite3
from datetime import datetime
from typing import Any

import msgspec

from csms.integrations.payment import Setup
from csms.storage import codec, errors
from csms.storage.reference import rows

KIND = "payment method"


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """A driver's method: status requires_action | ready | failed. `token` and `customer` are the provider's."""

    id: str
    driver_id: str
    gateway: str
    reference: str
    status: str
    label: str
    default: bool
    created_at: datetime
    customer: str | None = None
    token: str | None = None
    revision: int = 1


def add(conn: sqlite3.Connection, driver_id: str, gateway: str, setup: Setup, now: datetime) -> Method:
    """Somebody begins to add one."""
    method_id = rows.new_id("mt")
    row = {
        "id": method_id,
        "driver_id": driver_id,
        "gateway": gateway,
        "reference": setup.reference,
        "status": "requires_action",
        "customer": setup.customer,
        "is_default": 0,
        "label": "",
        "created_at": codec.milliseconds(now),
        "revision": 1,
    }
    rows.insert(conn, "payment_methods", row, KIND, method_id)
    return heard(conn, method_id, setup)


def get(conn: sqlite3.Connection, id: str) -> Method:
    """One method. Raises NotFound."""
    found = find(conn, id)
    if found is None:
        raise errors.NotFound(KIND, id)
    return found


def find(conn: sqlite3.Connection, id: str) -> Method | None:
    """The same; None where there is none (any more)."""
    row = rows.one(conn, "SELECT * FROM payment_methods WHERE id = ?", id)
    return None if row is None else _method(row)


def of_driver(conn: sqlite3.Connection, driver_id: str) -> list[Method]:
    """A driver's, the newest first."""
    query = "SELECT * FROM payment_methods WHERE driver_id = ? ORDER BY created_at DESC, id"
    return [_method(row) for row in rows.many(conn, query, driver_id)]


def default(conn: sqlite3.Connection, driver_id: str) -> Method | None:
    """What a driver pays with who says nothing."""
    query = "SELECT * FROM payment_methods WHERE driver_id = ? AND is_default = 1 AND status = 'ready'"
    row = rows.one(conn, query, driver_id)
    return None if row is None else _method(row)


def heard(conn: sqlite3.Connection, id: str, setup: Setup) -> Method:
    """What the provider says of it now; the first that is ready is the default. Raises NotFound."""
    old = get(conn, id)
    if (old.status, old.token) != (setup.status, setup.token):
        told = {"status": setup.status, "token": setup.token, "label": setup.label}
        told["customer"] = setup.customer or old.customer
        _change(conn, old, told)
    if setup.status == "ready" and default(conn, old.driver_id) is None:
        make_default(conn, id)
    return get(conn, id)


def make_default(conn: sqlite3.Connection, id: str) -> Method:
    """From now on the driver pays with this one. Raises NotFound, InvalidValue."""
    chosen = get(conn, id)
    if chosen.status != "ready":
        raise errors.InvalidValue("default", f"the method is not ready: it is {chosen.status}")
    for each in of_driver(conn, chosen.driver_id):
        if each.default != (each.id == id):
            _change(conn, each, {"is_default": int(each.id == id)})
    return get(conn, id)


def remove(conn: sqlite3.Connection, id: str) -> None:
    """It is gone; the newest of the others becomes the default. Raises NotFound."""
    gone = get(conn, id)
    rows.delete(conn, "payment_methods", id, kind=KIND)
    others = [each for each in of_driver(conn, gone.driver_id) if each.status == "ready"]
    if gone.default and others:
        make_default(conn, others[0].id)


def chosen(conn: sqlite3.Connection, driver_id: str, named: str | None) -> Method | None:
    """The driver's method with this id, or the default where none is named. Raises InvalidValue.

    None: it is none of those that are kept here, but one that an app just made with the provider.
    """
    found = default(conn, driver_id) if named is None else find(conn, named)
    if found is None or found.driver_id != driver_id:
        if named is None:
            raise errors.InvalidValue("method", "name one, or add one to keep: POST /api/v1/payment-methods")
        return None
    if found.status != "ready":
        raise errors.InvalidValue("method", f"this method is not ready: it is {found.status}")
    return found


def forget(conn: sqlite3.Connection, driver_id: str) -> None:
    """Erase a driver's."""
    for each in of_driver(conn, driver_id):
        rows.delete(conn, "payment_methods", each.id, kind=KIND)


def _change(conn: sqlite3.Connection, old: Method, changes: dict[str, Any]) -> None:
    rows.update(conn, "payment_methods", old.id, changes, found=old.revision, expected=None, kind=KIND)


def _method(row: dict[str, Any]) -> Method:
    fields = {**row, "default": bool(row["is_default"]), "created_at": codec.moment(row["created_at"])}
    del fields["is_default"]
    return Method(**fields)
