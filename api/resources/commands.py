"""Commands to chargers: what they should do, in words of no OCPP version, or a raw OCPP call of their own.

POST /chargers/{id}/commands/{command}     POST /chargers/{id}/ocpp/{Action}
GET  /chargers/{id}/commands               GET  /commands/{id}
"""

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.openapi.spec import Example
from litestar.params import Body

from actors import tree
from actors.chargers import charger, outbound
from api import errors, permissions, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from api.scope import charger_in_service, visible_charger
from csms.domain import commands
from csms.storage import queries

CHARGER = "/chargers/{charger_id:str}"


def body(example: dict[str, Any]) -> Any:
    """A request's body with an example."""
    return Body(examples=[Example(value=example)])


class RawAnswer(msgspec.Struct, frozen=True):
    """The charger's CALLRESULT payload."""

    response: dict[str, Any]


async def execute(node: tree.Node, caller: Caller, charger_id: str, command: commands.AnyCommand) -> outbound.Executed:
    """Order a command and wait for the answer. Raises ApiError 409 for a refusal and 502 for a CALLERROR."""
    known = await charger_in_service(node, caller, charger_id)
    ref = await charger.ensure(node.services, known)
    return accepted(await charger.execute(node.services, ref, command, by=caller.id))


def accepted(executed: outbound.Executed) -> outbound.Executed:
    """What was executed, unless the charger refused it. Raises ApiError."""
    if executed.error is not None:
        error = executed.error
        raise errors.ApiError(
            f"The charger answered with the error {error.code}: {error.description or 'it gave no description'}.",
            status=HTTPStatus.BAD_GATEWAY,
            code="charger_error",
            command_id=executed.command_id,
            error_code=error.code,
            error_description=error.description,
            error_details=error.details,
        )
    if executed.refused:
        raise errors.Conflict(
            executed.detail or _refusal(executed.status),
            code="charger_rejected",
            command_id=executed.command_id,
            outcome=executed.status,
            response=executed.response,
        )
    return executed


def _refusal(status: str) -> str:
    match status:
        case "rejected" | "failed" | "occupied" | "faulted" | "unavailable" | "pending":
            return f"The charger answered {status}. Its state may not allow this now: look at it and try again."
        case "not_supported" | "not_implemented":
            return f"The charger answered {status}: it cannot do this. Its manual says what it can."
        case _:
            return f"The charger answered {status}: correct what you asked for and send it again."


def outcome(executed: outbound.Executed) -> dict[str, Any]:
    """What a command answers."""
    return {
        "command_id": executed.command_id,
        "status": executed.status,
        "detail": executed.detail,
        "response": executed.response or {},
    }


answers: Any = {"status_code": HTTPStatus.OK, "responses": views.answer(views.CommandOutcome, views.COMMAND_OUTCOME)}


@post(f"{CHARGER}/commands/reset", **answers)
async def reset(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.Reset | None, body({"type": "soft"})] = None,
) -> dict[str, Any]:
    """Restart the charger.

    on_idle waits for transactions to end; immediate (or soft) ends them in order; hard restarts at once; resume
    resumes them afterwards.
    """
    return outcome(await execute(node, caller, charger_id, data or commands.Reset()))


@post(f"{CHARGER}/commands/unlock", **answers)
async def unlock(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.Unlock, body({"connector_id": 1})],
) -> dict[str, Any]:
    """Release the cable of a connector."""
    return outcome(await execute(node, caller, charger_id, data))


@post(f"{CHARGER}/commands/availability", **answers)
async def availability(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.Availability, body({"connector_id": 1, "available": False})],
) -> dict[str, Any]:
    """Take a connector, or with none named the whole charger, in or out of service."""
    return outcome(await execute(node, caller, charger_id, data))


@post(f"{CHARGER}/commands/trigger", **answers)
async def trigger(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.Trigger, body({"message": "StatusNotification", "connector_id": 1})],
) -> dict[str, Any]:
    """Ask the charger to send one message now."""
    return outcome(await execute(node, caller, charger_id, data))


