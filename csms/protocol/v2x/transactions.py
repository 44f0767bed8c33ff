"""OCPP 2.x transactions: what their events say, and how they are answered (rules 42-46).

An event that can be read at all is never refused (rule 13): what it lacks is doubted, and its place in the order is
unknown where its seqNo is no number.
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import facts
from csms.protocol import fields, versions
from csms.protocol.v2x import answers, cost, metering

_KINDS = frozenset({"Started", "Updated", "Ended"})


def _event(report: fields.Fields) -> facts.TransactionEvent:
    kind, payload = report.words("eventType"), report.payload
    if kind not in _KINDS:
        raise fields.FieldError("eventType")
    about = report.whole("transactionInfo")
    transaction_id = about.text("transactionId")
    if transaction_id is None:
        raise fields.FieldError("transactionId")
    evse, token = payload.get("evse"), payload.get("idToken")
    place = report.inside(evse) if isinstance(evse, dict) else None
    at, readings = report.time("timestamp"), metering.readings(report)
    return facts.TransactionEvent(
        kind=kind,
        transaction_id=transaction_id,
        seq_no=_numbered(report),
        at=at,
        trigger=report.text("triggerReason"),
        offline=payload.get("offline") is True,
        charging_state=about.text("chargingState"),
        stopped_reason=about.text("stoppedReason"),
        remote_start_id=about.integer("remoteStartId"),
        reservation_id=report.integer("reservationId", 0),
        evse_id=place.integer("id", 1, fields.INT32) if place is not None else None,
        evse_connector_id=place.integer("connectorId", 1, fields.INT32) if place is not None else None,
        id_token=_token(token) if isinstance(token, dict) else None,
        readings=readings,
        changes=cost.changes(payload) if "costDetails" in payload else (),
        digest=report.digest(),
        suspect=report.suspect,
    )


def _numbered(report: fields.Fields) -> int | None:
    seq_no = report.integer("seqNo", 0, fields.INT32)
    if seq_no is None:
        report.doubt("seq_no_unreadable")
    return seq_no


def _token(given: dict[str, Any]) -> facts.IdToken | None:
    value, kind = given.get("idToken"), given.get("type")
    if not isinstance(value, str):
        return None
    return facts.IdToken(value, kind) if isinstance(kind, str) and kind else facts.IdToken(value)


def _incoming(longest: int, *, limits: bool = False) -> Mapping[str, versions.Incoming]:
    """The rows of a version whose tokens have up to `longest` characters, and whose transactions may have limits."""

    def answered(answer: facts.Answer) -> dict[str, Any]:
        if not isinstance(answer, facts.EventAnswer):  # it was kept aside unread
            return {}
        limited = {"transactionLimit": {"maxCost": answer.max_cost}} if limits and answer.max_cost is not None else {}
        return _answer(answer, longest) | limited

    return {"TransactionEvent": versions.Incoming(_event, answered, transaction=True)}


def _answer(answer: facts.EventAnswer, longest: int) -> dict[str, Any]:
    """What is known and was asked: idTokenInfo only where a token came (rule 30)."""
    told: dict[str, Any] = {}
    if answer.total_cost is not None:
        told["totalCost"] = answer.total_cost
    if answer.priority is not None:
        told["chargingPriority"] = answer.priority
    if answer.info is not None:
        told["idTokenInfo"] = answers.token_info(answer.info, longest)
    if answer.message is not None:
        told["updatedPersonalMessage"] = answers.message(answer.message)
    return told


INCOMING, INCOMING_21 = _incoming(answers.LONGEST_201), _incoming(answers.LONGEST_21, limits=True)

CALLS: Mapping[str, versions.Learn] = {"GetTransactionStatus": versions.nothing}
"""Its answer is about a session, not about what the charger holds: actors/chargers/inquiry.py."""
