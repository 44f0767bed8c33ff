"""What people and programs order a charger to do, version-neutral, and what became of it.

The tag is the command's name in `POST /chargers/{id}/commands/{command}`. A protocol table turns a command into an
OCPP call of the charger's version, or says that this version cannot express it.
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from csms.domain import facts

Number = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""Of a connector or an EVSE; 0 is the whole charger."""


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="command"):
    """Base of every order."""


class Reset(Command, frozen=True, kw_only=True, tag="reset"):
    """Restart: on_idle waits for transactions to end, immediate (= soft) and hard end them, resume resumes them."""

    type: Literal["on_idle", "immediate", "soft", "hard", "resume"] = "immediate"
    evse_id: Number | None = None


class Unlock(Command, frozen=True, kw_only=True, tag="unlock"):
    """Release the cable."""

    connector_id: Number | None = None
    evse_id: Number | None = None


class Availability(Command, frozen=True, kw_only=True, tag="availability"):
    """Take a connector, or with none named the whole charger, in or out of service."""

    available: bool
    connector_id: Number | None = None
    evse_id: Number | None = None


class Trigger(Command, frozen=True, kw_only=True, tag="trigger"):
    """Ask for one message now, for example "StatusNotification"."""

    message: str
    connector_id: Number | None = None
    evse_id: Number | None = None


class ClearCache(Command, frozen=True, kw_only=True, tag="clear-cache"):
    """Forget cached authorizations."""


class GetConfiguration(Command, frozen=True, kw_only=True, tag="get-configuration"):
    """Read configuration keys; none named means all."""

    keys: tuple[str, ...] = ()


class SetConfiguration(Command, frozen=True, kw_only=True, tag="set-configuration"):
    """Write one configuration key. Only for the charger's password the value may be left out: then one is made."""

    key: str
    value: str | None = None


class DataTransfer(Command, frozen=True, kw_only=True, tag="data-transfer"):
    """A vendor's own message."""

    vendor_id: str
    message_id: str | None = None
    data: str | None = None


class RemoteStart(Command, frozen=True, kw_only=True, tag="remote-start"):
    """Start a session for a token."""

    id_token: facts.IdToken
    connector_id: Number | None = None
    evse_id: Number | None = None
    remote_start_id: int = 0


class RemoteStop(Command, frozen=True, kw_only=True, tag="remote-stop"):
    """End the transaction that the charger knows by this id."""

    transaction_id: str


class Raw(Command, frozen=True, kw_only=True, tag="raw"):
    """An OCPP call of the charger's own version, as it is."""

    action: str
    payload: dict[str, Any]


AnyCommand: TypeAlias = (
    Reset
    | Unlock
    | Availability
    | Trigger
    | ClearCache
    | GetConfiguration
    | SetConfiguration
    | DataTransfer
    | RemoteStart
    | RemoteStop
    | Raw
)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command.

    status: accepted | rejected | scheduled | reboot_required | not_supported | failed | error (a CALLERROR) | ...;
    `refused` tells whether the charger said no. `response` is the CALLRESULT's payload or the CALLERROR's three fields.
    """

    status: str
    refused: bool = False
    detail: str = ""
    response: dict[str, Any] = {}


class CallFailure(msgspec.Struct, frozen=True):
    """A CALLERROR's three fields."""

    code: str
    description: str = ""
    details: dict[str, Any] = {}