@post(f"{CHARGER}/commands/clear-cache", **answers)
async def clear_cache(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.ClearCache | None, body({})] = None,
) -> dict[str, Any]:
    """Make the charger forget its cached authorizations."""
    return outcome(await execute(node, caller, charger_id, data or commands.ClearCache()))


@post(f"{CHARGER}/commands/get-configuration", **answers)
async def get_configuration(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.GetConfiguration | None, body({"keys": ["HeartbeatInterval"]})] = None,
) -> dict[str, Any]:
    """Read configuration keys; none named means all."""
    return outcome(await execute(node, caller, charger_id, data or commands.GetConfiguration()))


@post(f"{CHARGER}/commands/set-configuration", **answers)
async def set_configuration(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.SetConfiguration, body({"key": "MeterValueSampleInterval", "value": "60"})],
) -> dict[str, Any]:
    """Write one configuration key."""
    return outcome(await execute(node, caller, charger_id, data))


@post(f"{CHARGER}/commands/data-transfer", **answers)
async def data_transfer(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.DataTransfer, body({"vendor_id": "com.example", "message_id": "hello", "data": "1"})],
) -> dict[str, Any]:
    """Send a vendor's own message."""
    return outcome(await execute(node, caller, charger_id, data))


_named = (reset, unlock, availability, trigger, clear_cache, get_configuration, set_configuration, data_transfer)
_commands = (route.rpartition("/commands/") for route in permissions.ROUTES if route.startswith("POST /api/v1/"))
NAMES = sorted(name for _, found, name in _commands if found and "{" not in name)
"""Of all commands, whichever module they are in."""


@post(f"{CHARGER}/commands/{{command:str}}", include_in_schema=False)
async def unknown(charger_id: wanted.ChargerId, command: wanted.Word) -> None:
    """Any other command."""
    raise errors.NotFound(
        f"There is no command {command} for {charger_id}; there are {', '.join(NAMES)}. "
        "Everything else of the charger's protocol goes through POST /api/v1/chargers/{id}/ocpp/{Action}.",
        code="unknown_command",
        commands=NAMES,
    )


@post(
    f"{CHARGER}/ocpp/{{action:str}}",
    status_code=HTTPStatus.OK,
    responses=views.answer(RawAnswer, {"response": {"status": "Accepted"}}),
)
async def raw(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    action: wanted.Word,
    data: Annotated[dict[str, Any], body({"type": "Soft"})],
) -> dict[str, Any]:
    """Send an OCPP call of the charger's own version.

    The body is the payload of the action, checked against its schema. A CALLRESULT comes back as `response`, whatever
    its status says; a CALLERROR is a 502 with error_code, error_description and error_details.
    """
    known = await charger_in_service(node, caller, charger_id)
    ref = await charger.ensure(node.services, known)
    command = commands.Raw(action=action, payload=_storable(data))
    executed = await charger.execute(node.services, ref, command, by=caller.id)
    if executed.error is not None:
        accepted(executed)
    return {"response": executed.response or {}}


def _storable(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload that the log can hold: some schemas allow whole numbers of any size."""
    try:
        msgspec.msgpack.encode(payload)
    except OverflowError as error:
        raise errors.Invalid("The payload has a whole number of more than 64 bits: send a smaller one.") from error
    return payload


@get(f"{CHARGER}/commands", responses=views.page(views.Command, views.COMMAND))
async def history(
    node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """Who sent this charger what, newest first, and what became of it."""
    known = await visible_charger(node, caller, charger_id)
    return await node.read(queries.commands.list, charger_id=known, limit=limit, cursor=cursor)


@get("/commands/{command_id:str}", responses=views.answer(views.Command, views.COMMAND))
async def one(node: wanted.Node, caller: wanted.Caller, command_id: wanted.CommandId) -> dict[str, Any]:
    """One command and what became of it."""
    command = await node.read(queries.commands.get, command_id)
    if command is None:
        raise errors.NotFound(f"There is no command {command_id}. GET /api/v1/chargers/{{id}}/commands lists them.")
    await visible_charger(node, caller, command["charger_id"])
    return command


HANDLERS = [*_named, unknown, raw, history, one]
