"""What other people's charge points of all three versions sent is answered rightly and folds into the right sessions.

tests/data/wire.jsonl was recorded from fifteen connections, some at the same time. Its frames are sent as they are, in
their order and at their times; only the number that a 1.6 server gives a transaction is the one that ours gave.
"""

import json
import pathlib
from datetime import UTC, datetime
from typing import Any, NamedTuple

import ocpp.messages
import pytest

from csms import config
from csms.domain import session
from tests.actors import node as nodes
from tests.actors.node import Clock, Connect, Station, Watched

WIRE = pathlib.Path(__file__).parents[1] / "data" / "wire.jsonl"
RECORDS = [json.loads(line) for line in WIRE.read_text("utf-8").splitlines()]
VERSIONS = {each["cp"]: each["proto"] for each in RECORDS if each["dir"] == "open"}


class Made(NamedTuple):
    """What a charger's frames must make: energy and registers in Wh, why it ended, and how it stands."""

    energy: float
    begin: float | None
    end: float | None
    reason: str | None
    status: str
    flags: tuple[str, ...] = ()


SESSIONS = {
    "WSIO-ocpp1.6": Made(10, 0, 10, "Local", "finishing"),
    "WSIO-ocpp2.0.1": Made(10, 10, 20, "Local", "finishing"),
    "WSIO-ocpp2.1": Made(10, 10, 20, "Local", "finishing"),
    "MH-1.6": Made(300, 0, 300, "Local", "completed"),
    "MH-2.0.1": Made(100, 100, 200, "Local", "finishing"),
    "MH-2.1": Made(100, 100, 200, "Local", "finishing"),
    "VOLT": Made(10, 0, 10, "Local", "finishing"),
    "OTS": Made(10, 0, 10, "Local", "finishing"),
    "SHIV-OCPP-2.0.1": Made(1200, 0, 1200, "Local", "completed"),
    "SHIV-OCPP-2.1": Made(1200, 0, 1200, "Local", "completed"),
    "VCP16": Made(223, 0, 223, "Local", "completed"),
    "VCP201": Made(150070, 0, 150070, "Remote", "completed", ("suspect",)),
    "VCP21": Made(150.03, 0, 150.03, "Remote", "completed", ("suspect",)),
}
"""Those of VCP201 and VCP21 end without a unit after kWh: the last register that can be understood counts (rule 46)."""


def shown(state: session.Session) -> Made:
    """What became of it."""
    begin, end = (None if wh is None else float(wh) for wh in (state.meter_start_wh, state.meter_stop_wh))
    return Made(float(state.energy_wh), begin, end, state.stop_reason, state.status, state.flags)


class Play:
    """The recorded connections, opened again."""

    def __init__(self, node: Watched, connect: Connect, clock: Clock) -> None:
        self._node, self._connect, self._clock = node, connect, clock
        self._stations: dict[str, Station] = {}
        self._transactions: dict[str, int] = {}
        self.answers: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []
        """Charger, action, payload and the payload of the answer."""

    async def record(self, record: dict[str, Any]) -> None:
        """Do what the charger did."""
        charger_id = record["cp"]
        self._clock.now = datetime.fromtimestamp(record["t"], UTC)
        if record["dir"] == "open":
            await self._node.add("charger.add", id=charger_id, connectors=[{"id": 1}])
            self._stations[charger_id] = await self._connect(charger_id, version=record["proto"])
        elif record["dir"] == "in":
            await self._frame(charger_id, json.loads(record["msg"]), record["msg"])

    async def _frame(self, charger_id: str, frame: list[Any], text: str) -> None:
        station = self._stations[charger_id]
        if frame[0] != 2:  # the answer to an order of the other server
            await station.send(text)
            return
        _, message_id, action, payload = frame
        if "transactionId" in payload:
            text = json.dumps([2, message_id, action, payload | {"transactionId": self._transactions[charger_id]}])
        station.expect(message_id)
        await station.send(text)
        answer = await station.reply(message_id)
        assert answer[0] == 3, (charger_id, action, answer)
        self._transactions[charger_id] = answer[2].get("transactionId", self._transactions.get(charger_id))
        self.answers.append((charger_id, action, payload, answer[2]))


@pytest.fixture
def settings(tmp_path: pathlib.Path) -> config.Settings:
    """Several of them charged with one card at the same time."""
    return nodes.made(tmp_path / "data", concurrent_sessions=config.ConcurrentSessions.ALLOW)


@pytest.fixture
async def played(node: Watched, connect: Connect, clock: Clock) -> Play:
    """All frames were sent and answered."""
    for token in ("TAG1", "DEADBEEF"):
        await node.add("token.add", id_token=token)
    play = Play(node, connect, clock)
    for record in RECORDS:
        await play.record(record)
    return play


async def test_every_frame_on_the_wire_is_answered_and_makes_the_session(node: Watched, played: Play) -> None:
    for charger_id, action, payload, answer in played.answers:
        version = VERSIONS[charger_id].removeprefix("ocpp")
        ocpp.messages.get_validator(3, action, version).validate(answer)
        for info in (answer.get("idTagInfo"), answer.get("idTokenInfo")):
            assert info is None or info["status"] == "Accepted", (charger_id, action, answer)
        if action == "TransactionEvent":
            assert ("idTokenInfo" in answer) == ("idToken" in payload), "rule 30"
    for charger_id in VERSIONS:
        made = [shown(each) for each in await node.sessions_of(charger_id)]
        wanted = SESSIONS.get(charger_id)
        assert made == ([wanted] if wanted else []), charger_id
    signed = [each for each in await node.log_of("session:") if "T0NNRnx7" in repr(each.event)]
    assert len(signed) == 3, "what meters signed is kept as it was sent"
