"""GET|POST /chargers, GET|PATCH|DELETE /chargers/{id}."""

import sqlite3
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import Body, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from actors import tree
from api import errors, etags, idempotency, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from api.scope import visible_charger
from api.signin import SignIn
from csms import credentials
from csms.domain import quirk
from csms.storage import queries
from csms.storage.queries import plain
from csms.storage.reference import chargers
from csms.storage.reference.chargers import Connector, Evse, Identity

Registration = Literal["accepted", "pending", "rejected"]
Profile = Annotated[
    int, Meta(ge=0, le=3, description="0: no password; 1: password; 2: TLS and password; 3: mutual TLS.")
]
PingInterval = Annotated[
    int,
    Meta(
        ge=0,
        le=86400,
        description="Seconds between pings, 0: none; null: the setting's. Counts from its next connection.",
    ),
]
Quirks = Annotated[
    list[str],
    Meta(description=f"Deviations that it is allowed, of {', '.join(quirk.NAMES)}; null: what its vendor is."),
]
_LENGTHS = credentials.CHARGER_PASSWORD
Password = Annotated[
    str, Meta(min_length=_LENGTHS[0], max_length=_LENGTHS[-1], description="What the charger signs in with.")
]


SerialNumber = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="What its certificate must name (profile 3); without it the one that the charger reports.",
    ),
]


