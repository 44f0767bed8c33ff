"""What a charger reports, in words that no OCPP version owns; what it gets back is in answers.py and named here too.

A protocol table turns a frame into a fact and an answer into a frame; the charger actor decides in between. `suspect`
lists what was wrong with a report whose key fields could still be read: it is stored and flagged, never refused.
Times are aware UTC datetimes as the charger sent them, None where it sent none; energies are Wh.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

import msgspec

from csms.domain import certificates, charging_profile, inventory
from csms.domain.answers import Acknowledged as Acknowledged
from csms.domain.answers import Answer as Answer
from csms.domain.answers import AuthorizeAnswer as AuthorizeAnswer
from csms.domain.answers import BootAnswer as BootAnswer
from csms.domain.answers import CertificateStatus as CertificateStatus
from csms.domain.answers import CertificateStatusAnswer as CertificateStatusAnswer
from csms.domain.answers import DataAnswer as DataAnswer
from csms.domain.answers import EventAnswer as EventAnswer
from csms.domain.answers import HeartbeatAnswer as HeartbeatAnswer
from csms.domain.answers import NeedsAnswer as NeedsAnswer
from csms.domain.answers import PersonalMessage as PersonalMessage
from csms.domain.answers import ScheduleAnswer as ScheduleAnswer
from csms.domain.answers import SigningAnswer as SigningAnswer
from csms.domain.answers import StartAnswer as StartAnswer
from csms.domain.answers import StopAnswer as StopAnswer
from csms.domain.answers import TokenInfo as TokenInfo
from csms.domain.answers import VatAnswer as VatAnswer

REGISTER = "Energy.Active.Import.Register"


class Fact(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Base of every report; `suspect` holds short machine-readable reasons such as "timestamp_missing"."""

    suspect: tuple[str, ...] = ()


class IdToken(msgspec.Struct, frozen=True, gc=False):
    """What a driver presents; compared without regard to case."""

    value: str
    type: str = "ISO14443"


class SignedValue(
    msgspec.Struct,
    frozen=True,
    gc=False,
    omit_defaults=True,
    rename={"data": "d", "encoding": "e", "method": "m", "key": "k"},
):
    """2.x: what the meter signed, byte for byte as it was sent (rule 47)."""

    data: str
    encoding: str = ""
    method: str | None = None
    key: str | None = None


class Sampled(
    msgspec.Struct,
    frozen=True,
    gc=False,
    omit_defaults=True,
    rename={
        "value": "v",
        "measurand": "m",
        "unit": "u",
        "context": "c",
        "location": "l",
        "phase": "p",
        "format": "f",
        "multiplier": "x",
        "signed": "g",
    },
):
    """One measured value as sent; the short names keep the stored sample small. Defaults are OCPP's (rule 47)."""

    value: str
    measurand: str = REGISTER
    unit: str | None = None
    context: str = "Sample.Periodic"
    location: str = "Outlet"
    phase: str | None = None
    format: str = "Raw"
    multiplier: int = 0
    signed: SignedValue | None = None


class Reading(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, rename={"at": "t", "values": "s"}):
    """The values measured at one moment."""

    at: datetime | None
    values: tuple[Sampled, ...]


class Boot(Fact, frozen=True, kw_only=True):
    """The charger started."""

    vendor: str
    model: str
    serial_number: str | None = None
    firmware_version: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    meter_type: str | None = None
    meter_serial_number: str | None = None
    reason: str | None = None


class Heartbeat(Fact, frozen=True, kw_only=True):
    """The charger is alive and wants to know the time."""


class StatusReport(Fact, frozen=True, kw_only=True):
    """A connector's status in OCPP 1.6 words; connector_id 0 is the whole charger (rule 26)."""

    connector_id: int
    status: str
    evse_id: int | None = None
    error_code: str = "NoError"
    at: datetime | None = None
    info: str | None = None
    vendor_id: str | None = None
    vendor_error_code: str | None = None


class Availability(msgspec.Struct, frozen=True, gc=False):
    """What OCPP 2.x says of a connector, or of a whole EVSE (None), at some time; EVSE 0 is the whole charger.

    status: Available | Occupied | Reserved | Unavailable | Faulted.
    """

    evse_id: int
    connector_id: int | None
    status: str
    at: datetime | None = None


class AvailabilityReport(Fact, frozen=True, kw_only=True):
    """The charger said so of one of them."""

    availability: Availability


class Authorize(Fact, frozen=True, kw_only=True):
    """May this token charge? A car that pays by its certificate shows that too, as PEM or by its hashes."""

    id_token: IdToken
    certificate: str | None = None
    certificate_hashes: tuple[certificates.HashData, ...] = ()


class TransactionStart(Fact, frozen=True, kw_only=True):
    """A transaction began. In 1.6 the server gives the transaction_id (None here), in 2.x the charger does."""

    connector_id: int
    id_token: IdToken | None
    meter_start_wh: Decimal | None
    at: datetime | None
    evse_id: int | None = None
    reservation_id: int | None = None
    transaction_id: str | None = None
    remote_start_id: int | None = None
    offline: bool = False
    digest: bytes = b""
    """Content hash of the whole payload: tells a retry from another record with the same key."""


