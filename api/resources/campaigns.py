"""Firmware campaigns: GET|POST /campaigns, GET /campaigns/{id}, its chargers, and pause, resume, cancel, roll-back."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.spec import Example
from litestar.params import Body, PathParameter, QueryParameter
from msgspec import Meta

from actors import tree
from actors.upkeep import campaign as actor
from api import errors, idempotency, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from csms.domain import campaign, selection
from csms.storage import queries
from csms.storage.reference import campaigns, firmware

CampaignId = Annotated[str, PathParameter(description="A campaign's id.")]
Status = Literal["running", "paused", "completed", "cancelled"]
PartStatus = Literal["waiting", "ordered", "installed", "failed", "skipped"]


class NewCampaign(campaign.Plan, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which firmware goes to which chargers, and how carefully. Vendor and model are always those of the firmware."""

    firmware_id: str
    name: Annotated[str, Meta(max_length=255)] = ""
    select: selection.Selection | None = None


class CampaignCounts(views.View, frozen=True):
    """Its chargers by their part."""

    waiting: int
    ordered: int
    installed: int
    failed: int
    skipped: int


class Campaign(views.View, frozen=True):
    """A campaign and how far it is."""

    id: str
    name: str
    firmware_id: str
    select: dict[str, Any]
    canary: Annotated[int, Meta(description="Chargers that must end well before any other begins.")]
    percent_per_day: Annotated[int, Meta(description="Of all its chargers, in any 24 hours.")]
    only_when_idle: bool
    pause_on_failure_percent: int
    window: campaign.Window | None
    status: Status
    reason: Annotated[str, Meta(description="Why it pauses, or who stopped it.")]
    created_by: str
    created_at: datetime
    ended_at: datetime | None
    counts: CampaignCounts


class CampaignCharger(views.View, frozen=True):
    """One charger's part in a campaign."""

    charger_id: str
    status: PartStatus
    detail: str
    from_version: str | None
    ordered_at: datetime | None
    ended_at: datetime | None


class RolledBack(views.View, frozen=True):
    """The campaigns that bring chargers back to what they had, and those whose version the catalogue lacks."""

    campaign_ids: list[str]
    without_firmware: Annotated[list[str], Meta(description="Ids of chargers.")]


NEW = {
    "firmware_id": "fw3a",
    "select": {"station_ids": ["st1f"]},
    "canary": 2,
    "percent_per_day": 20,
    "window": {"start": "01:00", "end": "05:00", "time_zone": "Asia/Kolkata"},
}
CAMPAIGN: dict[str, Any] = {
    "id": "ca7e",
    "name": "",
    "only_when_idle": True,
    "pause_on_failure_percent": 10,
    "status": "running",
    "reason": "",
    "created_by": "u1f",
    "created_at": views.AT,
    "ended_at": None,
    "counts": {"waiting": 7, "ordered": 1, "installed": 2, "failed": 0, "skipped": 0},
    **NEW,
}
PART = {
    "charger_id": "CP-01",
    "status": "installed",
    "detail": "it booted with 2.0",
    "from_version": "1.0",
    "ordered_at": views.AT,
    "ended_at": views.AT,
}


