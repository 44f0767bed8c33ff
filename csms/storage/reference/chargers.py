"""The table `chargers`: which charge points may connect, where they stand and what they consist of."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from csms.domain import quirk, rotation, security, topology
from csms.domain.topology import Topology
from csms.storage import codec, errors
from csms.storage.reference import patterns, rows, stations

Number = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Amount = Annotated[float, msgspec.Meta(ge=0)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
Identity = Annotated[str, msgspec.Meta(min_length=1, max_length=48, pattern=patterns.IDENTITY)]

ProfileStep: TypeAlias = Callable[[security.Profile], security.Profile]

_LISTS = ("evses", "pending_credentials", "quirks")
"""Columns that hold JSON."""


class Connector(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A plug or a socket; words as in OCPI (IEC_62196_T2, CABLE, AC_3_PHASE), power in W."""

    id: Number
    standard: Word | None = None
    format: Word | None = None
    power_type: Word | None = None
    max_power_w: Amount | None = None
    max_voltage: Amount | None = None
    max_amperage: Amount | None = None


class Evse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What serves one vehicle at a time; `evse_id` is its public name (eMI3).

    A connector of OCPP 1.6 is an EVSE with one connector.
    """

    id: Number
    evse_id: Word | None = None
    connectors: Annotated[tuple[Connector, ...], msgspec.Meta(min_length=1)]


class Charger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A charge point.

    `credential` is the stored form of its password (csms/credentials.py), None when it has none; `pending_credentials`
    are those of a change whose outcome is not known (rule 8). `ping_interval_s` is its own, 0 = off; None takes the
    setting's. `serial_number` is what its certificate must name; None takes what it reported. `next_security_profile`
    is what it was told to use and has not used yet (rule 57). `quirks` are the deviations that it is allowed
    (csms/domain/quirk.py), None takes its vendor's. `decommissioned_at`: out of service for good since then.
    """

    id: Identity
    station_id: str | None = None
    name: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    registration: Literal["accepted", "pending", "rejected"] = "accepted"
    security_profile: Annotated[int, msgspec.Meta(ge=0, le=3)] = 0
    ping_interval_s: Annotated[int, msgspec.Meta(ge=0, le=86400)] | None = None
    serial_number: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    quirks: tuple[str, ...] | None = None
    evses: tuple[Evse, ...] = ()
    credential: str | None = None
    pending_credentials: tuple[rotation.Candidate, ...] = ()
    next_security_profile: Annotated[int, msgspec.Meta(ge=0, le=3)] | None = None
    decommissioned_at: datetime | None = None
    revision: int = 1

    @property
    def credentials(self) -> rotation.Credentials:
        """Which stored credentials are good now."""
        return rotation.Credentials(self.credential, self.pending_credentials)

    @property
    def profile(self) -> security.Profile:
        """How it signs in, and how it will."""
        return security.Profile(self.security_profile, self.next_security_profile)

    @property
    def connector_ids(self) -> tuple[int, ...]:
        """Our numbers of all connectors."""
        return tuple(self.topology.places)

    @property
    def topology(self) -> Topology:
        """Where its connectors are."""
        return topology.of((evse.id, [connector.id for connector in evse.connectors]) for evse in self.evses)


def add(conn: sqlite3.Connection, fields: Mapping[str, Any], credential: str | None = None) -> Charger:
    """Add a charger; `fields` has `evses`, or `connectors` as a flat list. Raises InvalidValue, AlreadyExists."""
    fixed = {
        "credential": credential,
        "pending_credentials": (),
        "next_security_profile": None,
        "decommissioned_at": None,
        "revision": 1,
    }
    charger = _checked(conn, {**_with_evses(fields), **fixed})
    rows.insert(conn, "chargers", _row(charger), "charger", charger.id)
    return charger


def find(conn: sqlite3.Connection, identity: str) -> Charger | None:
    """The charger of this name, spelled in whatever case."""
    row = rows.one(conn, "SELECT * FROM chargers WHERE id_folded = ?", identity.casefold())
    return _charger(row) if row else None


def get(conn: sqlite3.Connection, identity: str) -> Charger:
    """The same. Raises NotFound."""
    charger = find(conn, identity)
    if charger is None:
        raise errors.NotFound("charger", identity)
    return charger


def some(conn: sqlite3.Connection, where: str = "1", parameters: Sequence[Any] = (), limit: int = -1) -> list[Charger]:
    """Chargers by id that fulfil the condition `where` (SQL of our own, with `parameters`), all if there is none."""
    query = f"SELECT * FROM chargers WHERE {where} ORDER BY id LIMIT ?"  # noqa: S608 - our own words
    return [_charger(row) for row in rows.many(conn, query, *parameters, limit)]


