"""What a charger is told when it has reported something, in words that no OCPP version owns.

Part of facts.py, by whose name everybody uses it: `facts.BootAnswer`. Times are aware UTC datetimes.
"""

from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

import msgspec

from csms.domain import certificates, inventory


class TokenInfo(msgspec.Struct, frozen=True, gc=False):
    """The answer about a token: an OCPP authorization status and, when known, its end and its group."""

    status: str
    expires_at: datetime | None = None
    group_id: str | None = None


class PersonalMessage(msgspec.Struct, frozen=True):
    """What the charger shows to its driver: format ASCII | HTML | URI | UTF8, language as in RFC 5646."""

    content: str
    format: str = "UTF8"
    language: str | None = None


class BootAnswer(msgspec.Struct, frozen=True):
    """Registration status Accepted | Pending | Rejected; interval in seconds."""

    status: str
    now: datetime
    interval_s: int


class HeartbeatAnswer(msgspec.Struct, frozen=True):
    """The server's time."""

    now: datetime


class AuthorizeAnswer(msgspec.Struct, frozen=True):
    """What the token may do, and what is wrong with the car's certificate (OCPP's word), where it showed one.

    `message` is for whoever holds it, in versions that have words for that.
    """

    info: TokenInfo
    certificate_status: str | None = None
    message: PersonalMessage | None = None


class StartAnswer(msgspec.Struct, frozen=True):
    """transaction_id is the decimal text of a positive int32 in 1.6; info None only where no token came (2.x)."""

    transaction_id: str
    info: TokenInfo | None


class StopAnswer(msgspec.Struct, frozen=True):
    """info None where no token came (rule 36)."""

    info: TokenInfo | None


class EventAnswer(msgspec.Struct, frozen=True):
    """info None where no token came (rule 30); the others only where something knows them.

    `total_cost` is what is known of it, 0 for a free session (rule 45); `max_cost` is what it may come to, for versions
    that have words for that; `priority` is -9 to 9.
    """

    info: TokenInfo | None = None
    total_cost: Decimal | None = None
    priority: int | None = None
    message: PersonalMessage | None = None
    max_cost: Decimal | None = None


class NeedsAnswer(msgspec.Struct, frozen=True):
    """Whether a charging profile follows."""

    promised: bool


class ScheduleAnswer(msgspec.Struct, frozen=True):
    """The values that count now, in the field names of the charger's OCPP version; None: no such dynamic schedule."""

    values: inventory.Body | None


class DataAnswer(msgspec.Struct, frozen=True):
    """Accepted | Rejected | UnknownMessageId | UnknownVendorId."""

    status: str
    data: str | None = None


class VatAnswer(msgspec.Struct, frozen=True):
    """The number as it was asked about; `reason` is "" for a good one, else as in vat.Verdict."""

    number: str
    reason: str
    evse_id: int | None = None


class SigningAnswer(msgspec.Struct, frozen=True):
    """None: it will be signed, and sent after this answer (rule 53); else why not."""

    objection: str | None = None


class CertificateStatus(msgspec.Struct, frozen=True):
    """status: Good | Revoked | Unknown | Failed. It counts until `until`.

    `response`: the signed OCSP answer as base64, None where there is none; `detail`: why it failed.
    """

    asked: certificates.HashData
    source: str
    status: str
    until: datetime
    response: str | None = None
    detail: str = ""


class CertificateStatusAnswer(msgspec.Struct, frozen=True):
    """In the order of the questions."""

    found: tuple[CertificateStatus, ...]


class Acknowledged(msgspec.Struct, frozen=True):
    """The empty payload."""


Answer: TypeAlias = (
    BootAnswer
    | HeartbeatAnswer
    | AuthorizeAnswer
    | StartAnswer
    | StopAnswer
    | EventAnswer
    | NeedsAnswer
    | ScheduleAnswer
    | DataAnswer
    | VatAnswer
    | SigningAnswer
    | CertificateStatusAnswer
    | Acknowledged
)
