"""OCPP-J frames: a text frame <-> Call, CallResult, CallError and their kin of 2.1.

Called by versions.Version for every text that crosses a socket. It knows no action and no schema, and parse() never
raises: what cannot be read becomes a Fault that carries the reply to send, if one is due.
"""

import re
from typing import Any, TypeAlias

import msgspec

from csms.protocol import jsontext

CALL, CALL_RESULT, CALL_ERROR, CALL_RESULT_ERROR, SEND = 2, 3, 4, 5, 6

MAX_DESCRIPTION = 255
MAX_MESSAGE_ID = 255
"""OCPP says 36. A longer one is no reason to refuse a CALL, up to here; every answer has the id as it came."""

ANONYMOUS_ID = "-1"

BYTE_ORDER_MARK = "\ufeff"
"""Some libraries write it before UTF-8; JSON does not allow it, and the frame behind it is meant all the same."""


class Call(msgspec.Struct, frozen=True, gc=False):
    """A request. `payload` is what the JSON held: not yet known to be an object, None where it could not be read."""

    message_id: str
    action: str
    payload: Any


class CallResult(msgspec.Struct, frozen=True, gc=False):
    """The answer to a Call of ours; `payload` as in Call."""

    message_id: str
    payload: Any


class CallError(msgspec.Struct, frozen=True):
    """The refusal of a Call of ours; `details` is what any JSON reader would make of it, {} where that fails."""

    message_id: str
    code: str
    description: str
    details: dict[str, Any]


class CallResultError(msgspec.Struct, frozen=True):
    """2.1: the charger could not use a CallResult of ours. Never answered."""

    message_id: str
    code: str
    description: str
    details: dict[str, Any]


class Send(msgspec.Struct, frozen=True):
    """2.1: a message that wants no answer, not even an error."""

    message_id: str
    action: str
    payload: Any


class Fault(msgspec.Struct, frozen=True):
    """A text that is no frame. `reply` is the CALLERROR to send, None = log and drop; `reason` is machine-readable."""

    reply: str | None
    reason: str


Frame: TypeAlias = Call | CallResult | CallError | CallResultError | Send | Fault


class Dialect(msgspec.Struct, frozen=True):
    """What the versions do about frame faults (rule 9)."""

    malformed: str
    """The code for a CALL whose id can be read and whose rest cannot."""
    answer_anonymous: bool
    """Whether a frame without a readable id is answered, with the id "-1"."""
    unknown_type: str | None
    """The code for an unknown message type; None = ignore."""
    send: bool = False
    """Whether SEND and CALLRESULTERROR exist."""


def parse(text: str, dialect: Dialect) -> Frame:
    """Read one text frame. Never raises."""
    text = text.removeprefix(BYTE_ORDER_MARK)
    if not text:
        return Fault(None, "empty")
    try:
        array = jsontext.decode(text)
    except jsontext.JsonError:
        return _salvage(text, dialect)
    match array:
        case [2, raw_id, str() as action, *rest] if (message_id := _message_id(raw_id)) is not None:
            return Call(message_id, action, rest[0] if rest else None)
        case [3, raw_id, *rest] if (message_id := _message_id(raw_id)) is not None:
            return CallResult(message_id, rest[0] if rest else None)
        case [4, raw_id, *rest] if (message_id := _message_id(raw_id)) is not None:
            return CallError(message_id, *_error_fields(rest))
        case list():
            return _unusual(array, dialect)
        case _:
            return _anonymous(dialect, "not_an_array")


def call(message_id: str, action: str, payload: dict[str, Any]) -> str:
    """The text of a CALL."""
    return jsontext.encode((CALL, message_id, action, payload))


def result(message_id: str, payload: dict[str, Any]) -> str:
    """The text of a CALLRESULT."""
    return jsontext.encode((CALL_RESULT, message_id, payload))


def error(message_id: str, code: str, description: str, details: dict[str, Any]) -> str:
    """The text of a CALLERROR; the description is cut to what OCPP allows."""
    return jsontext.encode((CALL_ERROR, message_id, code, description[:MAX_DESCRIPTION], details))


def result_error(message_id: str, code: str, description: str) -> str:
    """The text of a CALLRESULTERROR (2.1); the description is cut to what OCPP allows."""
    return jsontext.encode((CALL_RESULT_ERROR, message_id, code, description[:MAX_DESCRIPTION], {}))


def _unusual(array: list[Any], dialect: Dialect) -> Frame:
    kind = array[0] if array else None
    message_id = _message_id(array[1]) if len(array) > 1 else None
    if kind in (CALL_RESULT, CALL_ERROR):
        return Fault(None, "answer_without_id")
    if dialect.send and kind in (CALL_RESULT_ERROR, SEND):
        return _of_2_1(array, message_id)
    unknown = type(kind) is int and kind != CALL
    if unknown and dialect.unknown_type is None:
        return Fault(None, "unknown_message_type")
    if message_id is None:
        return _anonymous(dialect, "no_message_id")
    if unknown and dialect.unknown_type is not None:
        return Fault(error(message_id, dialect.unknown_type, "Unknown message type.", {}), "unknown_message_type")
    return Fault(error(message_id, dialect.malformed, "Not a well-formed CALL.", {}), "malformed_call")


def _of_2_1(array: list[Any], message_id: str | None) -> Frame:
    match array:
        case [6, _, str() as action, *rest] if message_id is not None:
            return Send(message_id, action, rest[0] if rest else None)
        case [5, _, *rest] if message_id is not None:
            return CallResultError(message_id, *_error_fields(rest))
        case _:
            return Fault(None, "malformed_send")


def _anonymous(dialect: Dialect, reason: str) -> Fault:
    if not dialect.answer_anonymous:
        return Fault(None, reason)
    return Fault(error(ANONYMOUS_ID, dialect.malformed, "The message id could not be read.", {}), reason)


_HEAD = re.compile(
    r'\s*\[\s*(\d{1,9})(?![\d.eE])\s*(?:,\s*"([ !#-\[\]-~]+)"\s*(?:,\s*"(\w{1,64})"\s*[,\]])?)?', re.ASCII
)
"""The type of a message, its id, and its action or error code, as far as they can be read."""


def _salvage(text: str, dialect: Dialect) -> Frame:
    """Broken JSON may still show whose answer is awaited: a charger repeats a lost transaction record for ever.

    And what it is: no answer is answered, and no SEND (rule 9).
    """
    head = _HEAD.match(text)
    if head is None:
        return _anonymous(dialect, "not_json")
    kind, message_id, word = int(head[1]), head[2], head[3]
    match kind:
        case 2 if message_id is None:
            return _anonymous(dialect, "not_json")
        case 2 if word is None:
            return Fault(error(message_id, dialect.malformed, "Not valid JSON.", {}), "not_json")
        case 2:
            return Call(message_id, word, None)
        case 3 if message_id is not None:
            return CallResult(message_id, None)
        case 4 if message_id is not None:
            return CallError(message_id, word or "GenericError", "", {})
        case _:
            return _unusual([kind, *filter(None, [message_id])], dialect)


def _message_id(value: Any) -> str | None:
    if type(value) is int:
        return str(value)
    return value if isinstance(value, str) else None


def _error_fields(rest: list[Any]) -> tuple[str, str, dict[str, Any]]:
    code, description, details = (*rest, None, None, None)[:3]
    return (
        code if isinstance(code, str) else "GenericError",
        description if isinstance(description, str) else "",
        _plain(details),
    )


def _plain(details: Any) -> dict[str, Any]:
    try:
        return jsontext.plain(details) if isinstance(details, dict) else {}
    except jsontext.JsonError:
        return {}
