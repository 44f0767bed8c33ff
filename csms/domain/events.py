"""Everything the log may hold: the one union of events, from which the codec derives.

An event's stored type is its class name and its body its fields, defaults left out. Never rename or remove a field here
without raising SCHEMA for that type and adding an upcaster in csms/storage/upcast.py: golden logs under tests/logs must
fold to the same result for ever. No personal data: tokens and drivers appear as surrogate references (`token`).
Energy is Wh, times are aware UTC.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from csms.domain import facts, inventory
from csms.domain.alert_events import AlertRaised as AlertRaised
from csms.domain.alert_events import AlertResolved as AlertResolved
from csms.domain.billing_events import DocumentIssued as DocumentIssued
from csms.domain.billing_events import InvoicePaid as InvoicePaid
from csms.domain.billing_events import SessionCharged as SessionCharged
from csms.domain.billing_events import account_stream as account_stream
from csms.domain.billing_events import documents_stream as documents_stream
from csms.domain.books_events import AnyBooksEvent as AnyBooksEvent
from csms.domain.event import Event as Event
from csms.domain.payment_events import AnyPaymentEvent as AnyPaymentEvent
from csms.domain.price_events import AnyPriceEvent as AnyPriceEvent
from csms.domain.price_events import CapSet as CapSet
from csms.domain.price_events import SessionPriced as SessionPriced
from csms.domain.price_events import TariffApplied as TariffApplied

# -- stream charger:<id> ---------------------------------------------------------------------------------------------


class Connected(Event, frozen=True, kw_only=True):
    """A socket of this charger was attached; `epoch` counts its links and fences the older ones."""

    epoch: int
    protocol: str


class Disconnected(Event, frozen=True, kw_only=True):
    """The newest socket went away."""

    epoch: int
    reason: str = ""


class Booted(Event, frozen=True, kw_only=True):
    """A BootNotification and the registration status it was answered with."""

    vendor: str
    model: str
    registration: str
    serial_number: str | None = None
    firmware_version: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    meter_type: str | None = None
    meter_serial_number: str | None = None
    reason: str | None = None


class StatusChanged(Event, frozen=True, kw_only=True):
    """A connector (0 = the whole charger) has another status or error than before."""

    connector_id: int
    status: str
    evse_id: int | None = None
    error_code: str = "NoError"
    reported_at: datetime | None = None
    info: str | None = None
    vendor_id: str | None = None
    vendor_error_code: str | None = None


class AuthorizationDecided(Event, frozen=True, kw_only=True):
    """The answer to an Authorize, with the reason why."""

    token: str
    status: str
    reason: str = ""


class ChargerMeterRecorded(Event, frozen=True, kw_only=True):
    """Meter values that belong to no session we know: the main meter, an idle connector, an unknown transaction."""

    connector_id: int
    readings: tuple[facts.Reading, ...]
    evse_id: int | None = None
    transaction_id: str | None = None
    suspect: tuple[str, ...] = ()


class ConfigurationRead(Event, frozen=True, kw_only=True):
    """What the charger said of its configuration, secrets masked: key -> (value, read-only)."""

    values: dict[str, tuple[str | None, bool]]
    unknown: tuple[str, ...] = ()
    whole: bool = False
    """All that is asked first was answered, and what had to be set was (rule 21)."""


class ConfigurationChanged(Event, frozen=True, kw_only=True):
    """The charger took a new value (masked where secret)."""

    key: str
    value: str
    reboot_required: bool = False


class RegistrationChanged(Event, frozen=True, kw_only=True):
    """An operator set the registration: accepted | pending | rejected."""

    registration: str


class CommandRequested(Event, frozen=True, kw_only=True):
    """Somebody ordered something; `by` is a user or key id, `arguments` the command's fields (secrets masked)."""

    command_id: str
    command: str
    by: str
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)


class CommandEnded(Event, frozen=True, kw_only=True):
    """The order's outcome: accepted, rejected, offline, timeout, error, ..."""

    command_id: str
    status: str
    detail: str = ""
    response: dict[str, Any] = msgspec.field(default_factory=dict)


class Notified(Event, frozen=True, kw_only=True):
    """A report that has no meaning for the domain (yet), kept as JSON text."""

    action: str
    payload: str


class InventoryChanged(Event, frozen=True, kw_only=True):
    """Things that the charger holds are known to be others than before."""

    changes: tuple[inventory.Change, ...]


# -- stream session:<id> ---------------------------------------------------------------------------------------------


class SessionRequested(Event, frozen=True, kw_only=True):
    """A remote start was ordered: the session is pending until the charger reports the transaction."""

    charger_id: str
    token: str
    command_id: str
    station_id: str | None = None
    token_type: str = "ISO14443"
    driver_id: str | None = None
    connector_id: int | None = None
    evse_id: int | None = None
    remote_start_id: int | None = None
    """What a 2.x charger names the order by when it starts (rule 51)."""
    continues: str | None = None
    """The session that a reset ended, which this one goes on with (rule 52)."""


class SessionStarted(Event, frozen=True, kw_only=True):
    """The transaction began. transaction_id "" is filled in by the log from its counter, in the same transaction."""

    charger_id: str
    connector_id: int | None = None
    started_at: datetime | None = None
    meter_start_wh: Decimal | None = None
    token: str | None = None
    token_type: str = "ISO14443"
    driver_id: str | None = None
    station_id: str | None = None
    evse_id: int | None = None
    transaction_id: str = ""
    authorization: str = "Accepted"
    authorization_reason: str = ""
    reservation_id: int | None = None
    start_key: str = ""
    digest: bytes = b""
    continues: str | None = None
    flags: tuple[str, ...] = ()
    ordered: bool = False
    """OCPP 2.x: its transaction's events are numbered, and the fields below say what this one told."""
    assumed: bool = False
    """Another event of the transaction came first; where token_type is "" no token was named."""
    seq_no: int | None = None
    trigger: str | None = None
    charging_state: str | None = None
    readings: tuple[facts.Reading, ...] = ()
    command_id: str | None = None


