"""Configuration as code: GET|POST /templates, GET|PATCH|DELETE /templates/{id}, apply and drift; drift of chargers."""

import sqlite3
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import Body, PathParameter, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from actors import tree
from actors.upkeep import job
from api import errors, etags, idempotency, paging, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from api.resources import jobs as job_views
from api.scope import visible_charger
from csms.domain import selection, template
from csms.storage import drifts, queries
from csms.storage.errors import NotFound
from csms.storage.reference import jobs, templates
from csms.storage.reference.templates import Name

TemplateId = Annotated[str, PathParameter(description="A template's id.")]
Settings = Annotated[
    dict[template.Key, template.Value],
    Meta(min_length=1, max_length=500, description="1.6 keys and 2.x variables (Component.Variable) -> value."),
]
Enforce = Annotated[bool, Meta(description="Correct chargers that differ. Without it, differences are only shown.")]


SHOWN = 500
"""Chargers whose differences an answer tells; GET /jobs/{id}/chargers has all of them, by pages."""


class NewTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings for the chargers that `match` names; without it, for all."""

    name: Name
    settings: Settings
    match: selection.Selection | None = None
    enforce: Enforce = False


class TemplateChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is. Nothing is sent to chargers by this: apply it."""

    name: Name | UnsetType = UNSET
    settings: Settings | UnsetType = UNSET
    match: selection.Selection | UnsetType = UNSET
    enforce: Enforce | UnsetType = UNSET


class Template(views.View, frozen=True):
    """A template. Where several are for a charger, the most particular decides each key."""

    id: str
    name: str
    match: dict[str, Any]
    settings: dict[str, str]
    enforce: bool
    revision: int


class Apply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To which of its chargers; left out: to all of them. With dry_run nothing is sent."""

    charger_ids: list[str] | None = None
    select: selection.Selection | None = None
    dry_run: bool = False


class Difference(views.View, frozen=True):
    """A key that is not what it should be."""

    key: str
    wanted: str
    found: Annotated[str | None, Meta(description="What the charger last told; null: nothing.")]
    status: Annotated[template.Status, Meta(description="unknown: the charger has not told it.")]
    template_id: Annotated[str, Meta(description="The template that decides this key.")]


class Drift(views.View, frozen=True):
    """How a charger differs from what it should be."""

    charger_id: str
    differences: list[Difference]


class Applied(views.View, frozen=True):
    """The job that sends the settings, or with dry_run what it would send."""

    job: job_views.Job | None
    count: Annotated[int, Meta(description="How many chargers it is for.")]
    chargers: Annotated[list[Drift], Meta(description=f"What differed when it began, of the first {SHOWN} of them.")]


NEW = {
    "name": "ACME meters",
    "match": {"vendor": "ACME"},
    "settings": {"MeterValueSampleInterval": "60", "SampledDataCtrlr.TxUpdatedInterval": "60"},
}
TEMPLATE: dict[str, Any] = {"id": "t1f", "enforce": False, "revision": 1, **NEW}
DRIFT: dict[str, Any] = {
    "charger_id": "CP-01",
    "differences": [
        {"key": "MeterValueSampleInterval", "wanted": "60", "found": "900", "status": "differs", "template_id": "t1f"}
    ],
}


def _body(example: dict[str, Any]) -> Any:
    return Body(examples=[Example(value=example)])


@get("/templates", responses=views.page(Template, TEMPLATE))
async def list_templates(
    node: wanted.Node, caller: wanted.Caller, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """All templates, the oldest first."""
    found = await node.read(templates.every)
    return paging.of([view(each) for each in found if _concerns(caller, each.match)], limit, cursor)


@post("/templates", responses=views.answer(Template, TEMPLATE, 201))
async def add_template(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    caller: wanted.Caller,
    data: Annotated[NewTemplate, _body(NEW)],
) -> Response[dict[str, Any]]:
    """Add a template: chargers get it at their first boot, others when it is applied."""
    _require_within(caller, data.match or selection.Selection())
    fields = {name: value for name, value in msgspec.to_builtins(data).items() if value is not None}

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        return view(templates.add(conn, fields))

    return await idempotency.create(node, request, create)


@get("/templates/{template_id:str}", responses=views.answer(Template, TEMPLATE))
async def get_template(node: wanted.Node, caller: wanted.Caller, template_id: TemplateId) -> Response[dict[str, Any]]:
    """One template."""
    found = await _visible(node, caller, template_id)
    return Response(view(found), headers=etags.tag(found.revision))


@patch("/templates/{template_id:str}", responses=views.answer(Template, TEMPLATE))
async def change_template(
    node: wanted.Node,
    caller: wanted.Caller,
    template_id: TemplateId,
    data: Annotated[TemplateChanges, _body({"enforce": True})],
    if_match: etags.IfMatch = None,
) -> Response[dict[str, Any]]:
    """Change a template. Nothing is sent to chargers by this: apply it."""
    await _own(node, caller, template_id)
    if isinstance(data.match, selection.Selection):
        _require_within(caller, data.match)
    changes, expected = msgspec.to_builtins(data), etags.expected(if_match)
    changed = await node.write(templates.change, template_id, changes, expected)
    return Response(view(changed), headers=etags.tag(changed.revision))


@delete("/templates/{template_id:str}")
async def remove_template(
    node: wanted.Node, caller: wanted.Caller, template_id: TemplateId, if_match: etags.IfMatch = None
) -> None:
    """Remove a template; chargers stay as they are."""
    await _own(node, caller, template_id)
    await node.write(templates.remove, template_id, etags.expected(if_match))


@post(
    "/templates/{template_id:str}/apply",
    status_code=HTTPStatus.ACCEPTED,
    responses=views.answer(Applied, {"job": None, "count": 1, "chargers": [DRIFT]}, 202),
)
async def apply(
    node: wanted.Node,
    caller: wanted.Caller,
    template_id: TemplateId,
    data: Annotated[Apply | None, _body({"charger_ids": ["CP-01"], "dry_run": True})] = None,
) -> dict[str, Any]:
    """Send what differs of its settings to its chargers, where no more particular template decides otherwise."""
    await _visible(node, caller, template_id)
    asked = data or Apply()
    now = node.services.now()

    def look(conn: sqlite3.Connection) -> tuple[dict[str, dict[str, str]], list[dict[str, Any]]]:
        """In the reader's thread: of a whole fleet it takes half a second."""
        found = queries.templates.drift(conn, _meant(conn, caller, asked), only=template_id)
        return {each.charger_id: _settings(each) for each in found}, [_drift(each) for each in found[:SHOWN]]

    parts, shown = await node.read(look)
    made = None
    if parts and not asked.dry_run:
        made = await node.write(jobs.add, parts, kind="apply", template_id=template_id, by=caller.id, now=now)
        await job.ensure(node.services, made)
    told = None if made is None else await node.read(queries.jobs.get, made)
    return {"job": told, "count": len(parts), "chargers": shown}