class TransactionEvent(Fact, frozen=True, kw_only=True):
    """OCPP 2.x: a transaction Started, was Updated or Ended; the charger names it and numbers its events.

    Each of them may name a token or a place, and none has to (rule 44). `evse_connector_id` counts within its EVSE.
    """

    kind: str
    transaction_id: str
    seq_no: int | None
    at: datetime | None
    trigger: str | None = None
    offline: bool = False
    charging_state: str | None = None
    stopped_reason: str | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    evse_id: int | None = None
    evse_connector_id: int | None = None
    id_token: IdToken | None = None
    readings: tuple[Reading, ...] = ()
    changes: tuple[inventory.Change, ...] = ()
    """What it says of the things that the charger holds: of what it calculated that the transaction costs (2.1)."""
    digest: bytes = b""
    """Content hash of the whole payload: tells a retry from another event with the same number."""


class TransactionStop(Fact, frozen=True, kw_only=True):
    """A transaction ended; `readings` is 1.6 transactionData or the meterValue of a 2.x Ended."""

    transaction_id: str
    meter_stop_wh: Decimal | None
    at: datetime | None
    id_token: IdToken | None = None
    reason: str | None = None
    readings: tuple[Reading, ...] = ()
    offline: bool = False
    digest: bytes = b""


class MeterReport(Fact, frozen=True, kw_only=True):
    """Meter values of a connector (0 = main meter), perhaps of a transaction."""

    connector_id: int
    readings: tuple[Reading, ...]
    evse_id: int | None = None
    transaction_id: str | None = None
    of_evse: bool = False
    """2.x: it names only the EVSE, whose id stands for the connector's until that is known."""
    digest: bytes = b""

    @property
    def at(self) -> datetime | None:
        """The first time that it says, as sent."""
        return next((reading.at for reading in self.readings if reading.at is not None), None)


class DataReport(Fact, frozen=True, kw_only=True):
    """A vendor's own message (DataTransfer)."""

    vendor_id: str
    message_id: str | None = None
    data: str | None = None


class Alert(msgspec.Struct, frozen=True, gc=False):
    """What operations should hear of a report; its subject is the charger."""

    kind: str
    detail: str


class VatNumber(Fact, frozen=True, kw_only=True):
    """Is this VAT number good?"""

    number: str
    evse_id: int | None = None


class SigningRequest(Fact, frozen=True, kw_only=True):
    """The charger wants its key certified. `kind`: charger | v2g, or a word of its OCPP version that we cannot sign."""

    csr: str
    """PEM."""
    kind: str = "charger"
    for_all: bool = False
    """No kind was named: the certificate is for whatever the charger shows one for."""
    request_id: int | None = None


class StatusQuestion(msgspec.Struct, frozen=True):
    """Is this certificate good still? `source`: OCSP | CRL, at one of the `urls`."""

    asked: certificates.HashData
    source: str = "OCSP"
    urls: tuple[str, ...] = ()
    word_only: bool = False
    """The charger gets a word, not the signed answer: it cannot check it."""


class CertificateStatusRequest(Fact, frozen=True, kw_only=True):
    """The charger asks so, mostly of its own certificates, on behalf of a car; at least one."""

    asked: tuple[StatusQuestion, ...]


class ContractRequest(Fact, frozen=True, kw_only=True):
    """A car wants its contract certificate."""


class Problem(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An event about a variable that may be a problem, or (`cleared`) the end of one.

    `key` names the variable (csms.domain.variables); without a `severity` (2.0.1) it has that of its monitor.
    """

    key: str
    event_id: int
    severity: int | None = None
    monitor_id: int | None = None
    cleared: bool = False
    at: datetime | None = None
    detail: str = ""
    """What else it says, for people, with its separator; without secrets."""


class Notification(Fact, frozen=True, kw_only=True):
    """A report that asks for no decision: it is kept as it is, and what it says about the charger is noted."""

    action: str
    payload: str | None
    """The payload as JSON text; None = `changes` hold all that is worth keeping."""
    changes: tuple[inventory.Change, ...] = ()
    availability: tuple[Availability, ...] = ()
    """What it says of connectors besides (rule 24)."""
    tokens: Mapping[str, IdToken] = {}
    """Fields that the payload has besides: tokens, so the log has their surrogates there."""
    alert: Alert | None = None
    problems: tuple[Problem, ...] = ()


class ChargingNeeds(Notification, frozen=True, kw_only=True):
    """What the car on an EVSE needs; `schedule` is the most that it can take, None where it does not say."""

    evse_id: int
    schedule: charging_profile.Schedule | None = None


class SchedulePull(Fact, frozen=True, kw_only=True):
    """What does the dynamic schedule of this charging profile say now?"""

    profile_id: int


class CustomerData(Notification, frozen=True, kw_only=True):
    """One part of what the charger knows of a customer; `payload` holds nothing of it."""

    request_id: int
    number: int
    data: str
    last: bool
    generated_at: str
    """As sent."""


class Unreadable(Fact, frozen=True, kw_only=True):
    """A transaction record whose key fields cannot be read: the raw frame is kept and alerted (rule 13)."""

    action: str
    raw: str


AnyFact: TypeAlias = (
    Boot
    | Heartbeat
    | StatusReport
    | AvailabilityReport
    | Authorize
    | TransactionStart
    | TransactionEvent
    | TransactionStop
    | MeterReport
    | DataReport
    | VatNumber
    | Notification
    | SigningRequest
    | CertificateStatusRequest
    | ContractRequest
    | ChargingNeeds
    | SchedulePull
    | CustomerData
    | Unreadable
)
