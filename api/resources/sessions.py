"""GET|POST /sessions, GET /sessions/{id}, its events and meter values, POST /sessions/{id}/stop.

Drivers see and control only their own sessions. What was acknowledged to a charger is visible in the next GET.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.spec import Example
from litestar.params import Body, FromQuery, QueryParameter

from actors import tree
from actors.chargers import charger
from api import errors, idempotency, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from api.permissions import Permission
from api.resources import commands
from api.scope import charger_in_service, visible_session
from csms.domain import events, facts
from csms.domain.charging_profile import Profile
from csms.domain.commands import Number
from csms.storage import queries
from csms.storage.reference import tokens

Status = Literal["pending", "active", "finishing", "completed", "failed"]


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A session to start from afar."""

    charger_id: str
    id_token: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    connector_id: Number | None = None
    evse_id: Number | None = None
    charging_profile: Annotated[
        Profile | None,
        msgspec.Meta(description="A tx profile without transaction_id, for who may set charging profiles."),
    ] = None


ORDER = {"charger_id": "CP-01", "connector_id": 1, "id_token": "04A1B2C3"}


class Session(views.View, frozen=True):
    """One charging stay. Energies in Wh, power in W, durations in seconds."""

    id: str
    transaction_id: str | None
    charger_id: str
    station_id: str | None
    evse_id: int | None
    connector_id: int | None
    id_token: str | None
    token_type: str | None
    driver_id: str | None
    tariff_id: str | None
    status: Status
    flags: list[str]
    authorization: str | None
    failure: str | None
    requested_at: datetime | None
    started_at: datetime | None
    stopped_at: datetime | None
    completed_at: datetime | None
    stop_reason: str | None
    meter_start_wh: views.Number | None
    meter_stop_wh: views.Number | None
    energy_wh: views.Number
    power_w: views.Number | None
    soc_percent: views.Number | None
    duration_s: int
    idle_since: datetime | None
    idle_s: int
    continues: str | None
    command_id: str | None
    cost: Annotated[
        views.Money | None,
        msgspec.Meta(description="Tax included, so far or in the end; null: no tariff applies, it is free."),
    ]


SESSION: dict[str, Any] = dict.fromkeys(Session.__struct_fields__) | {
    "id": "s3f9c",
    "transaction_id": "17",
    "charger_id": "CP-01",
    "connector_id": 1,
    "id_token": "04A1B2C3",
    "token_type": "ISO14443",
    "status": "active",
    "flags": [],
    "authorization": "Accepted",
    "started_at": views.AT,
    "meter_start_wh": 120400,
    "energy_wh": 3150,
    "power_w": 11000,
    "duration_s": 1040,
    "idle_s": 0,
    "tariff_id": "tf1f",
    "cost": {"amount": "56.70", "currency": "INR"},
}


class SignedValue(views.View, frozen=True):
    """What an OCPP 2.x meter signed, byte for byte as it was sent."""

    data: str
    encoding: str
    method: str | None
    key: str | None


class SampledValue(views.View, frozen=True):
    """One value as sent, with OCPP's defaults filled in; `multiplier` is a power of ten (OCPP 2.x)."""

    value: str
    measurand: str
    unit: str | None
    multiplier: int
    context: str
    location: str
    phase: str | None
    format: str
    signed: SignedValue | None


class MeterValue(views.View, frozen=True):
    """What was measured at one moment."""

    at: datetime | None
    received_at: datetime
    seq: int
    suspect: list[str]
    values: list[SampledValue]


METER_VALUE = {
    "at": views.AT,
    "received_at": views.AT,
    "seq": 812,
    "suspect": [],
    "values": [
        {
            "value": "123550",
            "measurand": "Energy.Active.Import.Register",
            "unit": "Wh",
            "multiplier": 0,
            "context": "Sample.Periodic",
            "location": "Outlet",
            "phase": None,
            "format": "Raw",
            "signed": None,
        }
    ],
}


