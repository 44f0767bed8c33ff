"""Unanswered: what OCPP 2.1 says without wanting an answer: SEND and CALLRESULTERROR. Part of the charger actor.

A SEND is recorded like any report; a bad one is logged and counted, for nobody may be told. A CALLRESULTERROR is a
report too. Neither is ever answered, so there is no loop of errors.
"""

from __future__ import annotations

import logging
from typing import Any

from actors.chargers.reports import FrameId, Reports
from actors.connections import offloop
from actors.connections.link import Link
from actors.services import Services
from csms.domain import charger, facts
from csms.domain.quirk import Quirk
from csms.protocol import frames, jsontext, versions

COMPLAINT = "CallResultError"
"""The action under which a charger's complaint about an answer of ours is reported."""

logger = logging.getLogger(__name__)


async def send(
    services: Services,
    reports: Reports,
    link: Link,
    message: frames.Send,
    text: str,
    frame: FrameId,
    allowed: frozenset[Quirk],
) -> None:
    """Record what a SEND says."""
    said: facts.AnyFact | versions.CallFault
    if charger.may_report(reports.registration, message.action, link.triggered):
        said = await offloop.reading(text, link.version.said, message, text, allowed)
    else:
        said = versions.CallFault("SecurityError", "the charger's registration is not accepted")
    if not isinstance(said, versions.CallFault):
        await reports.answer(said, frame)
        return
    services.unusable[said.code] += 1
    what = (reports.charger_id, message.action, said.code, said.description)
    logger.warning("send_unusable charger=%s action=%.50s code=%s reason=%s", *what)


async def complained(reports: Reports, link: Link, message: frames.CallResultError, frame: FrameId) -> None:
    """Record what a charger has against an answer, with the answer where the link still has it."""
    action, reply = link.replies.of(message.message_id) or (None, "[]")
    told: dict[str, Any] = {
        "messageId": message.message_id[: frames.MAX_MESSAGE_ID],
        "action": action,
        "answer": next((part for part in jsontext.decode(reply) if isinstance(part, dict)), None),
        "errorCode": message.code[: frames.MAX_DESCRIPTION],
        "errorDescription": message.description[: frames.MAX_DESCRIPTION],
        "errorDetails": message.details,
    }
    logger.warning("answer_refused charger=%s action=%s code=%.50s", reports.charger_id, action, message.code)
    await reports.answer(facts.Notification(action=COMPLAINT, payload=jsontext.encode(charger.masked(told))), frame)


def complaint(link: Link, message: frames.CallResult | frames.CallError, allowed: frozenset[Quirk]) -> str | None:
    """The CALLRESULTERROR to send for an answer to the call that is out; None for a good or foreign one."""
    pending = link.calls.sent(message.message_id)
    if pending is None or isinstance(message, frames.CallError):
        return None
    return link.version.complaint(pending.order, message, allowed)
