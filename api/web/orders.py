"""The forms of the pages that tell a charger something: each orders, and goes back with what became of it."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, post
from litestar.response import Redirect

from actors import tree
from api import errors, wanted
from api.caller import Caller
from api.resources import commands, sessions
from api.scope import visible_charger
from api.web import formats, rendering
from csms.domain import commands as orders
from csms.storage.reference import chargers

Req = Request[Caller, Any, Any]
CHARGER = "/chargers/{charger_id:str}"


async def _order(request: Req, node: tree.Node, caller: Caller, charger_id: str, kind: Any) -> Redirect:
    fields = await _fields(request)

    async def act() -> str:
        command = msgspec.convert(fields, kind, strict=False)
        executed = await commands.execute(node, caller, charger_id, command)
        return f"{charger_id}: {formats.words(executed.status).lower()}. {executed.detail}"

    return await _and_back(f"/chargers/{charger_id}", act)


@post(f"{CHARGER}/reset", include_in_schema=False, status_code=303)
async def reset(request: Req, node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId) -> Redirect:
    """Restart the charger."""
    return await _order(request, node, caller, charger_id, orders.Reset)


@post(f"{CHARGER}/unlock", include_in_schema=False, status_code=303)
async def unlock(request: Req, node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId) -> Redirect:
    """Release a cable."""
    return await _order(request, node, caller, charger_id, orders.Unlock)


@post(f"{CHARGER}/availability", include_in_schema=False, status_code=303)
async def availability(
    request: Req, node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId
) -> Redirect:
    """Take a connector, or the charger, in or out of service."""
    return await _order(request, node, caller, charger_id, orders.Availability)


@post(f"{CHARGER}/trigger", include_in_schema=False, status_code=303)
async def trigger(request: Req, node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId) -> Redirect:
    """Ask for a message."""
    return await _order(request, node, caller, charger_id, orders.Trigger)


@post(f"{CHARGER}/start", include_in_schema=False, status_code=303)
async def start(request: Req, node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId) -> Redirect:
    """Start a session."""
    fields = await _fields(request)

    async def act() -> str:
        order = msgspec.convert({**fields, "charger_id": charger_id}, sessions.Order, strict=False)
        await sessions.order(node, caller, order)
        return f"{charger_id} was asked to start a session."

    return await _and_back(f"/chargers/{charger_id}", act)


@post(f"{CHARGER}/approve", include_in_schema=False, status_code=303)
async def approve(node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId) -> Redirect:
    """Accept a charger that waits for it."""

    async def act() -> str:
        known = await visible_charger(node, caller, charger_id)
        await node.write(chargers.change, known, {"registration": "accepted"})
        node.charger_changed(known)
        return f"{known} is accepted."

    return await _and_back("/", act)


@post("/sessions/{session_id:str}/stop", include_in_schema=False, status_code=303)
async def stop(node: wanted.Node, caller: wanted.Caller, session_id: wanted.SessionId) -> Redirect:
    """Stop a session."""

    async def act() -> str:
        await sessions.order_stop(node, caller, session_id)
        return "The charger was told to stop the session."

    return await _and_back(f"/sessions/{session_id}", act)


async def _fields(request: Req) -> dict[str, str]:
    """What was filled in; an empty field is one that was left out."""
    form = await request.form()
    return {name: value for name, value in form.items() if value}


async def _and_back(path: str, act: Callable[[], Awaitable[str]]) -> Redirect:
    """Run `act` and go back to the page, which shows its sentence, or why it could not be done."""
    try:
        return rendering.redirect(path, await act())
    except msgspec.ValidationError as error:
        return rendering.redirect(path, f"That could not be sent: {error}.", "bad")
    except errors.EXPECTED as error:
        return rendering.redirect(path, errors.translate(error, path).detail, "bad")


HANDLERS = [reset, unlock, availability, trigger, start, approve, stop]
