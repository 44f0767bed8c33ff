"""What the command line may write, by name: run in the single writer, with or without a server around it.

`csms charger add` becomes "charger.add" with its arguments; the control socket of a running server and the command line
itself call the same table. Secrets that are generated here are in the result, once.
"""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from csms import credentials
from csms.storage import archive, errors, queries, staging
from csms.storage.porting import putting
from csms.storage.reference import (
    assignments,
    certificates,
    chargers,
    second_factors,
    stations,
    tariffs,
    tokens,
    users,
)
from csms.storage.reference.assignments import Place

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256


class UnknownOperation(LookupError):
    """There is no operation of this name."""


def run(conn: sqlite3.Connection, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Run one operation; its result is JSON-able. Raises UnknownOperation and the errors of csms.storage.errors."""
    operation = OPERATIONS.get(name)
    if operation is None:
        raise UnknownOperation(f"there is no operation {name}; there are: {', '.join(OPERATIONS)}")
    try:
        return operation(conn, dict(arguments))
    except (
        TypeError,
        ValueError,
        AttributeError,
        KeyError,
    ) as error:  # the arguments are whatever came through the socket
        raise errors.InvalidValue("arguments", f"{name} cannot take these: {error}") from error


def add_station(conn: sqlite3.Connection, fields: dict[str, Any]) -> dict[str, Any]:
    """A site."""
    return _plain(stations.add(conn, fields))


def add_charger(conn: sqlite3.Connection, fields: dict[str, Any]) -> dict[str, Any]:
    """A charger; with a security profile that needs a password and none given, one is made and returned."""
    given = fields.pop("password", None)
    made = credentials.charger_password() if given is None and fields.get("security_profile", 0) in (1, 2) else None
    added = _plain(chargers.add(conn, fields, stored_password(given, made)))
    del added["credential"], added["pending_credentials"]
    return added | ({"password": made} if made else {})


def import_chargers(conn: sqlite3.Connection, fields: dict[str, Any]) -> dict[str, Any]:
    """Many chargers, all or none; an error names the row."""
    added = []
    for number, row in enumerate(fields.get("rows", []), start=1):
        try:
            added.append(add_charger(conn, dict(row)))
        except errors.StorageError as error:
            raise errors.InvalidValue(
                f"row {number} ({row.get('id', 'no id')})", f"{error}; nothing was imported"
            ) from error
    return {"chargers": added}


def add_token(conn: sqlite3.Connection, fields: dict[str, Any]) -> dict[str, Any]:
    """A token that may charge."""
    added = _plain(tokens.add(conn, fields))
    del added["ref"]
    return added


def add_tariff(conn: sqlite3.Connection, fields: dict[str, Any]) -> dict[str, Any]:
    """A tariff, as POST /tariffs takes it; with `assign` also the place (as tariff.assign takes it) that has it."""
    place = fields.pop("assign", None)
    added = tariffs.add(conn, fields)
    if place is not None:
        assign_tariff(conn, {**place, "tariff_id": added.id})
    return queries.tariffs.view(added)


def assign_tariff(conn: sqlite3.Connection, fields: dict[str, Any]) -> dict[str, Any]:
    """A tariff for a station, a charger or a connector; without a tariff_id it has none of its own any more."""
    from_at = None if fields.get("from_at") is None else msgspec.convert(fields["from_at"], datetime)
    if from_at is not None and from_at.tzinfo is None:
        raise errors.InvalidValue("from_at", "must say its time zone: 2027-01-01T00:00:00Z")
    place, subject = _place(conn, fields)
    made = assignments.assign(conn, place, subject, fields["tariff_id"], now=datetime.now(UTC), from_at=from_at)
    return queries.tariffs.assignment(made)


def _place(conn: sqlite3.Connection, fields: dict[str, Any]) -> tuple[Place, str]:
    if (station_id := fields.get("station_id")) is not None:
        return "station", stations.get(conn, station_id).id
    charger = chargers.get(conn, fields["charger_id"])
    if (connector_id := fields.get("connector_id")) is None:
        return "charger", charger.id
    if connector_id not in charger.connector_ids:
        raise errors.NotFound(f"connector of {charger.id} with the number", str(connector_id))
    return "connector", assignments.connector(charger.id, connector_id)


def add_user(conn: sqlite3.Connection, fields: dict[str, Any]) -> dict[str, Any]:
    """A person; without a password one is made and returned."""
    given = fields.pop("password", None)
    made = credentials.generate() if given is None else None
    added = _plain(users.add(conn, fields, _personal(given or made)))
    added.pop("password", None)
    return added | ({"password": made} if made else {})


def set_password(conn: sqlite3.Connection, fields: dict[str, Any]) -> dict[str, Any]:
    """Another password for a person; without one it is made and returned."""
    given = fields.get("password")
    made = credentials.generate() if given is None else None
    user = _user(conn, fields)
    users.change(conn, user.id, {}, password=_personal(given or made))
    return {"email": user.email} | ({"password": made} if made else {})


def disable_user(conn: sqlite3.Connection, fields: dict[str, Any]) -> dict[str, Any]:
    """A person who may not sign in any more."""
    user = _user(conn, fields)
    users.change(conn, user.id, {"disabled": True})
    return {"email": user.email, "disabled": True}


def reset_second_factor(conn: sqlite3.Connection, fields: dict[str, Any]) -> dict[str, Any]:
    """A person who lost the phone signs in without a code; all their logins end."""
    user = _user(conn, fields)
    second_factors.reset(conn, user.id, staging.acting.get())
    return {"email": user.email}


def revoke_certificate(conn: sqlite3.Connection, fields: dict[str, Any]) -> dict[str, Any]:
    """A certificate that is good no more; a running server sends away who is connected with it."""
    serial, reason = str(fields["serial_number"]), str(fields.get("reason", "unspecified"))
    revoked = certificates.revoke(conn, serial, reason, datetime.now(UTC))
    return {"serial_number": revoked.serial_number, "charger_id": revoked.charger_id, "status": revoked.status}


def adopt_archive(conn: sqlite3.Connection, fields: dict[str, Any]) -> dict[str, Any]:
    """Move some streams of a prepared archive file out of the live log; `left` tells how many are to come."""
    return {"left": archive.adopt(conn, fields["file"], datetime.now(UTC))}


def stored_password(given: str | None, made: str | None) -> str | None:
    """How a charger's password is stored: chosen ones slowly, generated ones fast. Raises InvalidValue."""
    if given is not None:
        allowed = credentials.CHARGER_PASSWORD
        if len(given) not in allowed:
            length = f"{allowed[0]} to {allowed[-1]}"
            raise errors.InvalidValue("password", f"must have {length} characters; leave it out to have one made")
        return credentials.hash_password(given)
    return credentials.hash_key(made) if made is not None else None


def _personal(password: str | None) -> str:
    if password is None or not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise errors.InvalidValue("password", f"must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return credentials.hash_password(password)


def _user(conn: sqlite3.Connection, fields: dict[str, Any]) -> users.User:
    user = users.find(conn, str(fields.get("email", "")))
    if user is None:
        raise errors.NotFound("user", str(fields.get("email")))
    return user


def _plain(row: Any) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(row)
    return plain


OPERATIONS: dict[str, Callable[[sqlite3.Connection, dict[str, Any]], dict[str, Any]]] = {
    "station.add": add_station,
    "charger.add": add_charger,
    "charger.import": import_chargers,
    "token.add": add_token,
    "tariff.add": add_tariff,
    "tariff.assign": assign_tariff,
    "user.add": add_user,
    "user.password": set_password,
    "user.disable": disable_user,
    "user.reset-second-factor": reset_second_factor,
    "pki.revoke": revoke_certificate,
    "log.adopt": adopt_archive,
    "rows.put": putting.run,
}
