"""One fault at each await of an actor in turn, in the middle of a charge: the log is the same as without it."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import msgspec
import pytest
import trio

from actors import runtime, session
from actors.chargers import charger, orders
from actors.runtime import restart
from csms.domain import events, facts, price_events
from csms.domain.session import Session as State
from csms.domain.session import evolve
from tests.actors import faults
from tests.actors.journals import Commits
from tests.actors.node import AT, BOOT, Clock, Closed, Connect, Station, Watched

ATTEMPTS = 5
VARYING = ("charger_id", "transaction_id", "start_key", "digest", "epoch", "command_id")
"""What differs from charger to charger."""


class Persistent:
    """A charger that comes back when its socket is closed, and says again what was not answered."""

    def __init__(self, connect: Connect, charger_id: str) -> None:
        self.id = charger_id
        self._connect = connect
        self._station: Station | None = None

    async def say(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """The answer, in the end."""
        for _ in range(ATTEMPTS):
            try:
                kind, _, *rest = await (await self._connected()).call(action, payload)
            except Closed:
                self._station = None
            else:
                if kind == 3:
                    answer: dict[str, Any] = rest[0]
                    return answer
        raise AssertionError(f"no answer to {action}")

    async def status(self, status: str) -> None:
        await self.say("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": status})

    async def leave(self) -> None:
        if self._station is not None:
            await self._station.close()

    async def _connected(self) -> Station:
        if self._station is None:
            self._station = await self._connect(self.id, attached=False)
            self._station.answers["RemoteStopTransaction"] = {"status": "Accepted"}
        return self._station


async def charge(node: Watched, station: Persistent) -> None:
    """A whole charge, stopped from afar."""
    await station.say("BootNotification", BOOT)
    await station.status("Available")
    await station.say("Authorize", {"idTag": "CARD"})
    start = {"connectorId": 1, "idTag": "CARD", "meterStart": 1000, "timestamp": AT}
    number = (await station.say("StartTransaction", start))["transactionId"]
    await station.status("Charging")
    for wh in (2000, 3000, 4000):
        reading = {"timestamp": AT, "sampledValue": [{"value": str(wh)}]}
        await station.say("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [reading]})
    await order_stop(node, station.id)
    stop = {"transactionId": number, "meterStop": 5000, "timestamp": AT, "reason": "Remote"}
    await station.say("StopTransaction", stop)
    await station.status("Finishing")
    await station.status("Available")


async def order_stop(node: Watched, charger_id: str) -> None:
    """An operator who orders it again when nobody can say what became of it."""
    for _ in range(ATTEMPTS):
        try:
            [running] = await node.sessions_of(charger_id)
            ref = await node.charger(charger_id)
            await charger.stop_session(node.services, ref, running.id, by="test")
        except (runtime.ActorError, orders.NoAnswer):
            continue
        return
    raise AssertionError("the stop cannot be ordered")


async def told(node: Watched, charger_id: str) -> list[Any]:
    """What the log says of the charge; orders apart, which an operator may have had to give twice.

    And that a tariff could not be looked up at once: that is asked again.
    """
    await (await node.charger(charger_id)).call(charger.Charger.on_settle)
    [state] = await node.sessions_of(charger_id)
    stored = await node.log_of(events.session_stream(state.id))
    folded: State | None = None
    for each in stored:
        folded = evolve(folded, state.id, each.event, each.at)
    assert state == folded == await session.view(await session.ensure(node.services, state.id))
    stored += await node.log_of(events.charger_stream(charger_id))
    sound_orders(each.event for each in stored)
    orders = (events.CommandRequested, events.CommandEnded, events.Connected, events.Disconnected)
    apart = (*orders, price_events.TariffAwaited, price_events.PriceSettled)
    return [plain(each.event) for each in stored if not isinstance(each.event, apart)]


def sound_orders(stored: Any) -> None:
    """Each order has one end, and one was accepted."""
    found = list(stored)
    ended = {each.command_id: each.status for each in found if isinstance(each, events.CommandEnded)}
    requested = [each.command_id for each in found if isinstance(each, events.CommandRequested)]
    assert sorted(ended) == sorted(requested)
    assert len(ended) == sum(isinstance(each, events.CommandEnded) for each in found)
    assert "accepted" in ended.values()


def plain(event: events.AnyEvent) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(event)
    return {name: value for name, value in fields.items() if name not in VARYING}


@pytest.fixture
def steady(node: Watched, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """A node that bears more crashes than any server should, and on which nothing happens by itself."""
    monkeypatch.setattr(restart.Intensity, "allows", lambda self, now: True)
    monkeypatch.setattr(session, "LINGER_SECONDS", 3600.0)
    monkeypatch.setattr(charger, "SETTLE_SECONDS", 3600.0)
    node.chargers.park_after = node.sessions.park_after = 1000
    return node


@pytest.mark.parametrize("moment", ["before", "waiting", "answer"])
@pytest.mark.parametrize("actor", ["chargers/", "sessions/", "journal"])
async def test_a_charge_survives_a_fault_at_every_await(
    steady: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch, actor: str, moment: faults.Moment
) -> None:
    steady.services.settings = dataclasses.replace(steady.settings, command_timeout=1.0)  # one is never even sent
    expected: list[Any] = []
    struck = 0
    for number in itertools.count():  # the first time without any
        charger_id = f"CP-1{number:03}"
        await steady.add("charger.add", id=charger_id, connectors=[{"id": 1}])
        station = Persistent(connect, charger_id)
        with faults.Fault(actor, moment, number or 10**9).injected(monkeypatch) as fault:
            await charge(steady, station)
        found = await told(steady, charger_id)
        await station.leave()
        expected = expected or found
        assert found == expected, f"fault {number}"
        if number and not fault.hit:
            break
        struck += fault.hit and not fault.unstoppable
    assert steady.system.crashes >= struck * 3 // 4 > 0, "a few fail in their first init, which its starter is told"
    assert await steady.log_of("quarantine:") == []


@pytest.mark.parametrize("moment", ["before", "waiting", "answer"])
@pytest.mark.parametrize("actor", ["chargers/", "sessions/", "journal"])
async def test_what_a_charger_answers_survives_a_fault_at_every_await(
    steady: Watched, station: Station, monkeypatch: pytest.MonkeyPatch, actor: str, moment: faults.Moment
) -> None:
    for number in itertools.count(1):
        ref = await steady.charger("CP-01")
        begun = await charger.start_session(ref, connector_id=1, id_token=facts.IdToken("CARD"), by="test")
        message_id, _, _ = await station.asked()
        with faults.Fault(actor, moment, number).injected(monkeypatch) as fault:
            await station.answer(message_id, {"status": "Rejected"})
            await station.result("Heartbeat", {})
        stored = [each.event for each in await steady.log_of(events.charger_stream("CP-01"))]
        ends = [each for each in stored if isinstance(each, events.CommandEnded)]
        assert [each.status for each in ends if each.command_id == begun.command_id] == ["rejected"]
        state = await session.view(await session.ensure(steady.services, begun.session_id))
        assert state is not None
        assert (state.status, state.failure) == ("failed", "the charger refused the remote start: rejected")
        if not fault.hit:
            break
    assert steady.system.crashes >= number // 2


@pytest.mark.parametrize("struck", ["session", "charger"])
async def test_who_crashes_while_a_commit_is_under_way_reads_the_log_after_it(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch, struck: str
) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    ref = node.actor() if struck == "charger" else node.session_actor((await node.only()).id)
    assert ref is not None
    commits = Commits(node.log, monkeypatch)
    commits.hold()
    async with trio.open_nursery() as nursery:
        if struck == "charger":
            nursery.start_soon(station.status, "Preparing")
        else:
            nursery.start_soon(station.stop, number, 3000)
        await commits.begun.wait()
        faults.strike(ref)
        await node.until(lambda: node.system.crashes)
        for _ in range(20):  # time enough to read what is too old
            await node.read(lambda conn: conn.execute("SELECT 1"))
        commits.go()
    assert node.system.crashes == 1
    said = [*node.have(events.SessionStopped), *node.have(events.StatusChanged, lambda it: it.status == "Preparing")]
    assert len(said) == 1
