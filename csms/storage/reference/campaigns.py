"""The tables `campaigns` and `campaign_chargers`: firmware campaigns and each charger's part in them.

A campaign's actor works from these rows alone, so that it goes on where it was after a crash. A charger is claimed here
before it is sent anything: an order is given once, whatever happens between.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from csms.domain import campaign, selection
from csms.storage import codec, errors
from csms.storage.reference import audit, firmware, rows

KIND = "campaign"
_INSERT = (
    "INSERT INTO campaigns (id, name, firmware_id, selection, plan, status, reason, created_by, created_at, since)"
    " VALUES (?, ?, ?, ?, ?, ?, '', ?, ?, ?)"
)


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign without its chargers; `since` is when it was started or resumed."""

    id: str
    name: str
    firmware_id: str
    plan: campaign.Plan
    status: str
    since: datetime


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A charger that a new campaign is about."""

    charger_id: str
    from_version: str | None = None


def add(
    conn: sqlite3.Connection,
    *,
    name: str,
    firmware_id: str,
    chosen: selection.Selection,
    plan: campaign.Plan,
    parts: Iterable[Part],
    by: str,
    now: datetime,
) -> str:
    """Start a campaign; its id. Raises NotFound, and InvalidValue where it would be about no charger."""
    what = firmware.get(conn, firmware_id)
    if not what.available:
        raise errors.InvalidValue("firmware_id", "its file is not here yet: PUT /api/v1/firmware/{id}/file first")
    parts = list(parts)
    if not parts:
        raise errors.InvalidValue("select", "no charger fits: see vendor, model and firmware_version of GET /chargers")
    made, at = rows.new_id("ca"), codec.milliseconds(now)
    with audit.changing(conn, "campaigns", made, kind=KIND):
        conn.execute(_INSERT, (made, name, firmware_id, _json(chosen), _json(plan), campaign.RUNNING, by, at, at))
    for part in parts:
        done = part.from_version == what.version
        conn.execute(
            "INSERT INTO campaign_chargers (campaign_id, charger_id, status, detail, from_version, ended_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                made,
                part.charger_id,
                campaign.SKIPPED if done else campaign.WAITING,
                "it has this version" if done else "",
                part.from_version,
                at if done else None,
            ),
        )
    return made


def get(conn: sqlite3.Connection, id: str) -> Campaign:
    """One campaign. Raises NotFound."""
    row = rows.one(conn, "SELECT id, name, firmware_id, plan, status, since FROM campaigns WHERE id = ?", id)
    if row is None:
        raise errors.NotFound(KIND, id)
    plan = msgspec.json.decode(row["plan"], type=campaign.Plan)
    return Campaign(**{**row, "plan": plan, "since": codec.moment(row["since"])})


def targets(conn: sqlite3.Connection, id: str) -> list[campaign.Target]:
    """Each charger's part, in the order in which they were chosen."""
    query = (
        "SELECT charger_id, status, ordered_at, ended_at FROM campaign_chargers WHERE campaign_id = ? ORDER BY number"
    )
    return [_target(row) for row in rows.many(conn, query, id)]


def unfinished(conn: sqlite3.Connection) -> list[str]:
    """The campaigns that need their actor: they run, or wait for what they ordered."""
    query = """SELECT id FROM campaigns WHERE status = 'running' OR EXISTS (SELECT 1 FROM campaign_chargers
        WHERE campaign_id = campaigns.id AND campaign_chargers.status = 'ordered') ORDER BY number"""
    return [row[0] for row in conn.execute(query)]


def claim(conn: sqlite3.Connection, id: str, charger_ids: Sequence[str], now: datetime) -> list[str]:
    """Note that these will be sent the order, so that they are sent it once; those that may be.

    Not those of a campaign that was stopped meanwhile, nor those that another campaign has in hand.
    """
    query = """UPDATE campaign_chargers SET status = 'ordered', detail = '', ordered_at = ?
        WHERE campaign_id = ? AND charger_id = ? AND status = 'waiting'
        AND (SELECT status FROM campaigns WHERE id = campaign_id) = 'running'
        AND NOT EXISTS (SELECT 1 FROM campaign_chargers AS other
                        WHERE other.charger_id = campaign_chargers.charger_id AND other.status = 'ordered')"""
    at = codec.milliseconds(now)
    return [each for each in charger_ids if conn.execute(query, (at, id, each)).rowcount]


def unsent(conn: sqlite3.Connection, id: str, charger_id: str, detail: str) -> None:
    """The order was surely not sent: the charger waits again."""
    query = """UPDATE campaign_chargers SET status = 'waiting', detail = ?, ordered_at = NULL
        WHERE campaign_id = ? AND charger_id = ? AND status = 'ordered'"""
    conn.execute(query, (detail, id, charger_id))