class MeterSampled(
    Event,
    frozen=True,
    kw_only=True,
    rename={
        "readings": "r",
        "suspect": "q",
        "seq_no": "n",
        "charging_state": "c",
        "trigger": "g",
        "said_at": "t",
        "offline": "o",
        "of_evse": "e",
        "late": "l",
    },
):
    """One MeterValues record of this session, or the meter values of a 2.x TransactionEvent, as sent.

    `said_at` is the event's own time where that is not its first reading's. `of_evse` = a 2.x MeterValues, which names
    no transaction. `late` = it made good what was flagged.
    """

    readings: tuple[facts.Reading, ...]
    suspect: tuple[str, ...] = ()
    seq_no: int | None = None
    charging_state: str | None = None
    trigger: str | None = None
    said_at: datetime | None = None
    offline: bool = False
    of_evse: bool = False
    late: bool = False


class TransactionUpdated(Event, frozen=True, kw_only=True):
    """What a 2.x TransactionEvent says besides meter values: token (token_type "" = none), place, charging state."""

    charger_id: str
    said_at: datetime | None = None
    seq_no: int | None = None
    trigger: str | None = None
    charging_state: str | None = None
    connector_id: int | None = None
    evse_id: int | None = None
    token: str | None = None
    token_type: str = ""
    driver_id: str | None = None
    authorization: str = ""
    authorization_reason: str = ""
    stops: bool = False
    """The token is the one that ends the transaction."""
    reservation_id: int | None = None
    flags: tuple[str, ...] = ()


class QueueTold(Event, frozen=True, kw_only=True):
    """The answer to GetTransactionStatus: whether the transaction goes on, and whether events of it are to come."""

    in_queue: bool
    ongoing: bool | None = None


class ConnectorStatusNoted(Event, frozen=True, kw_only=True):
    """The session's connector changed its status: what idle time is made of."""

    status: str
    noted_at: datetime


class SessionStopped(Event, frozen=True, kw_only=True):
    """The transaction ended; the cable may still be in. energy_wh is what is billed."""

    stopped_at: datetime
    energy_wh: Decimal
    meter_stop_wh: Decimal | None = None
    reason: str | None = None
    token: str | None = None
    readings: tuple[facts.Reading, ...] = ()
    digest: bytes = b""
    flags: tuple[str, ...] = ()
    seq_no: int | None = None
    trigger: str | None = None
    charging_state: str | None = None
    token_type: str = ""
    driver_id: str | None = None
    connector_id: int | None = None
    evse_id: int | None = None


class SessionCompleted(Event, frozen=True, kw_only=True):
    """The stay is over: cause available | next_transaction | ev_disconnected | history | timeout."""

    completed_at: datetime
    cause: str


class SessionFailed(Event, frozen=True, kw_only=True):
    """A pending session never became one."""

    reason: str


class SessionFlagged(Event, frozen=True, kw_only=True):
    """Something about the session needs a human eye; `detail` says what, `digest` tells which record said it."""

    flag: str
    detail: str = ""
    digest: bytes = b""


# -- stream audit ----------------------------------------------------------------------------------------------------


class ReferenceChanged(Event, frozen=True, kw_only=True):
    """Somebody (`by`: a user or key id) changed what people keep: the fields that changed, secrets and names masked.

    Without `before` it is new, without `after` it is gone.
    """

    kind: str
    id: str
    by: str
    before: dict[str, Any] = msgspec.field(default_factory=dict)
    after: dict[str, Any] = msgspec.field(default_factory=dict)


# -- streams system, quarantine:<charger id> -------------------------------------------------------------------------


class FrameQuarantined(Event, frozen=True, kw_only=True):
    """A transaction frame that could not be handled, kept raw."""

    frame: str
    reason: str


AnyEvent: TypeAlias = (
    Connected
    | Disconnected
    | Booted
    | StatusChanged
    | AuthorizationDecided
    | ChargerMeterRecorded
    | ConfigurationRead
    | ConfigurationChanged
    | RegistrationChanged
    | CommandRequested
    | CommandEnded
    | Notified
    | InventoryChanged
    | SessionRequested
    | SessionStarted
    | MeterSampled
    | TransactionUpdated
    | QueueTold
    | ConnectorStatusNoted
    | SessionStopped
    | SessionCompleted
    | SessionFailed
    | SessionFlagged
    | AnyPriceEvent
    | DocumentIssued
    | SessionCharged
    | InvoicePaid
    | AnyPaymentEvent
    | ReferenceChanged
    | AlertRaised
    | AlertResolved
    | AnyBooksEvent
    | FrameQuarantined
)

SCHEMA: dict[str, int] = {}
"""Schema numbers above 1, by type."""


def charger_stream(charger_id: str) -> str:
    """The stream of a charger's own events."""
    return f"charger:{charger_id}"


def session_stream(session_id: str) -> str:
    """The stream of one session."""
    return f"session:{session_id}"


def quarantine_stream(charger_id: str) -> str:
    """Where a charger's unhandled transaction frames are kept."""
    return f"quarantine:{charger_id}"


SYSTEM_STREAM = "system"
AUDIT_STREAM = "audit"
