"""One OCPP version: its frames, its schemas and its tables behind one object that the actors use.

The version packages compose it (v16.VERSION); `csms.protocol.version(subprotocol)` finds it. Whatever a charger sends
ends in a value here, never in an exception.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from csms.domain import commands, facts, inventory
from csms.protocol import fields, frames, jsontext, outcomes, quirks, schemas


class CallFault(msgspec.Struct, frozen=True):
    """Why a CALL is refused: what to put into error(). The description holds nothing of the payload."""

    code: str
    description: str


class Order(msgspec.Struct, frozen=True):
    """A CALL to send to a charger."""

    action: str
    payload: dict[str, Any]


class CannotExpress(msgspec.Struct, frozen=True):
    """This OCPP version has no words for that command; `detail` says what to do instead."""

    detail: str


class InvalidPayload(msgspec.Struct, frozen=True):
    """The payload breaks the version's schema; `detail` says which field and why."""

    detail: str


class Incoming(msgspec.Struct, frozen=True):
    """The row of an action that chargers call: how it is read, and how it is answered."""

    fact: Callable[[fields.Fields], facts.AnyFact]
    """Payload -> fact. Raises fields.FieldError."""
    answer: Callable[[facts.Answer], dict[str, Any]]
    """Answer -> CALLRESULT payload."""
    transaction: bool = False
    """Whether rule 13 forbids to refuse it."""


Learn: TypeAlias = Callable[[dict[str, Any], dict[str, Any]], tuple[inventory.Change, ...]]
"""Request and answer of a call of ours -> what the charger holds after it."""