@get("/campaigns", responses=views.page(Campaign, CAMPAIGN))
async def list_campaigns(
    node: wanted.Node,
    caller: wanted.Caller,
    status: Annotated[Status | None, QueryParameter(description="Only these.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """All campaigns, the newest first."""
    return await node.read(
        queries.campaigns.list, status=status, station_ids=caller.station_ids, limit=limit, cursor=cursor
    )


@post("/campaigns", responses=views.answer(Campaign, CAMPAIGN, 201))
async def start(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    caller: wanted.Caller,
    data: Annotated[NewCampaign, Body(examples=[Example(value=NEW)])],
) -> Response[dict[str, Any]]:
    """Start a campaign: canaries first, then so many percent a day, until all have it or too many fail."""
    plan, now = _plan(data), node.services.now()
    what = await node.read(firmware.get, data.firmware_id)
    select = data.select or selection.Selection()
    chosen = msgspec.structs.replace(select, vendor=what.vendor, model=what.model)
    found = selection.selected(chosen, await node.read(queries.campaigns.subjects, caller.station_ids))
    parts = [campaigns.Part(charger_id=each.id, from_version=each.firmware_version) for each in found]

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        made = campaigns.add(
            conn, name=data.name, firmware_id=what.id, chosen=chosen, plan=plan, parts=parts, by=caller.id, now=now
        )
        return queries.campaigns.get(conn, made)

    answer = await idempotency.create(node, request, create)
    await actor.ensure(node.services, answer.content["id"])
    return answer


@get("/campaigns/{campaign_id:str}", responses=views.answer(Campaign, CAMPAIGN))
async def get_campaign(node: wanted.Node, caller: wanted.Caller, campaign_id: CampaignId) -> dict[str, Any]:
    """One campaign."""
    return await _visible(node, caller, campaign_id)


@get("/campaigns/{campaign_id:str}/chargers", responses=views.page(CampaignCharger, PART))
async def list_parts(
    node: wanted.Node,
    caller: wanted.Caller,
    campaign_id: CampaignId,
    status: Annotated[PartStatus | None, QueryParameter(description="Only these.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Each charger's part in a campaign."""
    await _visible(node, caller, campaign_id)
    return await node.read(queries.campaigns.parts, campaign_id, status=status, limit=limit, cursor=cursor)


@post("/campaigns/{campaign_id:str}/pause", status_code=HTTPStatus.OK, responses=views.answer(Campaign, CAMPAIGN))
async def pause(node: wanted.Node, caller: wanted.Caller, campaign_id: CampaignId) -> dict[str, Any]:
    """Order nothing more for now; what was ordered goes on."""
    return await _turned(node, caller, campaign_id, campaigns.pause, caller.id)


@post("/campaigns/{campaign_id:str}/resume", status_code=HTTPStatus.OK, responses=views.answer(Campaign, CAMPAIGN))
async def resume(node: wanted.Node, caller: wanted.Caller, campaign_id: CampaignId) -> dict[str, Any]:
    """Go on; what failed so far does not pause it again."""
    return await _turned(node, caller, campaign_id, campaigns.resume, node.services.now())


@post("/campaigns/{campaign_id:str}/cancel", status_code=HTTPStatus.OK, responses=views.answer(Campaign, CAMPAIGN))
async def cancel(node: wanted.Node, caller: wanted.Caller, campaign_id: CampaignId) -> dict[str, Any]:
    """Order nothing any more; what was ordered goes on."""
    return await _turned(node, caller, campaign_id, campaigns.cancel, caller.id, node.services.now())


@post(
    "/campaigns/{campaign_id:str}/roll-back",
    status_code=HTTPStatus.OK,
    responses=views.answer(RolledBack, {"campaign_ids": ["ca7f"], "without_firmware": []}),
)
async def roll_back(node: wanted.Node, caller: wanted.Caller, campaign_id: CampaignId) -> dict[str, Any]:
    """Bring every charger that was sent the order back to the version that it had, where the catalogue has it.

    A campaign that still runs is cancelled first; there is a new one for each version.
    """
    await _visible(node, caller, campaign_id)
    now = node.services.now()
    made = await node.write(_rolled_back, campaign_id, caller.id, now)
    for each in [campaign_id, *made["campaign_ids"]]:
        await actor.ensure(node.services, each)
    return made


def _plan(data: NewCampaign) -> campaign.Plan:
    if data.window is not None:
        try:
            ZoneInfo(data.window.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise errors.Invalid("window.time_zone: not an IANA time zone name such as Europe/Berlin.") from None
    return campaign.Plan(**{name: getattr(data, name) for name in campaign.Plan.__struct_fields__})


def _rolled_back(conn: sqlite3.Connection, campaign_id: str, by: str, now: datetime) -> dict[str, Any]:
    old = campaigns.get(conn, campaign_id)
    if old.status in (campaign.RUNNING, campaign.PAUSED):
        campaigns.cancel(conn, campaign_id, by, now)
    campaigns.abandon(conn, campaign_id, now)
    new = firmware.get(conn, old.firmware_id)
    made: list[str] = []
    without: list[str] = []
    for version, charger_ids in campaigns.changed_versions(conn, campaign_id).items():
        before = None if version is None else firmware.find(conn, new.vendor, new.model, version)
        if before is None or not before.available:
            without += charger_ids
        else:
            made.append(_back_to(conn, old, before, charger_ids, by, now))
    return {"campaign_ids": made, "without_firmware": without}


def _back_to(
    conn: sqlite3.Connection,
    old: campaigns.Campaign,
    before: firmware.Firmware,
    charger_ids: Sequence[str],
    by: str,
    now: datetime,
) -> str:
    return campaigns.add(
        conn,
        name=f"Roll-back of {old.name or old.id}",
        firmware_id=before.id,
        chosen=selection.Selection(vendor=before.vendor, model=before.model, charger_ids=tuple(charger_ids)),
        plan=msgspec.structs.replace(old.plan, canary=0, percent_per_day=100, window=None),
        parts=[campaigns.Part(charger_id=each) for each in charger_ids],
        by=by,
        now=now,
    )


async def _visible(node: tree.Node, caller: Caller, campaign_id: str) -> dict[str, Any]:
    """The campaign. Raises NotFound, also where it is about chargers outside the caller's scope."""
    return await node.read(queries.campaigns.get, campaign_id, caller.station_ids)


async def _turned(
    node: tree.Node, caller: Caller, campaign_id: str, change: Callable[..., None], *args: Any
) -> dict[str, Any]:
    await _visible(node, caller, campaign_id)
    await node.write(change, campaign_id, *args)
    await actor.ensure(node.services, campaign_id)
    return await node.read(queries.campaigns.get, campaign_id)


HANDLERS = [list_campaigns, start, get_campaign, list_parts, pause, resume, cancel, roll_back]
