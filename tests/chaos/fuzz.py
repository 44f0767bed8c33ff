"""What bytes from outside must never do, as functions of bytes: targets for a fuzzer.

test_fuzz.py gives them a corpus and its mutations in every run of the suite, guided.py whatever atheris thinks of.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

import tests
from csms import protocol
from csms.domain import commands
from csms.protocol import frames as ocpp
from csms.protocol import jsontext, versions
from csms.storage import codec, errors, export
from tests.chaos import hostile
from tests.conformance import actions, checks, payloads
from tests.csms.protocol import support

VERSIONS = tuple(map(protocol.version, ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")))
COMMANDS: Sequence[commands.Command] = (
    commands.ClearCache(),
    commands.Raw(action="GetConfiguration", payload={}),
    commands.Raw(action="UnlockConnector", payload={"connectorId": 1}),
    commands.GetConfiguration(keys=("TxCtrlr.TxStartPoint",)),
    commands.SetConfiguration(key="TxCtrlr.TxStartPoint", value="EVConnected"),
)
NAMES = sorted(codec.TYPES)
LOGS = Path(tests.__file__).parent / "logs"


# -- Frames ------------------------------------------------------------------------------------------------------------


def frames(data: bytes) -> None:
    """A text frame, in every version: it becomes a frame and a fact that can be stored, or is refused in words."""
    text = data.decode(errors="replace")
    for version in VERSIONS:
        match version.parse(text):
            case ocpp.Call() as call:
                _call(version, call, text)
            case ocpp.CallResult() | ocpp.CallError() as answer:
                _answer(version, answer)
            case ocpp.Fault(reply=str() as reply):
                json.loads(reply)


def _call(version: versions.Version, call: ocpp.Call, text: str) -> None:
    told = version.fact(call, text)
    if isinstance(told, versions.CallFault):
        assert len(told.description) <= ocpp.MAX_DESCRIPTION
        json.loads(version.error(call.message_id, told.code, told.description))
        return
    msgspec.msgpack.encode(told)
    assert version.fact(call, text) == told, "the same frame is another fact the second time"
    json.loads(version.reply(call, checks.answer(told)))


def _answer(version: versions.Version, answer: ocpp.CallResult | ocpp.CallError) -> None:
    for command in COMMANDS:
        order = version.order(command)
        if not isinstance(order, versions.Order):
            continue
        if isinstance(answer, ocpp.CallResult):
            msgspec.msgpack.encode(version.outcome(order, answer.payload))
            if isinstance(answer.payload, dict):
                msgspec.msgpack.encode((version.learnt(order, answer.payload), version.written(order, answer.payload)))
        else:
            msgspec.msgpack.encode(version.outcome_of_error(order, answer))


# -- The log -----------------------------------------------------------------------------------------------------------


def stored(data: bytes) -> None:
    """A type, a schema and a body from a damaged log: an event that is written as it was read, or UndecodableEvent."""
    if len(data) < 2:
        return
    name, schema, body = NAMES[data[0] % len(NAMES)], data[1] % 4, data[2:]
    try:
        event = codec.decode(name, schema, body)
    except errors.UndecodableEvent:
        return
    written = codec.encode(event)
    assert codec.encode(codec.decode(name, codec.schema(name), written)) == written


# -- Corpora -----------------------------------------------------------------------------------------------------------


def corpus_of_frames() -> list[bytes]:
    """Every message of a 1.6 charger and of 2.x ones, answers, and what hostile peers say."""
    calls = [
        support.frame("StartTransaction", support.start(reservationId=5)),
        support.frame("StopTransaction", support.stop(transactionData=support.meter()["meterValue"], reason="Local")),
        support.frame("MeterValues", support.meter({"value": "1.5e3", "unit": "kWh", "phase": "L1"}, {"value": "1"})),
        support.frame("StatusNotification", support.status(timestamp=support.AT, info="i", vendorErrorCode="7")),
        support.frame("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M", "iccid": "1"}),
        support.frame("Authorize", {"idTag": "CARD"}),
        support.frame("DataTransfer", {"vendorId": "V", "messageId": "M", "data": {"a": [1.5, None, True]}}),
        support.frame("FirmwareStatusNotification", {"status": "Idle"}),
        '[3,"x",{"status":"Accepted","configurationKey":[{"key":"k","readonly":true,"value":"1"}]}]',
        '[4,"x","InternalError","because",{"a":1e400}]',
        '[6,"x","NotifyPeriodicEventStream",{"id":1}]',
        '[5,"x","FormatViolation","",{}]',
    ]
    return [text.encode() for text in (*calls, *_calls_of_2x(), *hostile.NONSENSE)]


def _calls_of_2x() -> list[str]:
    """With everything that a message may hold and a schema tells, and the words that only a device model knows."""
    full = [
        jsontext.encode([2, "id-1", action.name, payloads.most(payloads.request(action.folder, action.name))])
        for action in (*actions.ALL["2.0.1"], *actions.ALL["2.1"])
        if action.direction == "charger to server"
    ]
    state = {"component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}}, "actualValue": "Occupied"}
    event = {"eventId": 1, "timestamp": support.AT, "trigger": "Delta", "eventNotificationType": "CustomMonitor"}
    events = [{**event, **state, "variable": {"name": "AvailabilityState"}}]
    return [*full, support.frame("NotifyEvent", {"generatedAt": support.AT, "seqNo": 0, "eventData": events})]


def corpus_of_the_log() -> list[bytes]:
    """The golden logs, in which every type of event is."""
    lines = (line for log in sorted(LOGS.glob("*.jsonl")) for line in log.read_bytes().splitlines())
    return [
        bytes([NAMES.index(event.type), event.schema]) + codec.encode(event.event) for event in map(export.parse, lines)
    ]


def mutations(corpus: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Each of the corpus, then so many changes of them, the same for the same seed."""
    yield from corpus
    dice = random.Random(seed)
    for _ in range(count):
        data = bytearray(dice.choice(corpus))
        for _ in range(dice.randint(1, 4)):
            _mutate(data, corpus, dice)
        yield bytes(data)


def _mutate(data: bytearray, corpus: Sequence[bytes], dice: random.Random) -> None:
    at, size = dice.randint(0, len(data)), dice.randint(0, 8)
    other = dice.choice(corpus)
    piece = dice.randint(0, len(other))
    match dice.randrange(5):
        case 0:
            del data[at : at + size]
        case 1:
            data[at:at] = dice.randbytes(size)
        case 2:
            data[at : at + size] = other[piece : piece + 4 * size]
        case 3:
            data[at : at + 1] = dice.choice(TOKENS)
        case _:
            data[at:at] = data[at : at + size] * dice.choice((1, 2, 500))


TOKENS = [
    *(b"null", b"true", b"-1", b"1e999999999", b"1e-999999999", b"9223372036854775808", b"0.1", b'""', b"{}", b"[]"),
    *(b'"\\ud800"', b"\xff", b"\x00", b'"NaN"', b'"9999-12-31T23:59:59-23:59"', b'"0001-01-01T00:00:00+23:59"'),
    *(b"\xc1", b"\xdf\xff\xff\xff\xff", b"\xc7\x0c\xff\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff", b"\xa3NaN"),
]
"""What readers stumble over: JSON's and msgpack's."""

TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]] = {
    "frames": (frames, corpus_of_frames),
    "stored": (stored, corpus_of_the_log),
}