def nothing(_request: dict[str, Any], _answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """For calls that change nothing that the charger holds."""
    return ()


Builder: TypeAlias = Callable[[Any], dict[str, Any] | CannotExpress]


class Outgoing(msgspec.Struct, frozen=True):
    """The row of a command: the action that it becomes, and its payload."""

    action: str
    payload: Builder


def _no_password(_: Order) -> bytes | None:
    return None


def _no_objection(_: Order) -> str | None:
    return None


class Version(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Everything about one OCPP version."""

    name: str
    """As people write it: "1.6"."""
    subprotocol: str
    """As it is negotiated: "ocpp1.6"."""
    dialect: frames.Dialect
    validators: schemas.Schemas
    codes: Mapping[schemas.Kind, str]
    incoming: Mapping[str, Incoming]
    """Action -> row, for what chargers call."""
    outgoing: Mapping[type[commands.Command], Outgoing]
    """Command -> row."""
    calls: Mapping[str, Learn]
    """The actions that a server may call, so what Raw may hold, and what their answers tell."""
    password: Callable[[Order], bytes | None] = _no_password
    """The password that a call gives the charger, so that it is good here too (rule 8); None for any other call."""
    objection: Callable[[Order], str | None] = _no_objection
    """What is wrong with a call that its schema allows and a charger must refuse; None for a good one."""

    # -- what the charger calls ----------------------------------------------------------------------------------------

    def parse(self, text: str) -> frames.Frame:
        """Read one text frame. Never raises."""
        return frames.parse(text, self.dialect)

    def fact(
        self, call: frames.Call, raw: str, allowed: frozenset[quirks.Quirk] = quirks.TOLERANT
    ) -> facts.AnyFact | CallFault:
        """What the charger reports, or why it is refused. `raw` is the frame's text. Never raises.

        Transaction records are never refused (rule 13): doubts go into `suspect`, and Unreadable keeps the frame.
        """
        row = self.incoming.get(call.action)
        if row is None:
            return self._unmapped(call.action)
        if len(call.message_id) > frames.MAX_MESSAGE_ID and not row.transaction:
            return CallFault(self.dialect.malformed, "The message id is too long.")
        faults = self.validators.request_faults(call.action, call.payload)
        serious = [fault for fault in faults if not quirks.forgives(allowed, call.action, fault)] if faults else []
        if serious and not row.transaction:
            return CallFault(self.codes[serious[0].kind], serious[0].describe()[: frames.MAX_DESCRIPTION])
        try:
            return row.fact(_fields(call, raw, serious, valid=not faults))
        except fields.FieldError as error:
            if row.transaction:
                return facts.Unreadable(action=call.action, raw=raw, suspect=("unreadable",))
            return CallFault(self.codes["value"], str(error))

    def reply(self, call: frames.Call, answer: facts.Answer) -> str:
        """The CALLRESULT frame for a CALL that fact() did not refuse."""
        return frames.result(call.message_id, self.incoming[call.action].answer(answer))

    def error(self, message_id: str, code: str, description: str, details: dict[str, Any] | None = None) -> str:
        """The CALLERROR frame; the description is cut at 255 characters and must hold nothing of the payload."""
        return frames.error(message_id, code, description, details or {})

    # -- what we call --------------------------------------------------------------------------------------------------

    def order(self, command: commands.Command) -> Order | CannotExpress | InvalidPayload:
        """The CALL that a command becomes in this version, checked against its schema."""
        order = self._raw(command) if isinstance(command, commands.Raw) else self._build(command)
        if isinstance(order, CannotExpress):
            return order
        faults = self.validators.request_faults(order.action, order.payload)
        wrong = _details(order.action, faults) if faults else self.objection(order)
        return order if wrong is None else InvalidPayload(wrong)

    def call(self, message_id: str, order: Order) -> str:
        """The CALL frame."""
        return frames.call(message_id, order.action, order.payload)

    def outcome(self, command: commands.Command, response: Any) -> commands.Outcome:
        """What became of a command, from the CALLRESULT's payload, whatever that holds."""
        action = self._action(command)
        return outcomes.of_result(action, response, self.validators.response_faults(action, response))

    def outcome_of_error(self, command: commands.Command, error: frames.CallError) -> commands.Outcome:
        """What became of a command that the charger answered with a CALLERROR."""
        return outcomes.of_error(self._action(command), error)

    def learnt(self, order: Order, response: dict[str, Any]) -> tuple[inventory.Change, ...]:
        """What an order and the CALLRESULT's payload say about what the charger holds; () where that is unusable."""
        if self.validators.response_faults(order.action, response):
            return ()
        return self.calls[order.action](order.payload, response)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _unmapped(self, action: str) -> CallFault:
        if action in self.validators.actions:
            return CallFault("NotSupported", f"{action} is not supported here.")
        return CallFault("NotImplemented", f"OCPP {self.name} has no such action.")

    def _raw(self, command: commands.Raw) -> Order | CannotExpress:
        if command.action in self.calls:
            return Order(command.action, command.payload)
        return CannotExpress(
            f"{command.action} is not a call from server to charger in OCPP {self.name};"
            f" there are: {', '.join(sorted(self.calls))}."
        )

    def _build(self, command: commands.Command) -> Order | CannotExpress:
        row = self.outgoing.get(type(command))
        if row is None:
            return CannotExpress(f"OCPP {self.name} has no such command.")
        payload = row.payload(command)
        return payload if isinstance(payload, CannotExpress) else Order(row.action, payload)

    def _action(self, command: commands.Command) -> str:
        return command.action if isinstance(command, commands.Raw) else self.outgoing[type(command)].action


def _fields(call: frames.Call, raw: str, serious: list[schemas.SchemaFault], *, valid: bool) -> fields.Fields:
    """The payload to map. After a fault it is read again with every number as it was written (rule 48)."""
    if not isinstance(call.payload, dict):
        raise fields.FieldError("payload")
    if valid:
        return fields.Fields(call.payload, call.payload, (), valid=True)
    reasons = tuple(fault.reason for fault in serious)
    return fields.Fields(_exact(raw) or call.payload, call.payload, reasons, valid=False)


def _exact(raw: str) -> dict[str, Any] | None:
    try:
        frame = jsontext.decode_exact(raw)
    except jsontext.JsonError:
        return None
    return frame[3] if isinstance(frame, list) and len(frame) > 3 and isinstance(frame[3], dict) else None


def _details(action: str, faults: tuple[schemas.SchemaFault, ...]) -> str:
    """For the eyes of who wrote the payload, so with the names of the fields that the schema does not know."""
    told = [f"{fault.describe()}{': ' if fault.names else ''}{', '.join(fault.names)}" for fault in faults[:5]]
    return f"{action}: {'; '.join(told)}"