def change(
    conn: sqlite3.Connection,
    identity: str,
    changes: Mapping[str, Any],
    expected: int | None = None,
    credential: str | None = None,
) -> Charger:
    """Change some fields; a `credential` replaces all stored ones. Raises NotFound, InvalidValue, RevisionMismatch."""
    old = get(conn, identity)
    good = rotation.Credentials(credential) if credential else old.credentials
    fixed = {
        "id": old.id,
        "credential": good.current,
        "pending_credentials": msgspec.to_builtins(good.pending),
        "next_security_profile": None if "security_profile" in changes else old.next_security_profile,
        "decommissioned_at": old.decommissioned_at,
        "revision": old.revision + 1,
    }
    new = _checked(conn, {**msgspec.to_builtins(old), **_with_evses(changes), **fixed})
    rows.update(conn, "chargers", old.id, _row(new), found=old.revision, expected=expected, kind="charger")
    return new


def decommission(conn: sqlite3.Connection, identity: str, at: datetime | None) -> Charger:
    """Take a charger out of service; None for `at`: back into it. What it did stays. Raises NotFound."""
    old = get(conn, identity)
    if (old.decommissioned_at is None) is (at is None):
        return old
    new = msgspec.structs.replace(old, decommissioned_at=codec.whole(at) if at else None, revision=old.revision + 1)
    rows.update(conn, "chargers", old.id, _row(new), found=old.revision, expected=None, kind="charger")
    return new


def rotate(
    conn: sqlite3.Connection, identity: str, step: Callable[[rotation.Credentials], rotation.Credentials]
) -> rotation.Credentials:
    """Take a step of a password change; the credentials after it. No change that people see, so no new revision.

    Raises NotFound.
    """
    old = get(conn, identity)
    new = step(old.credentials)
    if new != old.credentials:
        conn.execute(
            "UPDATE chargers SET credential = ?, pending_credentials = ? WHERE id = ?",
            (new.current, msgspec.json.encode(new.pending).decode(), old.id),
        )
    return new


def move(conn: sqlite3.Connection, identity: str, step: ProfileStep) -> Charger:
    """Take a step from one security profile to another; the charger after it. Raises NotFound."""
    old = get(conn, identity)
    new = step(old.profile)
    if new == old.profile:
        return old
    seen = new.current != old.security_profile  # what people do not see is no new revision
    conn.execute(
        "UPDATE chargers SET security_profile = ?, next_security_profile = ?, revision = revision + ? WHERE id = ?",
        (new.current, new.upcoming, seen, old.id),
    )
    return get(conn, identity)


def remove(conn: sqlite3.Connection, identity: str, expected: int | None = None) -> None:
    """Remove a charger; what it did stays in the log. Raises NotFound, RevisionMismatch."""
    old = get(conn, identity)
    rows.guard("charger", old.id, old.revision, expected)
    rows.delete(conn, "chargers", old.id, kind="charger")
    conn.execute("DELETE FROM customer_information WHERE charger_id = ?", (old.id,))


def _with_evses(fields: Mapping[str, Any]) -> dict[str, Any]:
    """`fields` with a flat list of connectors turned into EVSEs of one connector each."""
    known = dict(fields)
    if (connectors := known.pop("connectors", None)) is None:
        return known
    if known.get("evses") is not None:
        raise errors.InvalidValue("connectors", "give either `connectors` or `evses`, not both")
    known["evses"] = [
        {"id": connector.id, "connectors": [msgspec.to_builtins(connector)]}
        for connector in rows.checked(_Flat, {"connectors": connectors}).connectors
    ]
    return known


class _Flat(msgspec.Struct, frozen=True):
    connectors: tuple[Connector, ...]


def _checked(conn: sqlite3.Connection, fields: Mapping[str, Any]) -> Charger:
    charger = rows.checked(Charger, fields)
    if strange := quirk.unknown(charger.quirks or ()):
        raise errors.InvalidValue("quirks", f"there is no quirk {strange[0]}: choose from {', '.join(quirk.NAMES)}")
    stations.require(conn, charger.station_id)
    _distinct("evses", [evse.id for evse in charger.evses])
    for evse in charger.evses:
        _distinct(f"evses[{evse.id}].connectors", [connector.id for connector in evse.connectors])
    if charger.security_profile in (1, 2) and charger.credential is None:
        raise errors.InvalidValue("password", f"security profile {charger.security_profile} needs one")
    return charger


def _distinct(field: str, ids: list[int]) -> None:
    if len(set(ids)) < len(ids):
        raise errors.InvalidValue(field, "two have the same id: number them 1, 2, 3, ...")


def _row(charger: Charger) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(charger)
    as_text = {name: msgspec.json.encode(getattr(charger, name)).decode() for name in _LISTS}
    since = charger.decommissioned_at
    times = {"decommissioned_at": None if since is None else codec.milliseconds(since)}
    return {**row, "id_folded": charger.id.casefold(), **as_text, **times}


def _charger(row: dict[str, Any]) -> Charger:
    del row["id_folded"]
    if row["decommissioned_at"] is not None:
        row["decommissioned_at"] = codec.moment(row["decommissioned_at"])
    return msgspec.convert({**row, **{name: msgspec.json.decode(row[name] or "null") for name in _LISTS}}, Charger)
