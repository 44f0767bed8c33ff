"""The pages: overview, charger, session. They read what the API reads and order through the same functions."""

import sqlite3
from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get
from litestar.response import Redirect

from api import addresses, errors, wanted
from api.caller import Caller
from api.permissions import Permission
from api.resources import chargers, sessions
from api.scope import visible_charger
from api.web import chart, entrance, rendering
from csms.domain import events, template
from csms.storage import queries, reader
from csms.storage.reference import api_keys, stations, users

Page = Response[bytes]
Req = Request[Caller, Any, Any]

SHOWN_CHARGERS = 200
SHOWN_SESSIONS = 50
SHOWN_EVENTS = 12
SHOWN_MESSAGES = 12
TRIGGERS = ("StatusNotification", "Heartbeat", "MeterValues", "BootNotification")


@get("/", include_in_schema=False)
async def overview(request: Req, node: wanted.Node, caller: wanted.Caller) -> Page:
    """Everything at a glance; signed out, the form to sign in."""
    if caller.role is None:
        return entrance.sign_in_form(request)
    data = await node.read(_overview, caller, datetime.now(UTC))
    return rendering.page(
        request,
        "dashboard.html",
        **data,
        may=_may(caller),
        ocpp_url=addresses.ocpp_url(node),
        shown=SHOWN_CHARGERS,
        events_url="/api/v1/events?topics=chargers,sessions",
    )


@get("/chargers/{charger_id:str}", include_in_schema=False)
async def charger(request: Req, node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId) -> Page:
    """One charger: what it is, what it does, what one may tell it."""
    known = await visible_charger(node, caller, charger_id)
    found = await chargers.view(node, known)
    data = await node.read(_charger, caller, found, datetime.now(UTC))
    return rendering.page(
        request,
        "charger.html",
        **data,
        charger=found,
        messages=node.services.traces.of(known)[: -SHOWN_MESSAGES - 1 : -1],
        may=_may(caller),
        triggers=TRIGGERS,
        events_url=f"/api/v1/events?topics=chargers,sessions&charger_id={known}",
    )


@get("/sessions/{session_id:str}", include_in_schema=False)
async def session(request: Req, node: wanted.Node, caller: wanted.Caller, session_id: wanted.SessionId) -> Page:
    """One charging stay: the curve, the facts, the log."""
    found = await sessions.view(node, caller, session_id)
    samples, log = await node.read(_recorded, session_id)
    title, unit, points = chart.points(samples, found["meter_start_wh"], found["started_at"])
    drawn = chart.draw(points)
    return rendering.page(
        request,
        "session.html",
        session=found,
        events=log[::-1],
        chart=drawn,
        chart_title=title,
        chart_top=f"{drawn.top:g} {unit}" if drawn else "",
        chart_size=(chart.WIDTH, chart.HEIGHT),
        points=len(points),
        may=_may(caller),
        events_url=f"/api/v1/events?topics=sessions&charger_id={found['charger_id']}",
    )


def failed(request: Req, error: errors.ApiError) -> Page | Redirect:
    """What a browser sees when a page cannot be shown."""
    if error.code == "must_enrol":
        return rendering.redirect("/account", "Your role asks for a second factor: set one up first.", tone="bad")
    if isinstance(error, errors.NotSignedIn) and request.method == "GET":
        page = entrance.sign_in_form(request, wanted=request.scope["path"])
        page.status_code = int(error.status)
        return page
    return rendering.error_page(request, error)


def _not_asked(*_: Any) -> None:
    """What running sessions cost is shown by none of the lists here."""


def _may(caller: Caller) -> dict[str, bool]:
    return {
        "operate": caller.may(Permission.OPERATE),
        "charge": caller.may(Permission.CHARGE),
        "see_network": caller.may(Permission.SEE_NETWORK),
        "configure": caller.may(Permission.CONFIGURE),
    }