@get("/sessions", responses=views.page(Session, SESSION))
async def list_sessions(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: FromQuery[str | None] = None,
    station_id: FromQuery[str | None] = None,
    status: FromQuery[Status | None] = None,
    flag: Annotated[str | None, QueryParameter(description="Only with this flag, such as suspect or orphan.")] = None,
    transaction_id: FromQuery[str | None] = None,
    id_token: FromQuery[str | None] = None,
    from_: Annotated[datetime | None, QueryParameter(name="from", description="Started at or after.")] = None,
    to: Annotated[datetime | None, QueryParameter(description="Started before.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Sessions, newest first; by their start where `from` or `to` is given."""
    return await node.read(
        queries.sessions.list,
        datetime.now(UTC),
        charger_id=charger_id,
        station_id=station_id,
        status=status,
        flag=flag,
        transaction_id=transaction_id,
        id_token=id_token,
        begin=_aware(from_, "from"),
        end=_aware(to, "to"),
        driver_id=caller.only_own(Permission.SEE_SESSIONS),
        station_ids=caller.station_ids,
        limit=limit,
        cursor=cursor,
        so_far=node.costs.so_far,
    )


@post("/sessions", status_code=HTTPStatus.ACCEPTED, responses=views.answer(views.RemoteStart, views.REMOTE_START, 202))
async def start(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    caller: wanted.Caller,
    data: Annotated[Order, Body(examples=[Example(value=ORDER)])],
) -> Response[dict[str, Any]]:
    """Start a session from afar; it is pending until the charger reports the transaction."""

    async def act() -> dict[str, Any]:
        begun = await order(node, caller, data)
        return {"id": begun.session_id, "status": "pending", "command_id": begun.command_id}

    return await idempotency.run(node, request, act, status=HTTPStatus.ACCEPTED)


@get("/sessions/{session_id:str}", responses=views.answer(Session, SESSION))
async def get_session(node: wanted.Node, caller: wanted.Caller, session_id: wanted.SessionId) -> dict[str, Any]:
    """One session."""
    return await view(node, caller, session_id)


@post("/sessions/{session_id:str}/stop", **commands.answers)
async def stop(node: wanted.Node, caller: wanted.Caller, session_id: wanted.SessionId) -> dict[str, Any]:
    """Tell the charger to end the session's transaction."""
    return commands.outcome(await order_stop(node, caller, session_id))


@get("/sessions/{session_id:str}/events", responses=views.page(views.Event, views.EVENT))
async def list_events(
    node: wanted.Node, caller: wanted.Caller, session_id: wanted.SessionId, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """What the log says about the session, oldest first."""
    await view(node, caller, session_id)
    return await node.read(queries.streams.list, events.session_stream(session_id), limit=limit, cursor=cursor)


@get("/sessions/{session_id:str}/meter-values", responses=views.page(MeterValue, METER_VALUE))
async def meter_values(
    node: wanted.Node, caller: wanted.Caller, session_id: wanted.SessionId, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """The meter values of the session as the charger sent them, oldest first."""
    await view(node, caller, session_id)
    return await node.read(queries.streams.meter_values, session_id, limit=limit, cursor=cursor)


async def view(node: tree.Node, caller: Caller, session_id: str) -> dict[str, Any]:
    """A session that this caller may see: from its actor when that lives, else what is stored. Raises NotFound."""
    live, now = await node.live_session(session_id), datetime.now(UTC)
    found: dict[str, Any] | None
    if live is None:
        found = await node.read(queries.sessions.get, session_id, now)
    else:
        found = await node.read(queries.sessions.view, live, now)
    return visible_session(caller, session_id, found)


async def order(node: tree.Node, caller: Caller, data: Order, continues: str | None = None) -> charger.Begun:
    """Order a remote start, perhaps to go on with a session; a driver may use only his own tokens.

    Raises ApiError, CannotOrder.
    """
    known = await charger_in_service(node, caller, data.charger_id)
    own = caller.only_own(Permission.CHARGE)
    token = await node.read(tokens.find, data.id_token)
    if own is not None and (token is None or token.driver_id != own):
        raise errors.Forbidden("This token is not yours: start the session with one of your own.")
    if data.charging_profile is not None and not caller.may(Permission.CONFIGURE):
        raise errors.Forbidden("Your role may not set charging profiles: start the session without charging_profile.")
    ref = await charger.ensure(node.services, known)
    id_token = facts.IdToken(data.id_token, token.type if token is not None else "ISO14443")
    return await charger.start_session(
        ref,
        connector_id=data.connector_id,
        evse_id=data.evse_id,
        id_token=id_token,
        profile=data.charging_profile,
        by=caller.id,
        continues=continues,
    )


async def order_stop(node: tree.Node, caller: Caller, session_id: str) -> Any:
    """Order a remote stop and wait for the charger's answer. Raises ApiError, CannotOrder."""
    session = await view(node, caller, session_id)
    ref = await charger.ensure(node.services, session["charger_id"])
    return commands.accepted(await charger.stop_session(node.services, ref, session_id, by=caller.id))


def _aware(at: datetime | None, name: str) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise errors.ApiError(f"`{name}` needs a time zone: write 2026-03-01T00:00:00Z.", code="invalid_request")
    return at


HANDLERS = [list_sessions, start, get_session, stop, list_events, meter_values]
