"""One OCPP version: its frames, its schemas and its tables behind one object that the actors use.

The version packages compose it (v16.VERSION); `csms.protocol.version(subprotocol)` finds it. Whatever a charger sends
ends in a value here, never in an exception.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import msgspec

from csms.domain import commands, facts, first_settings, inventory
from csms.domain.topology import Topology
from csms.protocol import fields, frames, jsontext, outcomes, quirks, schemas, tolerance


class CallFault(msgspec.Struct, frozen=True):
    """Why a CALL is refused: what to put into error(). The description holds nothing of the payload."""

    code: str
    description: str


class Order(msgspec.Struct, frozen=True):
    """A CALL to send to a charger; `rest` are the calls after it, where one would be too long for that charger."""

    action: str
    payload: dict[str, Any]
    rest: tuple["Order", ...] = ()


class Peer(msgspec.Struct, frozen=True):
    """What an order must know of its charger."""

    topology: Topology = Topology()
    limits: Mapping[str, int] = {}
    """What it said of how much it takes at a time: configuration key or variable -> number."""


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


class Written(msgspec.Struct, frozen=True):
    """A setting that a charger took; `reboot`: it counts after the next one."""

    key: str
    value: str
    reboot: bool = False


_SURPRISES = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError)
"""What a table may raise on a payload that it should never have seen: one with a fault that was forgiven."""

ANYBODY = Peer()
"""A charger of which nothing is known."""

Builder: TypeAlias = Callable[[Any], dict[str, Any] | Order | CannotExpress]
"""Command -> payload of the row's action; or a call of another one. Where EVSEs have connectors, evse_id and
connector_id are as that version counts them (topology.Place)."""


def whole(payload: dict[str, Any], _peer: Peer) -> list[dict[str, Any]]:
    """For commands that fit into one call whatever the charger's limits."""
    return [payload]


class Outgoing(msgspec.Struct, frozen=True):
    """The row of a command: the action that it becomes, and its payload."""

    action: str
    payload: Builder
    split: Callable[[dict[str, Any], Peer], list[dict[str, Any]]] = whole
    """Payload and charger -> the payloads of the calls to make, in order; at least one."""


def _no_password(_: Order) -> bytes | None:
    return None


def _no_profile(_: Order) -> int | None:
    return None


def _at_once(_: Order) -> bool:
    return False


def _writes_nothing(_order: Order, _response: dict[str, Any]) -> Iterable[Written]:
    return ()


def _no_objection(_: Order) -> str | None:
    return None


