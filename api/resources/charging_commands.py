"""Commands about who may charge where and how fast: reservations, local lists, charging profiles.

POST /chargers/{id}/commands/{reserve | cancel-reservation | send-local-list | get-local-list-version
                              | set-charging-profile | clear-charging-profile | get-composite-schedule}
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import post

from actors.chargers import charger
from actors.upkeep import local_lists
from api import wanted
from api.resources import commands as common
from api.scope import charger_in_service
from csms.domain import clock, commands, facts, local_list

_Value = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
_Type = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_RESERVE = {"connector_id": 1, "id_token": "04A1B2C3", "expires_at": "2026-03-01T10:00:00Z"}
_LIST = {"update": "differential", "entries": [{"id_token": "04A1B2C3"}, {"id_token": "04D5E6F7", "remove": True}]}
_SCHEDULE = {"unit": "A", "periods": [{"start_s": 0, "limit": 16}], "starts_at": "2026-03-01T00:00:00Z"}
_PROFILE = {"connector_id": 1, "profile": {"purpose": "tx_default", "kind": "absolute", "schedules": [_SCHEDULE]}}


class Reservation(clock.Dated, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom, where and until when; the id is given where none is named."""

    id_token: _Value
    expires_at: _Moment
    connector_id: commands.Number | None = None
    evse_id: commands.Number | None = None
    group_id: _Value | None = None
    reservation_id: commands.Given | None = None


class Listed(clock.Dated, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token for a charger's own list; without a status it may do what it may do here."""

    id_token: _Value
    type: _Type = "ISO14443"
    status: Annotated[str, msgspec.Meta(description="As in OCPP: Accepted, Blocked, ...")] | None = None
    expires_at: _Moment | None = None
    group_id: _Value | None = None
    remove: bool = False


class LocalList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to list: these, or with none named all tokens of the network. `full` replaces what the charger holds."""

    update: local_list.Update = "full"
    entries: tuple[Listed, ...] | None = None


@post(f"{common.CHARGER}/commands/reserve", **common.answers)
async def reserve(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[Reservation, common.body(_RESERVE)],
) -> dict[str, Any]:
    """Keep a connector, or with none named any one, free for a token and its group.

    The answer's `response` has the reservation_id; GET .../inventory/reservations tells what became of it.
    """
    named = {name: getattr(data, name) for name in data.__struct_fields__ if name != "id_token"}
    command = commands.Reserve(id_token=facts.IdToken(data.id_token), **named)
    return common.outcome(await common.execute(node, caller, charger_id, command))


@post(f"{common.CHARGER}/commands/cancel-reservation", **common.answers)
async def cancel_reservation(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.CancelReservation, common.body({"reservation_id": 7})],
) -> dict[str, Any]:
    """Give a reserved connector free."""
    return common.outcome(await common.execute(node, caller, charger_id, data))


@post(f"{common.CHARGER}/commands/send-local-list", **common.answers)
async def send_local_list(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[LocalList | None, common.body(_LIST)] = None,
) -> dict[str, Any]:
    """Tell the charger which tokens it may decide about by itself.

    It goes in as many messages as the charger needs; one that holds another version than was known gets the whole list
    again.
    """
    order = data or LocalList()
    known = await charger_in_service(node, caller, charger_id)
    ref = await charger.ensure(node.services, known)
    listed = None if order.entries is None else [_listed(each) for each in order.entries]
    executed = await local_lists.send(node.services, ref, known, listed, order.update, by=caller.id)
    return common.outcome(common.accepted(executed))


@post(f"{common.CHARGER}/commands/get-local-list-version", **common.answers)
async def get_local_list_version(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.GetLocalListVersion | None, common.body({})] = None,
) -> dict[str, Any]:
    """Ask which version of its list the charger holds: 0 = none, -1 (OCPP 1.6) = it keeps none."""
    return common.outcome(await common.execute(node, caller, charger_id, data or commands.GetLocalListVersion()))


@post(f"{common.CHARGER}/commands/set-charging-profile", **common.answers)
async def set_charging_profile(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.SetChargingProfile, common.body(_PROFILE)],
) -> dict[str, Any]:
    """Limit a connector, or with none named the whole charger, over time.

    It replaces the profile of the same purpose and stack_level there. A tx profile needs an open transaction.
    """
    return common.outcome(await common.execute(node, caller, charger_id, data))


@post(f"{common.CHARGER}/commands/clear-charging-profile", **common.answers)
async def clear_charging_profile(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.ClearChargingProfile | None, common.body({"purpose": "tx_default"})] = None,
) -> dict[str, Any]:
    """Remove one charging profile, or those that fit all that is named; with nothing named, all."""
    return common.outcome(await common.execute(node, caller, charger_id, data or commands.ClearChargingProfile()))


@post(f"{common.CHARGER}/commands/get-composite-schedule", **common.answers)
async def get_composite_schedule(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.GetCompositeSchedule | None, common.body({"connector_id": 1, "duration_s": 3600})] = None,
) -> dict[str, Any]:
    """Ask what all profiles together allow from now on."""
    return common.outcome(await common.execute(node, caller, charger_id, data or commands.GetCompositeSchedule()))


def _listed(each: Listed) -> local_lists.Wanted:
    token = facts.IdToken(each.id_token, each.type)
    if each.status is None or each.remove:
        return local_lists.Wanted(token, known=not each.remove)
    entry = local_list.Entry(id_token=token, status=each.status, expires_at=each.expires_at, group_id=each.group_id)
    return local_lists.Wanted(token, entry)


HANDLERS = [
    reserve,
    cancel_reservation,
    send_local_list,
    get_local_list_version,
    set_charging_profile,
    clear_charging_profile,
    get_composite_schedule,
]
