"""What the API answers, for its description and its tests: the exact fields of every resource, with an example each.

Handlers answer plain dicts from csms.storage.queries; the tests convert those into these structs, which refuse unknown
and missing fields, so the description cannot drift from what is sent.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import Meta

AT = "2026-03-01T09:15:00Z"

Number = Annotated[float, Meta(description="A JSON number, exact inside.")]


def body(example: dict[str, Any]) -> Any:
    """A request's body, with an example for the description."""
    return Body(examples=[Example(value=example)])


class View(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all views."""


class Money(View, frozen=True):
    """An amount with the decimals of its currency (ISO 4217)."""

    amount: str
    currency: str


class Problem(View, frozen=True):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str


class Scope(View, frozen=True):
    """What a person or a key is narrowed to: these stations and those of these networks."""

    station_ids: list[str]
    network_ids: list[str]


class Me(View, frozen=True):
    """Who you are."""

    id: str
    kind: str
    name: str
    email: str | None
    role: str
    scope: Scope | None
    must_enrol: Annotated[bool, Meta(description="Your role asks for a second factor: enrol one first.")]


ME = {
    "id": "u1",
    "kind": "user",
    "name": "Asha",
    "email": "asha@example.com",
    "role": "operations",
    "scope": None,
    "must_enrol": False,
}


class Login(View, frozen=True):
    """A token to send as `Authorization: Bearer`."""

    token: str
    expires_at: datetime
    user: Me


LOGIN = {"token": "a-long-random-text", "expires_at": AT, "user": ME}


class CommandOutcome(View, frozen=True):
    """What became of a command."""

    command_id: str
    status: Annotated[str, Meta(description="accepted | scheduled | reboot_required | ...; a refusal is a 409.")]
    detail: str
    response: Annotated[dict[str, Any], Meta(description="The charger's own answer.")]


COMMAND_OUTCOME = {"command_id": "c1f0", "status": "accepted", "detail": "", "response": {"status": "Accepted"}}


class Command(View, frozen=True):
    """Who sent what, and what became of it; status is "requested" until the outcome is known."""

    id: str
    charger_id: str
    command: str
    arguments: dict[str, Any]
    by: str
    requested_at: datetime
    status: str
    detail: str
    response: dict[str, Any] | None
    ended_at: datetime | None


COMMAND = {
    "id": "c1f0",
    "charger_id": "CP-01",
    "command": "reset",
    "arguments": {"type": "soft"},
    "by": "u1f",
    "requested_at": AT,
    "status": "accepted",
    "detail": "",
    "response": {"status": "Accepted"},
    "ended_at": AT,
}


class Message(View, frozen=True):
    """One frame; direction in = from the charger."""

    at: datetime
    direction: str
    message: str


MESSAGE = {"at": AT, "direction": "in", "message": '[2,"17","Heartbeat",{}]'}


class RemoteStart(View, frozen=True):
    """A session that was ordered; follow it with GET /sessions/{id}."""

    id: str
    status: str
    command_id: str


REMOTE_START = {"id": "s3f9c", "status": "pending", "command_id": "c1f0"}


class Event(View, frozen=True):
    """One event of the log."""

    seq: int
    version: int
    type: str
    at: datetime
    body: dict[str, Any]


EVENT = {"seq": 812, "version": 3, "type": "MeterSampled", "at": AT, "body": {"r": [{"t": AT, "s": [{"v": "1500"}]}]}}


class Actor(View, frozen=True):
    """One child of the supervision tree; supervisors have children of the same shape."""

    id: str
    name: str
    type: str
    state: str
    incarnation: int
    restarts: int
    last_reason: str | None
    mailbox: Annotated[int, Meta(description="Messages that wait.")]
    children: list[dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET


ACTOR = {
    "id": "journal",
    "name": "journal",
    "type": "worker",
    "state": "running",
    "incarnation": 1,
    "restarts": 0,
    "last_reason": None,
    "mailbox": 0,
}


class Health(View, frozen=True):
    """Whether it is well."""

    status: str


def answer(view: Any, example: Any, status: int = 200) -> dict[int, ResponseSpec]:
    """`responses=` of a handler that answers one `view`."""
    spec = ResponseSpec(
        view, description=view.__doc__ or "", generate_examples=False, examples=[Example(value=example)]
    )
    return {status: spec}


def paged(view: Any) -> Any:
    """A page of a view: {"items": [...], "next_cursor": ...}."""
    fields = [("items", list[view]), ("next_cursor", str | None)]
    kind = msgspec.defstruct(f"PageOf{view.__name__}", fields, frozen=True, forbid_unknown_fields=True)
    kind.__doc__ = f"A page of {view.__name__}."
    return kind


def page(view: Any, example: Any) -> dict[int, ResponseSpec]:
    """`responses=` of a handler that answers a page."""
    return answer(paged(view), {"items": [example], "next_cursor": None})
