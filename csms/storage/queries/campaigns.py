"""Firmware campaigns as people see them, and what their actors must know of the chargers."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from csms.domain import campaign, selection
from csms.domain.charger import Charger
from csms.storage import codec, errors
from csms.storage.queries import page
from csms.storage.queries.plain import moment
from csms.storage.reference import campaigns, firmware
from csms.storage.reference import chargers as registered

_SELECT = """SELECT number AS cursor, id, name, firmware_id, selection, plan, status, reason, created_by, created_at,
    ended_at FROM campaigns"""
_PART = "SELECT number AS cursor, charger_id, status, detail, from_version, ordered_at, ended_at FROM campaign_chargers"
_REPORT = """SELECT payload FROM reports WHERE charger_id = ?1 AND at >= ?3
    AND action IN ('FirmwareStatusNotification', 'SignedFirmwareStatusNotification')
    AND (payload ->> '$.requestId' IS NULL OR payload ->> '$.requestId' = (
        SELECT arguments ->> '$.request_id' FROM commands
        WHERE charger_id = ?1 AND requested_by = ?2 AND requested_at >= ?3 ORDER BY seq DESC LIMIT 1))
    ORDER BY seq DESC LIMIT 1"""
"""What it said last of the update that the campaign ordered; in 1.6 an unsigned one has no number to tell it by."""
_IDLE = """SELECT 1 FROM sessions INDEXED BY sessions_open
    WHERE charger_id = ? AND status NOT IN ('completed', 'failed') LIMIT 1"""

_SENT = "SELECT 1 FROM commands WHERE charger_id = ? AND requested_by = ? AND requested_at >= ? LIMIT 1"

_UNTOLD = """SELECT part.charger_id,
    iif(commands.detail = '', 'the charger answered ' || commands.status, commands.detail)
    FROM campaign_chargers AS part JOIN commands ON commands.charger_id = part.charger_id
    AND commands.requested_by = part.campaign_id AND commands.requested_at >= part.ordered_at
    WHERE part.campaign_id = ? AND part.status = 'ordered' AND part.detail = '' AND commands.ended_at IS NOT NULL"""

_REMOVED = """SELECT charger_id FROM campaign_chargers WHERE campaign_id = ? AND status IN ('waiting', 'ordered')
    AND charger_id NOT IN (SELECT id FROM chargers)"""

_decode = msgspec.msgpack.Decoder(Charger).decode


def get(conn: sqlite3.Connection, id: str, station_ids: Collection[str] | None = None) -> dict[str, Any]:
    """One campaign with its counts. Raises NotFound, also where it has chargers that the caller may not see."""
    where = _within(station_ids)
    where.add("id = ?", id)
    found: Sequence[dict[str, Any]] = page.newest(conn, _SELECT, where, "number", _view, limit=1, cursor=None)["items"]
    if not found:
        raise errors.NotFound("campaign", id)
    return {**found[0], "counts": _counts(conn, id)}


def list(  # noqa: A001 - as in queries.campaigns.list
    conn: sqlite3.Connection,
    *,
    status: str | None = None,
    station_ids: Collection[str] | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """Campaigns with their counts, the newest first; `station_ids` is what the caller may see.

    Raises InvalidValue, BadCursor.
    """
    where = _within(station_ids)
    where.add("status = ?", status)
    found = page.newest(conn, _SELECT, where, "number", _view, limit=limit, cursor=cursor)
    return found | {"items": [{**each, "counts": _counts(conn, each["id"])} for each in found["items"]]}


def parts(
    conn: sqlite3.Connection,
    id: str,
    *,
    status: str | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """Each charger's part in a campaign, the last chosen first. Raises InvalidValue, BadCursor."""
    where = page.Where()
    where.add("campaign_id = ?", id)
    where.add("status = ?", status)
    return page.newest(conn, _PART, where, "number", _part, limit=limit, cursor=cursor)


def subjects(
    conn: sqlite3.Connection, station_ids: Collection[str] | None = None, charger_id: str | None = None
) -> Sequence[selection.Subject]:
    """All registered chargers by id, or this one, as they can be selected; `station_ids` is what the caller may see."""
    where = page.Where()
    where.add("id = ?", charger_id)
    where.among("station_id", station_ids)
    return [_subject(conn, each) for each in registered.some(conn, str(where), where.parameters)]