def noted(conn: sqlite3.Connection, id: str, charger_id: str, detail: str) -> None:
    """How far an ordered update is."""
    query = "UPDATE campaign_chargers SET detail = ? WHERE campaign_id = ? AND charger_id = ? AND status = 'ordered'"
    conn.execute(query, (detail, id, charger_id))


def ended(conn: sqlite3.Connection, id: str, charger_id: str, status: str, detail: str, now: datetime) -> None:
    """What became of an order; nothing where that is known already."""
    query = """UPDATE campaign_chargers SET status = ?, detail = ?, ended_at = ?
        WHERE campaign_id = ? AND charger_id = ? AND status = 'ordered'"""
    conn.execute(query, (status, detail, codec.milliseconds(now), id, charger_id))


def removed(conn: sqlite3.Connection, id: str, charger_id: str, now: datetime) -> None:
    """The charger is not registered any more."""
    query = """UPDATE campaign_chargers SET status = 'skipped', detail = 'the charger was removed', ended_at = ?
        WHERE campaign_id = ? AND charger_id = ? AND status IN ('waiting', 'ordered')"""
    conn.execute(query, (codec.milliseconds(now), id, charger_id))


def became(conn: sqlite3.Connection, id: str, status: str, reason: str, now: datetime) -> None:
    """A running campaign paused or was completed by itself; nothing where somebody stopped it meanwhile."""
    over = codec.milliseconds(now) if status == campaign.COMPLETED else None
    query = "UPDATE campaigns SET status = ?, reason = ?, ended_at = ? WHERE id = ? AND status = 'running'"
    conn.execute(query, (status, reason, over, id))


def pause(conn: sqlite3.Connection, id: str, by: str) -> None:
    """Order nothing more for now. Raises NotFound, InvalidValue."""
    _turn(conn, id, (campaign.RUNNING,), campaign.PAUSED, f"paused by {by}")


def resume(conn: sqlite3.Connection, id: str, now: datetime) -> None:
    """Go on; what failed so far does not pause it again. Raises NotFound, InvalidValue."""
    _turn(conn, id, (campaign.PAUSED,), campaign.RUNNING, "")
    conn.execute("UPDATE campaigns SET since = ? WHERE id = ?", (codec.milliseconds(now), id))


def cancel(conn: sqlite3.Connection, id: str, by: str, now: datetime) -> None:
    """Order nothing any more; what was ordered goes on. Raises NotFound, InvalidValue."""
    _turn(conn, id, (campaign.RUNNING, campaign.PAUSED), campaign.CANCELLED, f"cancelled by {by}")
    at = codec.milliseconds(now)
    conn.execute("UPDATE campaigns SET ended_at = ? WHERE id = ?", (at, id))
    query = """UPDATE campaign_chargers SET status = 'skipped', detail = 'the campaign was cancelled', ended_at = ?
        WHERE campaign_id = ? AND status = 'waiting'"""
    conn.execute(query, (at, id))


def abandon(conn: sqlite3.Connection, id: str, now: datetime) -> None:
    """Wait no more for what was ordered: the chargers are free for another campaign, such as the way back."""
    query = """UPDATE campaign_chargers SET status = 'skipped', detail = 'rolled back before it ended', ended_at = ?
        WHERE campaign_id = ? AND status = 'ordered'"""
    conn.execute(query, (codec.milliseconds(now), id))


def changed_versions(conn: sqlite3.Connection, id: str) -> dict[str | None, list[str]]:
    """The version that each charger had which was sent the order -> those chargers."""
    query = """SELECT from_version, charger_id FROM campaign_chargers
        WHERE campaign_id = ? AND ordered_at IS NOT NULL ORDER BY number"""
    found: dict[str | None, list[str]] = {}
    for version, charger_id in conn.execute(query, (id,)):
        found.setdefault(version, []).append(charger_id)
    return found


def _turn(conn: sqlite3.Connection, id: str, froms: tuple[str, ...], to: str, reason: str) -> None:
    old = get(conn, id)
    if old.status not in froms:
        raise errors.InvalidValue("status", f"the campaign is {old.status}, not {' or '.join(froms)}")
    with audit.changing(conn, "campaigns", id, kind=KIND):
        conn.execute("UPDATE campaigns SET status = ?, reason = ? WHERE id = ?", (to, reason, id))


def _target(row: dict[str, Any]) -> campaign.Target:
    times = {name: row[name] and codec.moment(row[name]) for name in ("ordered_at", "ended_at")}
    return campaign.Target(charger_id=row["charger_id"], status=row["status"], **times)


def _json(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()