@get("/templates/{template_id:str}/drift", responses=views.page(Drift, DRIFT))
async def template_drift(
    node: wanted.Node,
    caller: wanted.Caller,
    template_id: TemplateId,
    all_: Annotated[bool, QueryParameter(name="all", description="Those that do not differ too.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """How its chargers differ from it, by what they last told."""
    await _visible(node, caller, template_id)

    known = await node.read(node.drifts.of, template_id, caller.station_ids)
    found = [{"id": each.charger_id, "drift": each} for each in known if all_ or each.differences]
    page = paging.of(found, limit, cursor)
    return page | {"items": [_drift(each["drift"]) for each in page["items"]]}


@get("/chargers/{charger_id:str}/drift", responses=views.answer(Drift, DRIFT))
async def charger_drift(node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId) -> dict[str, Any]:
    """How a charger differs from what all templates together want, by what it last told."""
    known = await visible_charger(node, caller, charger_id)

    def read(conn: sqlite3.Connection) -> list[queries.templates.Drift]:
        return queries.templates.drift(conn, queries.templates.subjects(conn, None, known))

    found = await node.read(read)
    return _drift(found[0]) if found else {"charger_id": known, "differences": []}


async def _visible(node: tree.Node, caller: Caller, template_id: str) -> templates.Template:
    """The template. Raises NotFound, also where it is for other stations than the caller's."""
    found = await node.read(templates.get, template_id)
    if not _concerns(caller, found.match):
        raise NotFound(templates.KIND, template_id)
    return found


async def _own(node: tree.Node, caller: Caller, template_id: str) -> None:
    """Raises NotFound, and Forbidden where it is for others' chargers too."""
    _require_within(caller, (await _visible(node, caller, template_id)).match)


def _concerns(caller: Caller, match: selection.Selection) -> bool:
    """Whether a template can be for chargers at the caller's stations."""
    return match.station_ids is None or any(map(caller.sees_station, match.station_ids))


def _require_within(caller: Caller, match: selection.Selection) -> None:
    """Raises Forbidden unless it is for chargers at the caller's stations only."""
    if caller.stations is not None and not caller.stations.issuperset(match.station_ids or [None]):
        raise errors.Forbidden(
            "Your key is for some stations: a template of yours names only these as match.station_ids."
        )


def view(found: templates.Template) -> dict[str, Any]:
    """What the API shows of a template."""
    fields: dict[str, Any] = msgspec.to_builtins(found)
    return fields


def _meant(conn: sqlite3.Connection, caller: Caller, asked: Apply) -> list[selection.Subject]:
    """The chargers that somebody wants it applied to. Raises Invalid for one that is not there."""
    subjects = queries.templates.subjects(conn, caller.station_ids)
    chosen = asked.select or selection.Selection()
    if asked.charger_ids is not None:
        known = {each.id.casefold() for each in subjects}
        if strange := [each for each in asked.charger_ids if each.casefold() not in known]:
            raise errors.Invalid(f"charger_ids: there is no charger {strange[0]}.")
        subjects = selection.selected(selection.Selection(charger_ids=tuple(asked.charger_ids)), subjects)
    return selection.selected(chosen, subjects)


def _settings(drift: queries.templates.Drift) -> dict[str, str]:
    """What a charger is to be sent: not what it cannot take, nor what it takes up with its next reboot."""
    return {each.key: each.wanted for each in drift.differences if each.status in ("differs", "unknown")}


def _drift(found: queries.templates.Drift | drifts.Differs) -> dict[str, Any]:
    return {"charger_id": found.charger_id, "differences": msgspec.to_builtins(found.differences)}


HANDLERS = [
    list_templates,
    add_template,
    get_template,
    change_template,
    remove_template,
    apply,
    template_drift,
    charger_drift,
]