def idle(conn: sqlite3.Connection, charger_ids: Collection[str]) -> frozenset[str]:
    """Those of these chargers without a session that has not ended."""
    return frozenset(each for each in charger_ids if conn.execute(_IDLE, (each,)).fetchone() is None)


class Situation(NamedTuple):
    """All that a campaign's actor looks at."""

    campaign: campaigns.Campaign
    version: str
    targets: Sequence[campaign.Target]
    heard: Mapping[str, campaign.Heard]
    """What those said that were ordered to update their firmware: of this update, and what they run."""
    unsent: Collection[str]
    """Those of them of whose order there is no record, so that it was not sent (yet)."""
    untold: Mapping[str, str]
    """What became of orders whose sender did not live to say it."""
    removed: Collection[str]
    """Chargers that are not registered any more."""


def situation(conn: sqlite3.Connection, id: str) -> Situation:
    """How a campaign stands. Raises NotFound."""
    state, targets = campaigns.get(conn, id), campaigns.targets(conn, id)
    ordered = {
        each.charger_id: each.ordered_at for each in targets if each.status == campaign.ORDERED and each.ordered_at
    }
    return Situation(
        campaign=state,
        version=firmware.get(conn, state.firmware_id).version,
        targets=targets,
        heard={charger_id: _heard(conn, charger_id, id, at) for charger_id, at in ordered.items()},
        unsent=frozenset(
            each
            for each, at in ordered.items()
            if conn.execute(_SENT, (each, id, codec.milliseconds(at))).fetchone() is None
        ),
        untold=dict(conn.execute(_UNTOLD, (id,)).fetchall()),
        removed=frozenset(row[0] for row in conn.execute(_REMOVED, (id,))),
    )


def _within(station_ids: Collection[str] | None) -> page.Where:
    """Campaigns that are about nothing else."""
    where = page.Where()
    where.only_at("campaign_chargers", "campaign_chargers.campaign_id = campaigns.id", station_ids)
    return where


def _heard(conn: sqlite3.Connection, charger_id: str, id: str, since: datetime) -> campaign.Heard:
    report = conn.execute(_REPORT, (charger_id, id, codec.milliseconds(since))).fetchone()
    status = msgspec.json.decode(report[0]).get("status") if report else None
    said = _state(conn, charger_id)
    return campaign.Heard(
        status=status if isinstance(status, str) else None,
        version=said.firmware_version if said else None,
        booted_at=said.booted_at if said else None,
    )


def _subject(conn: sqlite3.Connection, charger: registered.Charger) -> selection.Subject:
    said = _state(conn, charger.id) or Charger(id=charger.id)
    return selection.Subject(
        id=charger.id,
        station_id=charger.station_id,
        protocol=said.protocol,
        vendor=said.vendor,
        model=said.model,
        firmware_version=said.firmware_version,
    )


def _state(conn: sqlite3.Connection, charger_id: str) -> Charger | None:
    row = conn.execute("SELECT state FROM charger_states WHERE id = ?", (charger_id,)).fetchone()
    return None if row is None else _decode(row[0])


def _counts(conn: sqlite3.Connection, id: str) -> dict[str, int]:
    query = "SELECT status, count(*) FROM campaign_chargers WHERE campaign_id = ? GROUP BY status"
    found = dict(conn.execute(query, (id,)).fetchall())
    kinds = (campaign.WAITING, campaign.ORDERED, campaign.INSTALLED, campaign.FAILED, campaign.SKIPPED)
    return {kind: found.get(kind, 0) for kind in kinds}


def _view(row: dict[str, Any]) -> dict[str, Any]:
    plan, chosen = msgspec.json.decode(row.pop("plan")), msgspec.json.decode(row.pop("selection"))
    times = {name: moment(row[name]) for name in ("created_at", "ended_at")}
    del row["cursor"]
    return {**row, **times, "select": chosen, **plan}


def _part(row: dict[str, Any]) -> dict[str, Any]:
    times = {name: moment(row[name]) for name in ("ordered_at", "ended_at")}
    del row["cursor"]
    return {**row, **times}
