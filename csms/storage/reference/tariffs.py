"""The tables `tariffs` (the newest version of each, for those who edit it) and `tariff_versions` (all of them).

A change is a new version, which holds from a time on; nothing changes for a session that has begun, for it keeps a
copy. `in_force` tells which tariff a session gets and why: that of the driver's group, else of the connector, the
charger, the station, the network.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from csms.domain.tariff import Tariff, validation
from csms.storage import codec, errors
from csms.storage.reference import assignments, rows, stations
from csms.storage.reference.assignments import Place

Outcome: TypeAlias = Literal["applies", "not_asked", "none", "not_valid"]


class Versioned(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a tariff, from 1; `from_at` None: as long as the tariff exists."""

    tariff: Tariff
    version: int
    from_at: datetime | None = None

    @property
    def id(self) -> str:
        """The tariff's."""
        return self.tariff.id


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    id: stations.Id
    name: stations.Text


class Considered(msgspec.Struct, frozen=True, kw_only=True):
    """A place that was asked for a tariff, and what it said. "not_valid": it has one that does not hold at the time."""

    place: Place
    subject: str
    tariff_id: str | None
    outcome: Outcome


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """The tariff that a session gets, and the place that has it."""

    tariff_id: str
    version: int
    tariff: Tariff
    place: Place
    subject: str


def add(conn: sqlite3.Connection, fields: Mapping[str, Any]) -> Versioned:
    """Add a tariff; without an `id` it gets one. Raises InvalidValue, AlreadyExists."""
    tariff = _checked({**fields, "id": fields.get("id") or rows.new_id("tf")})
    row = {"id": tariff.id, "details": _details(tariff), "from_at": 0, "revision": 1}
    rows.insert(conn, "tariffs", row, "tariff", tariff.id)
    return _keep(conn, Versioned(tariff=tariff, version=1))


def get(conn: sqlite3.Connection, id: str) -> Versioned:
    """The newest version, which may hold only later. Raises NotFound."""
    row = rows.one(conn, "SELECT id, details, from_at, revision AS version FROM tariffs WHERE id = ?", id)
    if row is None:
        raise errors.NotFound("tariff", id)
    return _versioned(row)


def every(conn: sqlite3.Connection) -> list[Versioned]:
    """All tariffs in their newest version, by name."""
    found = rows.many(conn, "SELECT id, details, from_at, revision AS version FROM tariffs")
    return sorted(map(_versioned, found), key=lambda each: (each.tariff.name.casefold(), each.id))


def versions(conn: sqlite3.Connection, id: str) -> list[Versioned]:
    """All versions of a tariff, the oldest first. Raises NotFound."""
    get(conn, id)
    query = """SELECT tariff_id AS id, version, details, from_at FROM tariff_versions
        WHERE tariff_id = ? ORDER BY version"""
    return [_versioned(row) for row in rows.many(conn, query, id)]


def version(conn: sqlite3.Connection, id: str, number: int) -> Versioned:
    """One version. Raises NotFound."""
    query = """SELECT tariff_id AS id, version, details, from_at FROM tariff_versions
        WHERE tariff_id = ? AND version = ?"""
    row = rows.one(conn, query, id, number)
    if row is None:
        raise errors.NotFound("tariff", f"{id} version {number}")
    return _versioned(row)


def holding(conn: sqlite3.Connection, id: str, moment: datetime) -> Versioned:
    """The version that holds at a moment. Raises NotFound."""
    query = """SELECT tariff_id AS id, version, details, from_at FROM tariff_versions
        WHERE tariff_id = ? AND from_at <= ? ORDER BY from_at DESC, version DESC LIMIT 1"""
    row = rows.one(conn, query, id, codec.milliseconds(moment))
    if row is None:
        raise errors.NotFound("tariff", id)
    return _versioned(row)


def change(
    conn: sqlite3.Connection,
    id: str,
    changes: Mapping[str, Any],
    expected: int | None = None,
    *,
    now: datetime,
    from_at: datetime | None = None,
) -> Versioned:
    """Make a new version of some changed fields, which holds from a time on, at once without one.

    What is not changed is as in the version that would hold then, not as in one that is planned for later.
    Raises NotFound, InvalidValue, RevisionMismatch.
    """
    old = get(conn, id)
    if from_at is not None and from_at <= now:
        raise errors.InvalidValue("from_at", "is over: prices change from now (without from_at) or later")
    since = from_at or now
    tariff = _checked({**msgspec.to_builtins(holding(conn, id, since).tariff), **changes, "id": id})
    row = {"details": _details(tariff), "from_at": codec.milliseconds(since)}
    rows.update(conn, "tariffs", id, row, found=old.version, expected=expected, kind="tariff")
    return _keep(conn, Versioned(tariff=tariff, version=old.version + 1, from_at=codec.whole(since)))


