"""Where tariffs apply: GET|PUT|DELETE .../tariff of connectors, chargers, stations and networks, and their assignments.

A session gets the tariff of its driver's group (wide_tariffs.py), else of the connector, the charger, the station, the
network.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import delete, get, put
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Body, PathParameter, QueryParameter
from msgspec import Meta

from actors import tree
from api import errors, paging, views, wanted
from api.paging import Cursor, Limit
from api.resources.tariffs import Moment, TariffId
from api.scope import visible_charger
from csms.storage import queries
from csms.storage.reference import assignments, chargers, networks, stations, tariffs
from csms.storage.reference.assignments import Place

ConnectorId = Annotated[str, PathParameter(description="A connector's number at its charger.")]
AssignmentId = Annotated[str, PathParameter(description="An assignment's id.")]
NetworkId = Annotated[str, PathParameter(description="A network's id, such as `default`.")]
GroupId = Annotated[str | None, QueryParameter(description="For a driver of this group.")]
At = Annotated[datetime | None, QueryParameter(description="For a session that begins then; left out: now.")]


class NewAssignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which tariff a place has. null: none of its own, so that the next larger place counts."""

    tariff_id: str | None
    from_at: Annotated[Moment | None, Meta(description="From when on; left out: from now on.")] = None


class Assignment(views.View, frozen=True):
    """What a place has until its next one; from_at null: since ever."""

    id: str
    place: Place
    subject: Annotated[str, Meta(description="The place's id; CP-01/1 for a connector.")]
    tariff_id: str | None
    from_at: datetime | None


class Considered(views.View, frozen=True):
    """A place that was asked, the one that counts first first."""

    place: Place
    subject: str
    tariff_id: str | None
    outcome: Annotated[
        tariffs.Outcome,
        Meta(description="not_valid: its tariff is not for that time; not_asked: another counts first."),
    ]


class Choice(views.View, frozen=True):
    """Which tariff a session gets here, and why; null where it is free. `assignments`: what this place has and had."""

    tariff_id: str | None
    version: int | None
    place: Place | None
    subject: str | None
    prices: list[str]
    considered: list[Considered]
    assignments: list[Assignment]


ASSIGNMENT = {"id": "ta1f", "place": "station", "subject": "st1f", "tariff_id": "tf1f", "from_at": None}
CHOICE: dict[str, Any] = {
    "tariff_id": "tf1f",
    "version": 1,
    "place": "station",
    "subject": "st1f",
    "prices": ["18.00 INR per kWh", "180.00 INR per hour idle"],
    "considered": [{"place": "station", "subject": "st1f", "tariff_id": "tf1f", "outcome": "applies"}],
    "assignments": [ASSIGNMENT],
}
NEW = Body(examples=[Example(value={"tariff_id": "tf1f", "from_at": "2027-01-01T00:00:00Z"})])


class Target(msgspec.Struct, frozen=True):
    """A place in the network, with all that it lies in."""

    place: Place
    subject: str
    station_id: str | None
    charger_id: str | None = None
    connector_id: int | None = None
    network_id: str | None = None


# -- Places ------------------------------------------------------------------------------------------------------------


async def _station(node: wanted.Node, caller: wanted.Caller, station_id: wanted.StationId) -> Target:
    if not caller.sees_station(station_id):
        raise errors.NotFound(f"There is no station {station_id}. GET /api/v1/stations lists them.")
    return Target("station", (await node.read(stations.get, station_id)).id, station_id)


async def _charger(node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId) -> Target:
    known = await node.read(chargers.get, await visible_charger(node, caller, charger_id))
    return Target("charger", known.id, known.station_id, known.id)


async def _connector(
    node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId, connector_id: ConnectorId
) -> Target:
    known = await node.read(chargers.get, await visible_charger(node, caller, charger_id))
    number = next((each for each in known.connector_ids if str(each) == connector_id), None)
    if number is None:
        raise errors.NotFound(
            f"{known.id} has no connector {connector_id}: GET /api/v1/chargers/{known.id} lists them."
        )
    return Target("connector", assignments.connector(known.id, number), known.station_id, known.id, number)