def _status_word(_: str, response: dict[str, Any]) -> str | None:
    word = response.get("status")
    return word if isinstance(word, str) else None


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
    sends: Mapping[str, Incoming] = {}
    """Action -> row, for what chargers say without wanting an answer (SEND)."""
    calls: Mapping[str, Learn]
    """The actions that a server may call, so what Raw may hold, and what their answers tell."""
    password: Callable[[Order], bytes | None] = _no_password
    """The password that a call gives the charger, so that it is good here too (rule 8); None for any other call."""
    password_waits: Callable[[Order], bool] = _at_once
    """Whether a charger that takes that password signs in with what it had until it connects anew."""
    profile: Callable[[Order], int | None] = _no_profile
    """The security profile that a call tells the charger to use (rule 57); None for any other call."""
    places: bool = False
    """Whether a connector is named by its EVSE and its number within that."""
    lasting_ids: bool = False
    """Whether message ids are unique beyond one connection, so that a repeat may come over the next one (rule 11)."""
    reads: tuple[tuple[str, ...], ...] = ((),)
    """What is read of a charger at first, one order each: keys, () = all (rule 21)."""
    missing: Callable[[first_settings.Known, int], list[tuple[str, str]]] = first_settings.missing_16
    """What it told, and seconds between samples -> the keys to set then."""
    writes: Callable[[Order, dict[str, Any]], Iterable[Written]] = _writes_nothing
    """The settings that a call changed, by its valid answer."""
    verdict: Callable[[str, dict[str, Any]], str | None] = _status_word
    """Action and answer -> the word that says what became of it; None = an answer that refuses nothing."""
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
        return self._read(row, call, raw, allowed)

    def said(
        self, message: frames.Send, raw: str, allowed: frozenset[quirks.Quirk] = quirks.TOLERANT
    ) -> facts.AnyFact | CallFault:
        """What the charger says in a SEND, or what is wrong with it: for the log only, it is never answered."""
        row = self.sends.get(message.action)
        return self._unmapped(message.action) if row is None else self._read(row, message, raw, allowed)

    def reply(self, call: frames.Call, answer: facts.Answer) -> str:
        """The CALLRESULT frame for a CALL that fact() did not refuse."""
        return frames.result(call.message_id, self.incoming[call.action].answer(answer))

    def error(self, message_id: str, code: str, description: str, details: dict[str, Any] | None = None) -> str:
        """The CALLERROR frame; the description is cut at 255 characters and must hold nothing of the payload."""
        return frames.error(message_id, code, description, details or {})

    def _read(
        self, row: Incoming, call: frames.Call | frames.Send, raw: str, allowed: frozenset[quirks.Quirk]
    ) -> facts.AnyFact | CallFault:
        seen = tolerance.see(self.validators.request_faults, call.action, call.payload, allowed)
        if (serious := seen.serious) and not row.transaction:
            return CallFault(self.codes[serious[0].kind], serious[0].describe()[: frames.MAX_DESCRIPTION])
        try:
            # with a fault: read again with every number as it was written (rule 48)
            meant = (seen.again(_exact(raw)) or seen.meant) if seen.faults else seen.meant
            return row.fact(_fields(meant, call.payload, serious, valid=not seen.faults))
        except fields.FieldError as error:
            told = str(error)
        except _SURPRISES as error:
            if not seen.faults:
                raise
            told = f"payload: unreadable ({type(error).__name__})"
        if row.transaction:
            return facts.Unreadable(action=call.action, raw=raw, suspect=("unreadable",))
        return CallFault(self.codes["value"], told)

    # -- what we call --------------------------------------------------------------------------------------------------

    def order(self, command: commands.Command, peer: Peer = ANYBODY) -> Order | CannotExpress | InvalidPayload:
        """The CALL that a command becomes in this version, checked against its schema, and those after it."""
        order = self._raw(command) if isinstance(command, commands.Raw) else self._build(command, peer)
        if isinstance(order, CannotExpress):
            return order
        wrong = next(filter(None, map(self._wrong, (order, *order.rest))), None)
        return order if wrong is None else InvalidPayload(wrong)

    def call(self, message_id: str, order: Order) -> str:
        """The CALL frame."""
        return frames.call(message_id, order.action, order.payload)

    def outcome(self, order: Order, response: Any) -> commands.Outcome:
        """What became of an order, from the CALLRESULT's payload, whatever that holds."""
        faults = self.validators.response_faults(order.action, response)
        return outcomes.of_result(order.action, response, faults, self.verdict)

    def outcome_of_error(self, order: Order, error: frames.CallError) -> commands.Outcome:
        """What became of an order that the charger answered with a CALLERROR."""
        return outcomes.of_error(order.action, error)

    def complaint(
        self, order: Order, answer: frames.CallResult, allowed: frozenset[quirks.Quirk] = quirks.TOLERANT
    ) -> str | None:
        """The CALLRESULTERROR frame for an answer that breaks its schema; None for a good one, and before 2.1."""
        if not self.dialect.send:
            return None
        seen = tolerance.see(self.validators.response_faults, order.action, answer.payload, allowed)
        if not seen.serious:
            return None
        serious = seen.serious[0]
        return frames.result_error(answer.message_id, self.codes[serious.kind], serious.describe())

    def learnt(
        self, order: Order, response: dict[str, Any], allowed: frozenset[quirks.Quirk] = quirks.TOLERANT
    ) -> tuple[inventory.Change, ...]:
        """What an order and the CALLRESULT's payload say about what the charger holds; () where that is unusable."""
        meant = self._usable(order, response, allowed)
        return () if meant is None else self.calls[order.action](order.payload, meant)

    def written(
        self, order: Order, response: dict[str, Any], allowed: frozenset[quirks.Quirk] = quirks.TOLERANT
    ) -> tuple[Written, ...]:
        """The settings that an order and the CALLRESULT's payload say were changed; () where that is unusable."""
        meant = self._usable(order, response, allowed)
        return () if meant is None else tuple(self.writes(order, meant))

    # -- inside --------------------------------------------------------------------------------------------------------

    def _unmapped(self, action: str) -> CallFault:
        if action in self.validators.actions:
            return CallFault("NotSupported", f"{action} is not supported here.")
        return CallFault("NotImplemented", f"OCPP {self.name} has no such action.")

    def _usable(
        self, order: Order, response: dict[str, Any], allowed: frozenset[quirks.Quirk]
    ) -> dict[str, Any] | None:
        """What was meant by an answer; None where that is not certain."""
        seen = tolerance.see(self.validators.response_faults, order.action, response, allowed)
        return None if seen.serious else seen.meant

    def _raw(self, command: commands.Raw) -> Order | CannotExpress:
        if command.action in self.calls:
            return Order(command.action, command.payload)
        return CannotExpress(
            f"{command.action} is not a call from server to charger in OCPP {self.name};"
            f" there are: {', '.join(sorted(self.calls))}."
        )

    def _build(self, command: commands.Command, peer: Peer) -> Order | CannotExpress:
        row = self.outgoing.get(type(command))
        if row is None:
            return CannotExpress(f"OCPP {self.name} has no such command.")
        payload = row.payload(_placed(command, peer.topology) if self.places else command)
        if isinstance(payload, Order | CannotExpress):
            return payload
        first, *rest = (Order(row.action, each) for each in row.split(payload, peer))
        return msgspec.structs.replace(first, rest=tuple(rest))

    def _wrong(self, order: Order) -> str | None:
        faults = self.validators.request_faults(order.action, order.payload)
        return _details(order.action, faults) if faults else self.objection(order)


def _placed(command: commands.Command, known: Topology) -> commands.Command:
    """The command with the connector that it names, if any, as an EVSE and a connector within it (None: all)."""
    if not {"connector_id", "evse_id"} <= set(command.__struct_fields__):
        return command
    place = known.place(getattr(command, "evse_id", None), getattr(command, "connector_id", None))
    evse_id, connector_id = (None, None) if place is None else place
    return msgspec.structs.replace(command, evse_id=evse_id, connector_id=connector_id or None)


def _fields(meant: Any, sent: Any, serious: tuple[schemas.SchemaFault, ...], *, valid: bool) -> fields.Fields:
    """The payload to map, and as it was sent."""
    if not isinstance(meant, dict):
        raise fields.FieldError("payload")
    return fields.Fields(meant, sent, tuple(fault.reason for fault in serious), valid)


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
