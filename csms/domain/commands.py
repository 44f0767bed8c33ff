"""What people and programs order a charger to do, version-neutral, and what became of it.

The tag is the command's name in `POST /chargers/{id}/commands/{command}`. A protocol table turns a command into an
OCPP call of the charger's version, or says that this version cannot express it.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from csms.domain import certificates, charging_profile, clock, facts, local_list

Number = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""Of a connector or an EVSE; 0 is the whole charger."""
Given = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
"""A number that is ours to give: left out, the next one is taken."""
Url = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Moment = charging_profile.Moment


class Command(clock.Dated, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="command"):
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
    """Read configuration keys; none named means all. In 2.x keys are variables such as "TxCtrlr.TxStartPoint".

    All variables come in reports of their own, which `request_id` tells from others.
    """

    keys: tuple[str, ...] = ()
    request_id: Given | None = None


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
    group_id: str | None = None
    profile: charging_profile.Profile | None = None
    """For the transaction that it begins, so of purpose tx and without its id (rule 58)."""


class RemoteStop(Command, frozen=True, kw_only=True, tag="remote-stop"):
    """End the transaction that the charger knows by this id."""

    transaction_id: str


class ShowCost(Command, frozen=True, kw_only=True, tag="show-cost"):
    """Show the driver what the transaction costs so far, or `final`ly, tax included.

    Prices are per kWh and hour, as far as they are charged now; `register_wh` is what the meter said last.
    """

    transaction_id: str
    amount: Decimal
    currency: str
    at: Moment
    register_wh: Decimal | None = None
    idle: bool = False
    final: bool = False
    energy_price: Decimal | None = None
    time_price: Decimal | None = None
    idle_price: Decimal | None = None
    flat_fee: Decimal | None = None


class ShowPrice(Command, frozen=True, kw_only=True, tag="show-price"):
    """Show the driver with this token what charging will cost (1.6; in 2.x the answer to the token tells)."""

    id_token: facts.IdToken
    text: str


class UpdateFirmware(Command, frozen=True, kw_only=True, tag="update-firmware"):
    """Fetch firmware from `url` and install it: now, or at the times given. Signed where a certificate comes along."""

    url: Url
    retrieve_at: Moment | None = None
    install_at: Moment | None = None
    signing_certificate: Annotated[str, msgspec.Meta(max_length=5500)] | None = None
    """PEM."""
    signature: Annotated[str, msgspec.Meta(max_length=800)] | None = None
    """Base64, of the file's SHA-256."""
    request_id: Given | None = None


class GetDiagnostics(Command, frozen=True, kw_only=True, tag="get-diagnostics"):
    """Send a log to `upload_url`, perhaps of a certain time only."""

    upload_url: Url | None = None
    since: Moment | None = msgspec.field(name="from", default=None)
    until: Moment | None = msgspec.field(name="to", default=None)
    log_type: Literal["diagnostics", "security", "data_collector"] | None = None
    """None = diagnostics, in 1.6 by the message that every charger knows."""
    request_id: Given | None = None


class Reserve(Command, frozen=True, kw_only=True, tag="reserve"):
    """Keep a connector, or with none named any one, free for a token (and its group) until `expires_at`."""

    id_token: facts.IdToken
    expires_at: Moment
    connector_id: Number | None = None
    evse_id: Number | None = None
    group_id: str | None = None
    reservation_id: Given | None = None


class CancelReservation(Command, frozen=True, kw_only=True, tag="cancel-reservation"):
    """Give a reserved connector free."""

    reservation_id: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class SendLocalList(Command, frozen=True, kw_only=True, tag="send-local-list"):
    """One message of a local authorization list; `version` is the charger's after it."""

    version: Given
    update: local_list.Update
    entries: tuple[local_list.Entry, ...] = ()


class GetLocalListVersion(Command, frozen=True, kw_only=True, tag="get-local-list-version"):
    """Which list does the charger hold? 0 is none, -1 (1.6) that it can hold none."""


class SetChargingProfile(Command, frozen=True, kw_only=True, tag="set-charging-profile"):
    """Limit the power of a connector, or with none named of the whole charger, over time."""

    profile: charging_profile.Profile
    connector_id: Number | None = None
    evse_id: Number | None = None


class ClearChargingProfile(Command, frozen=True, kw_only=True, tag="clear-charging-profile"):
    """Remove one profile, or those that fit all that is named; with nothing named, all."""

    profile_id: Given | None = None
    connector_id: Number | None = None
    evse_id: Number | None = None
    purpose: charging_profile.Purpose | None = None
    stack_level: Number | None = None


class GetCompositeSchedule(Command, frozen=True, kw_only=True, tag="get-composite-schedule"):
    """What will a connector, or with none named the whole charger, allow from now on, by all its profiles together?"""

    duration_s: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] = 86400
    connector_id: Number | None = None
    evse_id: Number | None = None
    unit: charging_profile.Unit | None = None


class InstallCertificate(Command, frozen=True, kw_only=True, tag="install-certificate"):
    """Give the charger a root certificate (PEM) to trust. Left out: our own, with which it trusts this server."""

    certificate_type: certificates.Root = "csms_root"
    certificate: Annotated[str, msgspec.Meta(max_length=10_000)] | None = None


class DeleteCertificate(Command, frozen=True, kw_only=True, tag="delete-certificate"):
    """Have it trust one no more; named as list-certificates shows it."""

    hash_algorithm: Literal["SHA256", "SHA384", "SHA512"]
    issuer_name_hash: Annotated[str, msgspec.Meta(max_length=128)]
    issuer_key_hash: Annotated[str, msgspec.Meta(max_length=128)]
    serial_number: Annotated[str, msgspec.Meta(max_length=40)]


class ListCertificates(Command, frozen=True, kw_only=True, tag="list-certificates"):
    """What does it trust? With no type named all that can be asked at once."""

    certificate_type: certificates.Root | None = None


class RenewCertificate(Command, frozen=True, kw_only=True, tag="renew-certificate"):
    """Make the charger ask for a new certificate: what it signs in with, or what it shows to cars."""

    kind: certificates.Kind = "charger"


class SendCertificate(Command, frozen=True, kw_only=True, tag="send-certificate"):
    """What the charger asked for, signed: PEM, its own first."""

    serial_number: str
    chain: str
    kind: certificates.Kind = "charger"
    for_all: bool = False
    """It asked for one certificate for whatever it shows one for."""
    request_id: int | None = None


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
    | ShowCost
    | ShowPrice
    | UpdateFirmware
    | GetDiagnostics
    | Reserve
    | CancelReservation
    | SendLocalList
    | GetLocalListVersion
    | SetChargingProfile
    | ClearChargingProfile
    | GetCompositeSchedule
    | InstallCertificate
    | DeleteCertificate
    | ListCertificates
    | RenewCertificate
    | SendCertificate
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