async def _network(node: wanted.Node, network_id: NetworkId) -> Target:
    known = await node.read(networks.get, network_id)
    return Target("network", known.id, None, network_id=known.id)


def _handlers(path: str, find: Callable[..., Awaitable[Target]], place: str, where: str) -> list[HTTPRouteHandler]:
    """What can be asked and said of one kind of place; `find` tells which one a path names."""
    target = {"target": Provide(find)}

    @get(
        f"{path}/tariff",
        dependencies=target,
        description=f"Which tariff applies {where}, and why.",
        responses=views.answer(Choice, CHOICE),
    )
    async def get_tariff(
        node: wanted.Node, target: NamedDependency[Target], at: At = None, group_id: GroupId = None
    ) -> dict[str, Any]:
        return await choice(node, target, at, group_id)

    @put(
        f"{path}/tariff",
        dependencies=target,
        description=f"Assign a tariff to a {place}, at once or in advance.",
        responses=views.answer(Assignment, ASSIGNMENT),
    )
    async def assign_tariff(
        node: wanted.Node, target: NamedDependency[Target], data: Annotated[NewAssignment, NEW]
    ) -> dict[str, Any]:
        return await assign(node, target, data)

    @delete(f"{path}/tariff", dependencies=target, description=f"A {place} has no tariff of its own any more.")
    async def unassign_tariff(node: wanted.Node, target: NamedDependency[Target]) -> None:
        await assign(node, target, NewAssignment(None))

    return [get_tariff, assign_tariff, unassign_tariff]


# -- All of them -------------------------------------------------------------------------------------------------------


@get("/tariffs/{tariff_id:str}/assignments", responses=views.page(Assignment, ASSIGNMENT))
async def list_assignments(
    node: wanted.Node, tariff_id: TariffId, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """Where a tariff is, was and will be assigned."""
    await node.read(tariffs.get, tariff_id)
    found = await node.read(assignments.of_tariff, tariff_id)
    return paging.of([queries.tariffs.assignment(each) for each in found], limit, cursor)


@delete("/tariffs/{tariff_id:str}/assignments/{assignment_id:str}")
async def cancel_assignment(node: wanted.Node, tariff_id: TariffId, assignment_id: AssignmentId) -> None:
    """Take back a change that was scheduled."""
    await node.write(assignments.cancel, tariff_id, assignment_id, node.services.now())


async def assign(node: tree.Node, target: Target, data: NewAssignment) -> dict[str, Any]:
    """Give a place a tariff; how the answer shows it."""
    made = await node.write(
        assignments.assign,
        target.place,
        target.subject,
        data.tariff_id,
        now=node.services.now(),
        from_at=data.from_at,
    )
    return queries.tariffs.assignment(made)


async def choice(node: tree.Node, target: Target, at: datetime | None, group_id: str | None) -> dict[str, Any]:
    """Which tariff applies at a place, and why. Raises Invalid."""
    if at is not None and at.tzinfo is None:
        raise errors.Invalid("at: must say its time zone, such as 2026-03-01T09:15:00Z.")
    found = await node.read(
        tariffs.consider,
        charger_id=target.charger_id,
        connector_id=target.connector_id,
        station_id=target.station_id,
        driver_group=group_id,
        moment=at or node.services.now(),
        network_id=target.network_id,
    )
    known = await node.read(assignments.of_place, target.place, target.subject)
    return {**queries.tariffs.choice(*found), "assignments": [queries.tariffs.assignment(each) for each in known]}


HANDLERS = [
    *_handlers("/stations/{station_id:str}", _station, "station", "at a station"),
    *_handlers(
        "/chargers/{charger_id:str}", _charger, "charger", "at a charger whose connectors have none of their own"
    ),
    *_handlers("/chargers/{charger_id:str}/connectors/{connector_id:str}", _connector, "connector", "at a connector"),
    *_handlers("/networks/{network_id:str}", _network, "network", "wherever nothing nearer has one"),
    list_assignments,
    cancel_assignment,
]