def _overview(conn: sqlite3.Connection, caller: Caller, now: datetime) -> dict[str, Any]:
    scope = caller.station_ids
    own = caller.only_own(Permission.SEE_SESSIONS)
    pages = [
        queries.sessions.list(
            conn, now, status=status, driver_id=own, station_ids=scope, limit=SHOWN_SESSIONS, so_far=_not_asked
        )
        for status in ("active", "pending")
    ]
    running = [found for page in pages for found in page["items"]]
    network: dict[str, Any] = {"items": [], "next_cursor": None}
    waiting: list[dict[str, Any]] = []
    if caller.may(Permission.SEE_NETWORK):
        network = queries.chargers.list(conn, station_ids=scope, limit=SHOWN_CHARGERS)
        pending = queries.chargers.list(conn, station_ids=scope, registration="pending", limit=SHOWN_CHARGERS)
        waiting = pending["items"]
    sites = [station for station in stations.every(conn) if caller.sees_station(station.id)]
    return {
        "running": running,
        "more_running": any(page["next_cursor"] for page in pages),
        "sessions_by_id": {found["id"]: found for found in running},
        "groups": _groups(sites, network["items"]),
        "waiting": waiting,
        "more_chargers": network["next_cursor"] is not None,
        "totals": _totals(network["items"], running),
    }


def _groups(sites: list[stations.Station], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Chargers by station, those without one last."""
    places = [*sites, stations.Station(id="", name="Without a station")]
    groups = [
        {
            "name": site.name,
            "place": ", ".join(part for part in (site.address, site.city) if part),
            "chargers": [charger for charger in found if (charger["station_id"] or "") == site.id],
        }
        for site in places
    ]
    return [group for group in groups if group["chargers"]]


def _totals(found: list[dict[str, Any]], running: list[dict[str, Any]]) -> dict[str, Any]:
    connectors = [connector for charger in found for connector in charger["connectors"]]
    return {
        "chargers": len(found),
        "online": sum(charger["online"] for charger in found),
        "connectors": len(connectors),
        "free": sum(connector["status"] == "Available" for connector in connectors),
        "power_w": sum(session["power_w"] or 0 for session in running),
    }


def _charger(conn: sqlite3.Connection, caller: Caller, found: dict[str, Any], now: datetime) -> dict[str, Any]:
    charger_id = found["id"]
    issue = caller.may(Permission.CHARGE)
    return {
        "station": stations.get(conn, found["station_id"]) if found["station_id"] else None,
        "sessions": queries.sessions.list(conn, now, charger_id=charger_id, limit=10, so_far=_not_asked)["items"],
        "drift": _drift(conn, charger_id),
        "names": _names(conn),
        "commands": queries.commands.list(conn, charger_id=charger_id, limit=10)["items"],
        "tokens": queries.tokens.list(conn, limit=50)["items"] if issue else [],
    }


def _drift(conn: sqlite3.Connection, charger_id: str) -> list[template.Difference]:
    """How a charger's settings differ from what templates want."""
    found = queries.templates.drift(conn, queries.templates.subjects(conn, None, charger_id))
    return found[0].differences if found else []


def _names(conn: sqlite3.Connection) -> dict[str, str]:
    """Who ids of users and keys are."""
    people = {user.id: user.name or user.email for user in users.every(conn)}
    return people | {key.id: f"{key.name} (key)" for key in api_keys.every(conn)} | {"system": "the server itself"}


def _recorded(conn: sqlite3.Connection, session_id: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All meter values of a session, and its newest events."""
    samples: list[dict[str, Any]] = []
    cursor: str | None = None
    while not samples or cursor is not None:
        page = queries.streams.meter_values(conn, session_id, limit=500, cursor=cursor)
        samples, cursor = samples + page["items"], page["next_cursor"]
        if not page["items"]:
            break
    stream = events.session_stream(session_id)
    before_newest = max(0, reader.Reader(conn, snapshot=True).head(stream).version - SHOWN_EVENTS)
    return samples, queries.streams.list(conn, stream, limit=SHOWN_EVENTS, cursor=str(before_newest))["items"]


HANDLERS = [overview, charger, session]
