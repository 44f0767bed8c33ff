"""A charger, a clock that the test turns and a central system that the test scripts: no socket, no waiting.

Every frame that the charger sends is checked against the schemas of its OCPP version.
"""

import functools
import itertools
import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import jsonschema_rs

from csms.simulator import charger, config, ledger, profiles, protocols

START = 1_800_000_000.0
Payload = dict[str, Any]


class Refused(Exception):
    """Script: answer with a CALLERROR."""


class Silence(Exception):
    """Script: give no answer."""


class World:
    """`answers` maps an action to its answer, or to a function that makes it or raises Refused or Silence."""

    def __init__(self, *, register: bool = True, protocol: str = "1.6", **settings: Any) -> None:
        fields = {"id": "CP-1", "url": "ws://test/ocpp", "profile": "manual", "protocol": protocol, **settings}
        self.now = START
        self.ledger = ledger.Ledger()
        self.config = config.ChargerConfig(**fields)
        self.charger = charger.Charger(
            self.config, protocols.speaking(protocol), self.ledger, now=lambda: self.now, speed=1.0
        )
        profiles.start(self.charger, self.config.profile)
        self.sent: list[tuple[str, Payload]] = []
        self.ids: list[str] = []
        self.said: list[tuple[str, Payload]] = []
        """What wants no answer (SEND)."""
        self.replies: dict[str, list[Any]] = {}
        numbers = itertools.count(101)
        accepted = {"idTagInfo" if protocol == "1.6" else "idTokenInfo": {"status": "Accepted"}}
        self.answers: dict[str, Payload | Callable[[Payload], Payload]] = {
            "BootNotification": {"status": "Accepted", "interval": 300, "currentTime": "2027-01-15T08:00:00Z"},
            "Heartbeat": {"currentTime": "2027-01-15T08:00:00Z"},
            "Authorize": accepted,
            "StartTransaction": lambda call: {"transactionId": next(numbers), **accepted},
            "TransactionEvent": lambda call: accepted if "idToken" in call else {},
        }
        if register:
            self.connect()
            self.sent.clear()

    def connect(self) -> None:
        """Open the link and let the first messages pass."""
        self.charger.link_up()
        self.talk()

    def disconnect(self) -> None:
        """The link breaks."""
        self.charger.link_down()

    def talk(self) -> None:
        """Deliver frames both ways until nobody has anything to say."""
        self.charger.advance()
        while self.charger.frames:
            self._deliver(json.loads(self.charger.frames.popleft()))

    def run(self, seconds: float) -> None:
        """Let simulated time pass, stopping wherever the charger has something to do."""
        end = self.now + seconds
        self.talk()
        while self.charger.due <= end:
            self.now = max(self.now, self.charger.due)
            self.talk()
        self.now = end
        self.talk()

    def order(self, action: str, **payload: Any) -> Any:
        """Call the charger and return its answer: a payload, or the code of its CALLERROR."""
        message_id = f"order-{len(self.replies)}"
        self.charger.receive(json.dumps([2, message_id, action, payload]))
        self.talk()
        reply = self.replies[message_id]
        if reply[0] == 3:
            self._check(f"{action}Response", reply[2])
        return reply[2]

    def calls(self, *actions: str) -> list[Payload]:
        """Payloads sent so far with one of these actions."""
        return [payload for action, payload in self.sent if action in actions]

    def statuses(self, connector_id: int = 1) -> list[str]:
        """The statuses that a connector reported."""
        return [call["status"] for call in self.calls("StatusNotification") if call["connectorId"] == connector_id]

    @property
    def entry(self) -> ledger.Entry:
        """The newest session of the ledger."""
        return list(self.ledger.entries.values())[-1]

    def _deliver(self, frame: list[Any]) -> None:
        if frame[0] == 6:
            self._check(frame[2], frame[3])
            self.said.append((frame[2], frame[3]))
            return
        if frame[0] != 2:
            self.replies[frame[1]] = frame
            return
        _, message_id, action, payload = frame
        self._check(action if self.config.protocol == "1.6" else f"{action}Request", payload)
        self.sent.append((action, payload))
        self.ids.append(message_id)
        try:
            answer = self.answers.get(action, {})
            body = answer(payload) if callable(answer) else answer
        except Refused:
            self.charger.receive(json.dumps([4, message_id, "InternalError", "scripted", {}]))
        except Silence:
            return
        else:
            self.charger.receive(json.dumps([3, message_id, body]))

    def _check(self, name: str, payload: Payload) -> None:
        _validator(self.config.protocol, name).validate(payload)


def refuse(_call: Payload) -> Payload:
    """Script: CALLERROR."""
    raise Refused


def be_silent(_call: Payload) -> Payload:
    """Script: no answer."""
    raise Silence


@functools.cache
def _validator(protocol: str, name: str) -> Any:
    folder = resources.files(f"ocpp.v{protocol.replace('.', '')}") / "schemas"
    schema = json.loads((folder / f"{name}.json").read_text(encoding="utf-8-sig"))
    return jsonschema_rs.validator_for(schema, validate_formats=False)
