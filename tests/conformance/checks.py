"""What an action must do with good and bad payloads; each check says what it found wrong, [] where all is well.

Chargers are held to the letter here (quirks.STRICT); what a tolerant server lets through is tested with the quirks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from csms.domain import commands, events, facts
from csms.protocol import frames, jsontext, quirks, versions
from csms.storage import codec
from tests.conformance import payloads
from tests.conformance.actions import Action

NEVER_REFUSED = frozenset({"MeterValues", "StartTransaction", "StopTransaction", "TransactionEvent"})
"""Rule 13."""

_CODES: Mapping[payloads.Kind, str] = {
    "missing": "OccurrenceConstraintViolation",
    "items": "OccurrenceConstraintViolation",
    "type": "TypeConstraintViolation",
    "length": "PropertyConstraintViolation",
    "value": "PropertyConstraintViolation",
    "extra": "FormatViolation",
}
_SPELLINGS_16 = {
    "OccurrenceConstraintViolation": "OccurenceConstraintViolation",
    "FormatViolation": "FormationViolation",
}
"""Rule 10: 1.6 keeps its misspellings."""

NOW = datetime(2026, 3, 1, tzinfo=UTC)
_GOOD = facts.TokenInfo("Accepted", NOW, "g" * 40)
"""Its group has more characters than 2.0.1 and 1.6 can tell."""


def answer(fact: facts.AnyFact) -> facts.Answer:
    """What an actor may answer; most facts are acknowledged."""
    match fact:
        case facts.Boot():
            return facts.BootAnswer("Accepted", NOW, 300)
        case facts.Heartbeat():
            return facts.HeartbeatAnswer(NOW)
        case facts.Authorize():
            return facts.AuthorizeAnswer(_GOOD)
        case facts.TransactionStart():
            return facts.StartAnswer("17", _GOOD)
        case facts.TransactionStop():
            return facts.StopAnswer(_GOOD)
        case facts.DataReport():
            return facts.DataAnswer("UnknownVendorId")
        case facts.ChargingNeeds():
            return facts.NeedsAnswer(promised=True)
        case facts.SchedulePull():
            return facts.ScheduleAnswer({"limit": 16.0})
        case facts.VatNumber():
            return facts.VatAnswer(fact.number, "format", fact.evse_id)
        case facts.SigningRequest():
            return facts.SigningAnswer("it is no request")
        case facts.CertificateStatusRequest():
            found = (facts.CertificateStatus(each.asked, each.source, "Good", NOW, "7") for each in fact.asked)
            return facts.CertificateStatusAnswer(tuple(found))
        case _:
            return facts.Acknowledged()


def code(action: Action, kind: payloads.Kind) -> str:
    """The error code that the version has for this kind of fault."""
    word = _CODES[kind]
    return _SPELLINGS_16.get(word, word) if action.version.name == "1.6" else word


def from_charger(action: Action) -> Iterator[str]:
    """Good payloads are taken and answered by a valid one, bad ones get their code, or none where none may be given."""
    schema = payloads.request(action.folder, action.name)
    for payload in (payloads.least(schema), payloads.most(schema)):
        found = _heard(action, payload)
        if isinstance(found, versions.CallFault):
            yield f"{payload} was refused: {found.code} {found.description}"
        elif action.direction == "charger to server":
            yield from _answered(action, payload, found)
    for case in [*payloads.invalid(schema), *payloads.no_objects()]:
        yield from _refused(action, case)


def survives(action: Action, allowed: frozenset[quirks.Quirk]) -> Iterator[str]:
    """Whatever is forgiven, nothing that a charger calls makes a table raise, and what is taken can be kept."""
    cases = payloads.invalid(payloads.request(action.folder, action.name))
    yield from _survived(action, allowed, [*cases, *payloads.no_objects()])


def survives_long_lists(action: Action) -> Iterator[str]:
    """A fault that is forgiven hides none that is not, however long the list is."""
    yield from _survived(action, quirks.TOLERANT, payloads.long(payloads.request(action.folder, action.name)))


def _survived(action: Action, allowed: frozenset[quirks.Quirk], cases: Iterable[payloads.Invalid]) -> Iterator[str]:
    for case in cases:
        try:
            found = _heard(action, case.payload, allowed)
            codec.encode(events.InventoryChanged(changes=getattr(found, "changes", ())))
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            yield f"{case.kind} at {case.path}: {type(error).__name__} {error}"


def keeps_no_number_beyond_bounds(action: Action) -> Iterator[str]:
    """A number that no JSON reader can hold ends in a refusal, or in a fact that can be kept and read again."""
    good = jsontext.encode(payloads.most(payloads.request(action.folder, action.name)))
    for number in ("1e400", "-1e400", "1e-400", "1" + "0" * 40):
        for place in re.finditer(r":1(?=[,}\]])", good):
            found = _read(action, f"{good[: place.start()]}:{number}{good[place.end() :]}", quirks.TOLERANT)
            codec.encode(events.InventoryChanged(changes=getattr(found, "changes", ())))
            try:
                msgspec.json.decode(getattr(found, "payload", None) or "{}")
            except msgspec.DecodeError as error:
                yield f"{number} at {good[place.start() - 20 : place.start()]}: {error}"


def from_server(action: Action) -> Iterator[str]:
    """Good payloads are sent, bad ones are not; bad answers are noticed, and in 2.1 complained of."""
    schema = payloads.request(action.folder, action.name)
    for payload in (payloads.least(schema), payloads.most(schema)):
        order = action.version.order(commands.Raw(action=action.name, payload=payload))
        if not isinstance(order, versions.Order):
            yield f"{payload} was not sent: {order.detail}"
        else:
            yield from _answers(action, order)
    for case in payloads.invalid(schema):
        order = action.version.order(commands.Raw(action=action.name, payload=case.payload))
        if not isinstance(order, versions.InvalidPayload):
            yield f"{case.kind} at {case.path} was sent: {order}"


def _heard(
    action: Action, payload: Any, allowed: frozenset[quirks.Quirk] = quirks.STRICT
) -> facts.AnyFact | versions.CallFault:
    return _read(action, jsontext.encode(payload), allowed)


def _read(action: Action, payload: str, allowed: frozenset[quirks.Quirk]) -> facts.AnyFact | versions.CallFault:
    if action.direction == "charger to server, SEND":
        text = f'[{frames.SEND},"id-1","{action.name}",{payload}]'
        sent = action.version.parse(text)
        assert isinstance(sent, frames.Send), text
        return action.version.said(sent, text, allowed)
    text = f'[{frames.CALL},"id-1","{action.name}",{payload}]'
    call = action.version.parse(text)
    assert isinstance(call, frames.Call), text
    return action.version.fact(call, text, allowed)


def _answered(action: Action, payload: Any, fact: facts.AnyFact) -> Iterator[str]:
    try:
        told = action.version.reply(frames.Call("id-1", action.name, payload), answer(fact))
    except AssertionError:
        yield f"{answer(fact)} is no answer to {fact}: say in checks.answer what an actor may answer"
        return
    reply = jsontext.decode(told)
    if reply[:2] != [frames.CALL_RESULT, "id-1"]:
        yield f"the reply is {reply}"
    for fault in action.version.validators.response_faults(action.name, reply[2]):
        yield f"the reply is not valid: {fault.describe()}"


def _refused(action: Action, case: payloads.Invalid) -> Iterator[str]:
    found = _heard(action, case.payload)
    if action.name in NEVER_REFUSED:
        if isinstance(found, versions.CallFault):
            yield f"rule 13: {case.kind} at {case.path} was refused: {found.code}"
        elif not found.suspect:
            yield f"{case.kind} at {case.path} is not suspect"
    elif not isinstance(found, versions.CallFault):
        yield f"{case.kind} at {case.path} was taken"
    elif found.code != code(action, case.kind):
        yield f"{case.kind} at {case.path} is {found.code}, not {code(action, case.kind)}"
    elif len(found.description) > frames.MAX_DESCRIPTION or payloads.STRANGE in found.description:
        yield f"{case.kind} at {case.path} is told by a description that may not be sent"


def _answers(action: Action, order: versions.Order) -> Iterator[str]:
    schema = payloads.response(action.folder, action.name)
    for payload in (payloads.least(schema), payloads.most(schema)):
        outcome = action.version.outcome(order, payload)
        if outcome.detail:
            yield f"the answer {payload} is not understood: {outcome.detail}"
        action.version.learnt(order, outcome.response)
        if action.version.complaint(order, frames.CallResult("id-1", payload), quirks.STRICT) is not None:
            yield f"the answer {payload} is complained of"
    for case in payloads.invalid(schema):
        if not action.version.outcome(order, case.payload).detail:
            yield f"{case.kind} at {case.path} in an answer is not noticed"
        if isinstance(case.payload, dict) and action.version.learnt(order, case.payload, quirks.STRICT):
            yield f"{case.kind} at {case.path} in an answer is believed"
        yield from _complained(action, order, case)


def forgives_answers(action: Action) -> Iterator[str]:
    """What a charger may do in its calls it may do in its answers: those tell the same as without it."""
    schema = payloads.response(action.folder, action.name)
    order = versions.Order(action.name, payloads.most(payloads.request(action.folder, action.name)))
    plain = payloads.least(schema)
    told = action.version.learnt(order, plain)
    for spoilt in payloads.forgivable(schema):
        if action.version.learnt(order, spoilt) != told:
            yield f"{spoilt} tells other than {plain}"
        if action.version.complaint(order, frames.CallResult("id-1", spoilt)) is not None:
            yield f"{spoilt} is complained of"


def _complained(action: Action, order: versions.Order, case: payloads.Invalid) -> Iterator[str]:
    told = action.version.complaint(order, frames.CallResult("id-1", case.payload), quirks.STRICT)
    if action.version.name != "2.1":
        if told is not None:
            yield "there is a CALLRESULTERROR, which 2.1 alone has"
    elif told is None or jsontext.decode(told)[:3] != [frames.CALL_RESULT_ERROR, "id-1", code(action, case.kind)]:
        yield f"{case.kind} at {case.path} in an answer is complained of by {told}"
