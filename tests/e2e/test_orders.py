"""Every call that a server may make reaches charge points that others wrote, and their answer comes back, as it was.

They check each call and each answer by schemas of their own; what they do not know is not asked of them.
"""

import json
import pathlib
import signal
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from csms.protocol import jsontext
from tests.conformance import payloads
from tests.conformance.actions import ALL, Action
from tests.e2e import client, lines, server

MOBILITYHOUSE = [sys.executable, str(client.HERE / "clients" / "mobilityhouse_responder.py")]


class Kind(NamedTuple):
    """A library and a version."""

    library: str
    version: str

    @property
    def charger_id(self) -> str:
        """The charger that speaks so."""
        return f"{self.library}-{self.version}"

    def __str__(self) -> str:
        return f"{self.library} {self.version}"


UNSPEAKABLE = (Kind("mobilityhouse", "2.1"), "GetCompositeSchedule")
"""The library writes limit_L2 as limitL2, and then refuses it."""


class Charger(NamedTuple):
    """A charger that obeys, and all that it may be ordered."""

    kind: Kind
    served: server.Server
    actions: list[Action]


KINDS = [Kind(library, version) for library in ("mobilityhouse", "ocpp_rpc") for version in ALL]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """A server that knows a charger of each kind."""
    with server.serving(tmp_path_factory.mktemp("orders") / "data") as served:
        served.install(*(kind.charger_id for kind in KINDS))
        yield served


@pytest.fixture(params=KINDS, ids=str)
def charger(request: pytest.FixtureRequest, served: server.Server, tmp_path: pathlib.Path) -> Iterator[Charger]:
    """A charger of each kind, connected."""
    kind: Kind = request.param
    known = _known(kind)
    actions = [each for each in ALL[kind.version] if each.direction == "server to charger" and each.name in known]
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({each.name: _answer(kind, each) for each in actions}))
    arguments = [served.ocpp_url, kind.charger_id, actions[0].version.subprotocol, str(answers)]
    program = lines.Program([*_program(kind), *arguments], log=tmp_path / "client.log")
    try:
        program.wait_for(lambda line: json.loads(line).get("event") == "connected" or None)
        yield Charger(kind, served, actions)
    finally:
        program.end(signal.SIGKILL)


def test_every_order_is_understood_and_its_answer_comes_back(charger: Charger) -> None:
    for action in charger.actions:
        payload = _plain(payloads.most(payloads.request(action.folder, action.name)))
        answer = charger.served.post(
            f"/chargers/{charger.kind.charger_id}/ocpp/{action.name}", _allowed(action, payload)
        )
        assert answer["response"] == _answer(charger.kind, action), action


def _answer(kind: Kind, action: Action) -> Any:
    schema = payloads.response(action.folder, action.name)
    return _plain(payloads.least(schema) if (kind, action.name) == UNSPEAKABLE else payloads.most(schema))


def _plain(payload: Any) -> Any:
    """With the numbers that any JSON has."""
    return json.loads(jsontext.encode(payload))


def _known(kind: Kind) -> frozenset[str]:
    """The actions of which the library has schemas."""
    if kind.library == "mobilityhouse":
        return frozenset(action.name for action in ALL[kind.version])
    file = client.RPC / "node_modules" / "ocpp-rpc" / "lib" / "schemas" / f"ocpp{kind.version.replace('.', '_')}.json"
    ids = [schema["$id"].removeprefix("urn:") for schema in json.loads(file.read_text())]
    return frozenset(each.removesuffix(".req").removesuffix("Request") for each in ids)


def _program(kind: Kind) -> list[str]:
    if kind.library == "mobilityhouse":
        return MOBILITYHOUSE
    return client.node("responder.mjs")


def _allowed(action: Action, payload: dict[str, Any]) -> dict[str, Any]:
    """Rule 19: an accepted charger is not asked to boot."""
    return payload | {"requestedMessage": "Heartbeat"} if "Trigger" in action.name else payload
