"""The frames of other people's charge points, as they are on the wire, are all answered rightly.

data/frames_16.jsonl holds, for each kind of charger, the session that its frames must make and then the frames with
what must be in their answers. $transaction, $now and $second stand for what only a running charger knows.
"""

import json
import pathlib
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import ocpp.messages
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync import client

from tests.e2e import server

FRAMES = pathlib.Path(__file__).parent / "data" / "frames_16.jsonl"
LINES = [json.loads(line) for line in FRAMES.read_text("utf-8").splitlines()]
CHARGERS = {line["charger"]: line for line in LINES if "session" in line}
OBEDIENT = {"GetConfiguration": {"configurationKey": []}, "TriggerMessage": {"status": "Rejected"}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """A server that knows all these chargers, some by a password."""
    with server.serving(tmp_path_factory.mktemp("wire") / "data") as running:
        running.install()
        for charger_id, about in CHARGERS.items():
            locked = {"security_profile": 1, "password": about["password"]} if about["password"] else {}
            connector = {"id": 1, "standard": "CHADEMO", "format": "CABLE", "power_type": "DC", "max_power_w": 50000}
            running.post("/chargers", {"id": charger_id, "connectors": [connector], **locked})
        yield running


def play(served: server.Server, charger_id: str) -> list[tuple[dict[str, Any], list[Any]]]:
    """Send the frames of this charger one after the other; each line with its answer."""
    password = CHARGERS[charger_id]["password"]
    basic = b64encode(f"{charger_id}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"} if password else {}
    known: dict[str, Any] = {}
    played = []
    url = f"{served.ocpp_url}/{charger_id}"
    with client.connect(url, subprotocols=["ocpp1.6"], additional_headers=headers, proxy=None) as socket:  # type: ignore[list-item]
        assert socket.subprotocol == "ocpp1.6"
        for line in LINES:
            if line["charger"] == charger_id and "frame" in line:
                socket.send(json.dumps(filled(line["frame"], known)))
                answer = answer_to(line["frame"][1], socket)
                known |= {"$transaction": answer[2]["transactionId"]} if "transactionId" in answer[2] else {}
                played.append((line, answer))
    return played


def answer_to(message_id: str, socket: client.ClientConnection) -> list[Any]:
    """The answer to this call; orders of the server that come before it are obeyed."""
    while True:
        frame: list[Any] = json.loads(socket.recv(timeout=30))
        if frame[0] != 2:
            assert frame[1] == message_id
            return frame
        socket.send(json.dumps([3, frame[1], OBEDIENT.get(frame[2], {"status": "Accepted"})]))


def filled(value: Any, known: dict[str, Any]) -> Any:
    """The frame with what only a running charger knows."""
    match value:
        case dict():
            return {name: filled(item, known) for name, item in value.items()}
        case list():
            return [filled(item, known) for item in value]
        case "$now":
            return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case "$second":
            return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        case str() if value in known:
            return known[value]
        case _:
            return value


@pytest.mark.parametrize("charger_id", CHARGERS)
def test_every_frame_is_answered_as_the_schema_says_and_makes_the_session(
    served: server.Server, charger_id: str
) -> None:
    for line, answer in play(served, charger_id):
        action = line["frame"][2]
        assert answer[0] == 3, f"{action}: {answer}"
        ocpp.messages.get_validator(3, action, "1.6").validate(answer[2])
        assert answer[2] | line["answer"] == answer[2]
        if action == "StopTransaction" and "idTag" not in line["frame"][3]:
            assert "idTagInfo" not in answer[2], "rule 36: no idTag in, no idTagInfo out"
    wanted = CHARGERS[charger_id]["session"]
    if wanted is not None:
        session = served.only_session(charger_id=charger_id)
        assert {name: session[name] for name in wanted} == wanted


@pytest.mark.parametrize("charger_id", [name for name, about in CHARGERS.items() if about["password"]])
def test_a_charger_that_has_a_password_does_not_get_in_without(served: server.Server, charger_id: str) -> None:
    with pytest.raises(InvalidStatus, match="401"):
        client.connect(f"{served.ocpp_url}/{charger_id}", subprotocols=["ocpp1.6"], proxy=None)  # type: ignore[list-item]


def test_texts_that_are_empty_are_no_harm(served: server.Server) -> None:
    play(served, "EMPTY-TEXTS")
    shown = served.get("/chargers/EMPTY-TEXTS")
    assert (shown["vendor"], shown["model"], shown["serial_number"]) == ("Empty", "E1", "E-001")
