"""The table `tariff_assignments`: which tariff is assigned to which place (or drivers' group), and from when on.

A place keeps an assignment until its next one; changes can be made in advance. What is over is kept: a session that is
told late is priced by what held when it began.
"""

import sqlite3
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from csms.storage import codec, errors
from csms.storage.reference import rows

Place: TypeAlias = Literal["driver_group", "connector", "charger", "station", "network"]
PLACES: tuple[Place, ...] = ("driver_group", "connector", "charger", "station", "network")
"""From the one that counts first to the one that counts last."""

_EVER = 0
"""The first assignment of a place holds for whatever began before, too."""


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """A tariff's assignment; `subject` is the place's id, `charger/connector` for a connector.

    Without a tariff the place has none of its own from then on. `from_at` None: as long as the place exists.
    """

    id: str
    place: Place
    subject: str
    tariff_id: str | None
    from_at: datetime | None


def connector(charger_id: str, connector_id: int) -> str:
    """The subject of a connector."""
    return f"{charger_id}/{connector_id}"


def assign(
    conn: sqlite3.Connection,
    place: Place,
    subject: str,
    tariff_id: str | None,
    *,
    now: datetime,
    from_at: datetime | None = None,
) -> Assignment:
    """Assign a tariff from a time on, at once without one; what was scheduled for later stays. Raises InvalidValue."""
    if tariff_id is not None and rows.one(conn, "SELECT 1 FROM tariffs WHERE id = ?", tariff_id) is None:
        raise errors.InvalidValue("tariff_id", f"there is no tariff {tariff_id}: GET /api/v1/tariffs lists them")
    if from_at is not None and from_at <= now:
        raise errors.InvalidValue("from_at", "is over: prices change from now (without from_at) or later")
    known = at(conn, place, subject, now)
    if from_at is None and known is not None and known.tariff_id == tariff_id:
        return known
    first = from_at is None and not any(each.tariff_id for each in of_place(conn, place, subject))
    since = _EVER if first else codec.milliseconds(from_at or now)
    return _put(conn, place, subject, tariff_id, since)


def _put(conn: sqlite3.Connection, place: Place, subject: str, tariff_id: str | None, since: int) -> Assignment:
    """Another one for the same time takes the place of the first."""
    where = "SELECT * FROM tariff_assignments WHERE place = ? AND subject = ? AND from_at = ?"
    known = rows.one(conn, where, place, subject, since)
    if known is not None:
        change = {"tariff_id": tariff_id}
        found = known["revision"]
        rows.update(
            conn, "tariff_assignments", known["id"], change, found=found, expected=None, kind="tariff_assignment"
        )
        return _assignment({**known, **change})
    made = rows.new_id("ta")
    row = {
        "id": made,
        "place": place,
        "subject": subject,
        "tariff_id": tariff_id,
        "from_at": since,
        "revision": 1,
    }
    rows.insert(conn, "tariff_assignments", row, "tariff_assignment", made)
    return _assignment(row)


def at(conn: sqlite3.Connection, place: Place, subject: str, moment: datetime) -> Assignment | None:
    """What a place has at a moment; an assignment without a tariff where it lost the one it had."""
    query = """SELECT * FROM tariff_assignments WHERE place = ? AND subject = ? AND from_at <= ?
        ORDER BY from_at DESC LIMIT 1"""
    row = rows.one(conn, query, place, subject, codec.milliseconds(moment))
    return None if row is None else _assignment(row)


def places(conn: sqlite3.Connection) -> list[tuple[Place, str]]:
    """All that ever had a tariff of their own, with their subjects."""
    return conn.execute("SELECT DISTINCT place, subject FROM tariff_assignments ORDER BY place, subject").fetchall()


def of_place(conn: sqlite3.Connection, place: Place, subject: str) -> list[Assignment]:
    """All that a place has, had and will have, the oldest first."""
    query = "SELECT * FROM tariff_assignments WHERE place = ? AND subject = ? ORDER BY from_at"
    return [_assignment(row) for row in rows.many(conn, query, place, subject)]


def of_tariff(conn: sqlite3.Connection, tariff_id: str) -> list[Assignment]:
    """Where a tariff is, was and will be assigned."""
    query = "SELECT * FROM tariff_assignments WHERE tariff_id = ? ORDER BY place, subject, from_at"
    return [_assignment(row) for row in rows.many(conn, query, tariff_id)]


def cancel(conn: sqlite3.Connection, tariff_id: str, id: str, now: datetime) -> None:
    """Take back a change that was scheduled. Raises NotFound; InvalidValue for one that holds already."""
    query = "SELECT * FROM tariff_assignments WHERE id = ? AND tariff_id = ?"
    row = rows.one(conn, query, id, tariff_id)
    if row is None:
        raise errors.NotFound("assignment", id)
    if row["from_at"] <= codec.milliseconds(now):
        raise errors.InvalidValue("id", "this assignment holds already: assign another tariff, or none, instead")
    rows.delete(conn, "tariff_assignments", id, kind="tariff_assignment")


def _assignment(row: dict[str, Any]) -> Assignment:
    return Assignment(
        id=row["id"],
        place=row["place"],
        subject=row["subject"],
        tariff_id=row["tariff_id"],
        from_at=codec.moment(row["from_at"]) if row["from_at"] else None,
    )