class NewCharger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A charger. Give `connectors`, or `evses` where one has several; without a password profiles 1 and 2 get one."""

    id: Identity
    station_id: str | None = None
    name: str | None = None
    registration: Registration = "accepted"
    security_profile: Profile = 0
    password: Password | None = None
    ping_interval_s: PingInterval | None = None
    serial_number: SerialNumber | None = None
    quirks: Quirks | None = None
    connectors: list[Connector] | UnsetType = UNSET
    evses: list[Evse] | UnsetType = UNSET


class ChargerChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    station_id: str | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    registration: Registration | UnsetType = UNSET
    security_profile: Profile | UnsetType = UNSET
    password: Password | UnsetType = UNSET
    ping_interval_s: PingInterval | UnsetType | None = UNSET
    serial_number: SerialNumber | UnsetType | None = UNSET
    quirks: Quirks | UnsetType | None = UNSET
    connectors: list[Connector] | UnsetType = UNSET
    evses: list[Evse] | UnsetType = UNSET


class LiveConnector(views.View, frozen=True):
    """A connector as described and as it last reported itself; Offline while the charger is."""

    id: int
    evse_id: int | None
    status: str
    error_code: str | None
    info: str | None
    updated_at: datetime | None
    session_id: str | None
    standard: str | None
    format: str | None
    power_type: str | None
    max_power_w: float | None
    max_voltage: float | None
    max_amperage: float | None


class Charger(views.View, frozen=True):
    """A charger as described and as it last reported itself."""

    id: str
    station_id: str | None
    name: str | None
    registration: Registration
    security_profile: int
    next_security_profile: int | None
    ping_interval_s: int | None
    quirks: list[str] | None
    online: bool
    protocol: str | None
    vendor: str | None
    model: str | None
    serial_number: str | None
    firmware_version: str | None
    last_seen_at: datetime | None
    decommissioned_at: datetime | None
    connectors: list[LiveConnector]
    evses: list[Evse]
    revision: int


class CreatedCharger(Charger, frozen=True):
    """A new charger; a password that was made for it is shown this once."""

    password: str | None


NEW = {
    "id": "CP-01",
    "station_id": "st1f",
    "security_profile": 1,
    "connectors": [
        {"id": 1, "standard": "IEC_62196_T2", "format": "SOCKET", "power_type": "AC_3_PHASE", "max_power_w": 22000}
    ],
}
CHARGER: dict[str, Any] = {
    "id": "CP-01",
    "station_id": "st1f",
    "name": None,
    "registration": "accepted",
    "security_profile": 1,
    "next_security_profile": None,
    "ping_interval_s": None,
    "quirks": None,
    "online": True,
    "protocol": "1.6",
    "vendor": "ACME",
    "model": "Fast-22",
    "serial_number": "SN-1",
    "firmware_version": "1.0",
    "last_seen_at": views.AT,
    "decommissioned_at": None,
    "connectors": [],
    "evses": [],
    "revision": 1,
}


def _body(example: dict[str, Any]) -> Any:
    return Body(examples=[Example(value=example)])


@get("/chargers", responses=views.page(Charger, CHARGER))
async def list_chargers(
    node: wanted.Node,
    caller: wanted.Caller,
    station_id: Annotated[str | None, QueryParameter(description="Only at this station.")] = None,
    registration: Annotated[
        Registration | None, QueryParameter(description="Only these: `pending` lists who waits for approval.")
    ] = None,
    decommissioned: Annotated[bool | None, QueryParameter(description="Only those out of service, or in it.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """All chargers by id."""
    page = await node.read(
        queries.chargers.list,
        station_id=station_id,
        station_ids=caller.station_ids,
        registration=registration,
        decommissioned=decommissioned,
        limit=limit,
        cursor=cursor,
    )
    return page | {"items": [_with_link(node, found) for found in page["items"]]}


@post("/chargers", responses=views.answer(CreatedCharger, CHARGER | {"password": "shown-this-once-only"}, 201))
async def add_charger(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    caller: wanted.Caller,
    sign_in: wanted.SignIn,
    data: Annotated[NewCharger, _body(NEW)],
) -> Response[dict[str, Any]]:
    """Add a charger; it may connect at once."""
    if not caller.sees_station(data.station_id):
        raise errors.Forbidden("Your key is for other stations: name one of them as station_id.")
    fields = msgspec.to_builtins(data)
    given = fields.pop("password")
    made = credentials.charger_password() if given is None and data.security_profile in (1, 2) else None
    stored = await _stored(sign_in, given, made)

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        added = chargers.add(conn, fields, stored)
        return {**(queries.chargers.get(conn, added.id) or {}), "password": made}

    return await idempotency.create(node, request, create, secret="password")


@get("/chargers/{charger_id:str}", responses=views.answer(Charger, CHARGER))
async def get_charger(
    node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId
) -> Response[dict[str, Any]]:
    """One charger."""
    known = await visible_charger(node, caller, charger_id)
    reference = await node.read(chargers.get, known)
    return Response(await view(node, known), headers=etags.tag(reference.revision))


@patch("/chargers/{charger_id:str}", responses=views.answer(Charger, CHARGER))
async def change_charger(
    node: wanted.Node,
    caller: wanted.Caller,
    sign_in: wanted.SignIn,
    charger_id: wanted.ChargerId,
    data: Annotated[ChargerChanges, _body({"registration": "accepted"})],
    if_match: etags.IfMatch = None,
) -> Response[dict[str, Any]]:
    """Change a charger. A new password is what it must sign in with from its next connection on."""
    known = await visible_charger(node, caller, charger_id)
    changes = msgspec.to_builtins(data)
    if "station_id" in changes and not caller.sees_station(changes["station_id"]):
        raise errors.Forbidden("Your key is for other stations: name one of them as station_id.")
    stored = await _stored(sign_in, changes.pop("password", None), None)
    changed = await node.write(chargers.change, known, changes, etags.expected(if_match), stored)
    node.charger_changed(known)
    return Response(await view(node, known), headers=etags.tag(changed.revision))


@delete("/chargers/{charger_id:str}")
async def remove_charger(
    node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId, if_match: etags.IfMatch = None
) -> None:
    """Remove a charger: it may not connect any more. What it did stays in the log."""
    known = await visible_charger(node, caller, charger_id)
    await node.write(chargers.remove, known, etags.expected(if_match))
    node.charger_removed(known)


async def view(node: tree.Node, charger_id: str) -> dict[str, Any]:
    """What the API shows of a charger: from its actor when that lives, else what is stored. Raises UnknownCharger."""
    live = await node.live_charger(charger_id)
    found = await node.read(queries.chargers.get, charger_id, None if live is None else live.state)
    if found is None:
        raise tree.UnknownCharger(charger_id)
    if live is None:
        return found
    return found | {"online": live.online, "last_seen_at": plain.time(live.last_seen_at)}


def _with_link(node: tree.Node, found: dict[str, Any]) -> dict[str, Any]:
    """A stored charger with what only its link knows: not every frame is an event, but each is a sign of life."""
    seen = node.last_seen(found["id"])
    return found if seen is None else found | {"last_seen_at": plain.time(seen)}


async def _stored(sign_in: SignIn, given: str | None, made: str | None) -> str | None:
    if made is not None:
        return credentials.hash_key(made)
    return None if given is None else await sign_in.hash(given)


HANDLERS = [list_chargers, add_charger, get_charger, change_charger, remove_charger]
