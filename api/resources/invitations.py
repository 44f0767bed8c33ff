"""GET|POST /invitations, POST /invitations/{id}/resend, DELETE /invitations/{id}: people who are asked to join.

The mail has the link, and nothing else has: neither what is answered here nor the audit.
"""

import sqlite3
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.openapi.spec import Example
from litestar.params import Body, PathParameter
from msgspec import Meta

from api import idempotency, paging, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from csms.storage.reference import drivers, joining, one_time_links, users
from csms.storage.reference.one_time_links import Link
from csms.storage.reference.scopes import Scope

InvitationId = Annotated[str, PathParameter(description="An invitation's id.")]


class NewInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to invite; `language` is the mail's, and a driver's from then on."""

    email: users.Email
    role: users.Role
    name: Annotated[str, Meta(max_length=255)] = ""
    scope: Scope | None = None
    language: drivers.Language | None = None


class Invitation(views.View, frozen=True):
    """Somebody who was invited and has not joined; `sent_at` is of the newest mail."""

    id: str
    email: str
    role: users.Role
    name: str
    scope: views.Scope | None
    language: str | None
    invited_by: str
    sent_at: datetime
    expires_at: datetime
    status: Literal["open", "expired"]


NEW = {"email": "asha@example.com", "role": "support", "name": "Asha", "scope": {"network_ids": ["west"]}}
INVITATION = {
    "id": "i1f",
    "language": None,
    "invited_by": "u1f",
    "sent_at": views.AT,
    "expires_at": views.AT,
    "status": "open",
    **NEW,
    "scope": {"station_ids": [], "network_ids": ["west"]},
}


@get("/invitations", responses=views.page(Invitation, INVITATION))
async def list_invitations(node: wanted.Node, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    """Who was invited and has not joined, the newest first; expired ones for a month."""
    found, now = await node.read(one_time_links.every, "invitation"), datetime.now(UTC)
    return paging.of([_view(each, now) for each in found], limit, cursor)


@post("/invitations", responses=views.answer(Invitation, INVITATION, 201))
async def invite(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    asking: wanted.Asking,
    data: Annotated[NewInvitation, Body(examples=[Example(value=NEW)])],
) -> Response[dict[str, Any]]:
    """Invite somebody by mail. They choose a password with the link in it, and are a user from then on."""
    fields, terms, now = msgspec.to_builtins(data), asking.terms(), datetime.now(UTC)

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        return _view(joining.invite(conn, fields, terms, now), now)

    return await idempotency.create(node, request, create)


@post("/invitations/{invitation_id:str}/resend", status_code=200, responses=views.answer(Invitation, INVITATION))
async def resend(node: wanted.Node, asking: wanted.Asking, invitation_id: InvitationId) -> dict[str, Any]:
    """Send the mail again, with another link; the one before works no more."""
    now = datetime.now(UTC)
    return _view(await node.write(joining.resend, invitation_id, asking.terms(), now), now)


@delete("/invitations/{invitation_id:str}")
async def revoke(node: wanted.Node, invitation_id: InvitationId) -> None:
    """Take an invitation back: its link opens nothing any more."""
    await node.write(joining.revoke, invitation_id, datetime.now(UTC))


def _view(link: Link, now: datetime) -> dict[str, Any]:
    said = link.details
    return {
        "id": link.id,
        "email": said["email"],
        "role": said["role"],
        "name": said["name"],
        "scope": said.get("scope"),
        "language": said["language"],
        "invited_by": link.made_by,
        "sent_at": link.made_at,
        "expires_at": link.until,
        "status": "open" if now < link.until else "expired",
    }


HANDLERS = [list_invitations, invite, resend, revoke]