def remove(conn: sqlite3.Connection, id: str, expected: int | None = None) -> None:
    """Remove a tariff that was never assigned. Raises NotFound, InvalidValue, RevisionMismatch."""
    rows.guard("tariff", id, get(conn, id).version, expected)
    if assignments.of_tariff(conn, id):
        raise errors.InvalidValue(
            "id", f"tariff {id} was assigned, so sessions may refer to it: set its valid_to instead"
        )
    conn.execute("DELETE FROM tariff_versions WHERE tariff_id = ?", (id,))
    rows.delete(conn, "tariffs", id, kind="tariff")


# -- Which one a session gets ------------------------------------------------------------------------------------------


def in_force(
    conn: sqlite3.Connection,
    *,
    charger_id: str,
    connector_id: int | None,
    station_id: str | None,
    driver_group: str | None,
    at: datetime,
) -> Applied | None:
    """The tariff of a session that begins at this time; None where nothing is assigned: it is free."""
    return consider(
        conn,
        charger_id=charger_id,
        connector_id=connector_id,
        station_id=station_id,
        driver_group=driver_group,
        moment=at,
    )[0]


def consider(
    conn: sqlite3.Connection,
    *,
    charger_id: str | None,
    connector_id: int | None,
    station_id: str | None,
    driver_group: str | None,
    moment: datetime,
    network_id: str | None = None,
) -> tuple[Applied | None, tuple[Considered, ...]]:
    """The same, with what each place said, from the one that counts first to the one that counts last.

    Without a `network_id` that of the station is asked.
    """
    subjects: dict[Place, str | None] = {
        "driver_group": driver_group,
        "connector": assignments.connector(charger_id, connector_id) if charger_id and connector_id else None,
        "charger": charger_id,
        "station": station_id,
        "network": network_id or stations.network_of(conn, station_id),
    }
    asked: list[Considered] = []
    applied: Applied | None = None
    for place in assignments.PLACES:
        if (subject := subjects[place]) is not None:
            found = assignments.at(conn, place, subject, moment)
            holds = None if found is None or found.tariff_id is None else holding(conn, found.tariff_id, moment)
            outcome = _outcome(holds, moment, taken=applied is not None)
            tariff_id = None if holds is None else holds.id
            asked.append(Considered(place=place, subject=subject, tariff_id=tariff_id, outcome=outcome))
            if holds is not None and outcome == "applies":
                applied = Applied(
                    tariff_id=holds.id, version=holds.version, tariff=holds.tariff, place=place, subject=subject
                )
    return applied, tuple(asked)


def _outcome(holds: Versioned | None, moment: datetime, *, taken: bool) -> Outcome:
    if holds is None:
        return "none"
    if taken:
        return "not_asked"
    return "applies" if holds.tariff.valid(moment) else "not_valid"


# -- Rows --------------------------------------------------------------------------------------------------------------


def _checked(fields: Mapping[str, Any]) -> Tariff:
    rows.checked(_Named, {name: fields[name] for name in ("id", "name") if name in fields})
    tariff = rows.checked(Tariff, fields)
    problems = validation.problems(tariff)
    if problems:
        others = "".join(f"; {field}: {reason}" for field, reason in problems[1:])
        raise errors.InvalidValue(problems[0].field, problems[0].reason + others)
    return tariff


def _keep(conn: sqlite3.Connection, made: Versioned) -> Versioned:
    since = 0 if made.from_at is None else codec.milliseconds(made.from_at)
    row = (made.id, made.version, _details(made.tariff), since)
    conn.execute("INSERT INTO tariff_versions (tariff_id, version, details, from_at) VALUES (?, ?, ?, ?)", row)
    return made


def _details(tariff: Tariff) -> str:
    fields = msgspec.to_builtins(tariff)
    del fields["id"]
    return msgspec.json.encode(fields).decode()


def _versioned(row: Mapping[str, Any]) -> Versioned:
    fields = {**msgspec.json.decode(row["details"]), "id": row["id"]}
    since = codec.moment(row["from_at"]) if row["from_at"] else None
    return Versioned(tariff=msgspec.convert(fields, Tariff), version=row["version"], from_at=since)
