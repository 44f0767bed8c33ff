"""A real node on a data directory of its own, and chargers that speak raw OCPP-J to it over real sockets."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import trio
import trio_websocket

from actors import runtime, session, tree
from actors.chargers import charger
from actors.recording import journal, readers
from csms import config
from csms.domain import events
from csms.domain.session import Session as State
from csms.storage import connection, lookups, operations, reader
from csms.storage.log import Log
from csms.storage.records import Stored
from tests.csms.gateway import support

E = TypeVar("E", bound=events.Event)

PATIENCE = 20.0
"""Seconds after which a test that waits in vain fails."""
AT = "2026-03-01T09:00:00Z"
BOOT = {"chargePointVendor": "ACME", "chargePointModel": "Fast-22"}


class _Watch(trio.abc.Instrument):
    """Looks at a condition after every step of every task."""

    def __init__(self, condition: Callable[[], object]) -> None:
        self._condition = condition
        self.seen = trio.Event()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        if not self.seen.is_set() and self._condition():
            self.seen.set()


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition: looked at whenever another task has had its turn."""
    watch = _Watch(condition)
    trio.lowlevel.add_instrument(watch)
    try:
        with trio.fail_after(PATIENCE):
            await watch.seen.wait()
    finally:
        trio.lowlevel.remove_instrument(watch)


class Watched(tree.Node):
    """A node that lets a test wait for what is recorded."""

    def __init__(self, settings: config.Settings, log: Log, reads: readers.Readers) -> None:
        super().__init__(settings, log, reads)
        self.stored: list[Stored] = []
        self._more = trio.Event()
        quick = runtime.Backoff(min=0.001, max=0.01, jitter=0)
        self.chargers.backoff = self.sessions.backoff = quick

    def _publish(self, committed: journal.Committed) -> None:
        super()._publish(committed)
        self.stored += [stored for _, result in committed for stored in result.stored]
        self._more.set()
        self._more = trio.Event()

    def have(self, kind: type[E], where: Callable[[E], bool] = lambda _: True) -> list[E]:
        """The events of a kind that were recorded since this node started."""
        return [each.event for each in self.stored if isinstance(each.event, kind) and where(each.event)]

    async def recorded(self, kind: type[E], count: int = 1, where: Callable[[E], bool] = lambda _: True) -> E:
        """Wait until there are `count` of them; the last one."""
        with trio.fail_after(PATIENCE):
            while len(found := self.have(kind, where)) < count:
                await self._more.wait()
        return found[count - 1]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for what no record tells."""
        await until(condition)

    @property
    def url(self) -> str:
        """Where chargers connect."""
        assert self.front.gateway is not None
        return self.front.gateway.endpoints[0].url

    async def add(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Write reference data as the command line does."""
        return await self.write(operations.run, operation, arguments)

    async def log_of(self, prefix: str = "") -> list[Stored]:
        """Everything in the log, of streams whose names begin so."""

        def query(conn: Any) -> list[Stored]:
            return [each for each in reader.Reader(conn, snapshot=True).read_all() if each.stream.startswith(prefix)]

        return await self.read(query)

    async def sessions_of(self, charger_id: str = "CP-01") -> list[State]:
        """All sessions of a charger as the read model has them, oldest first."""

        def query(conn: Any) -> list[State]:
            rows = conn.execute("SELECT state FROM sessions WHERE charger_id = ? ORDER BY number", (charger_id,))
            return [msgspec.msgpack.decode(row[0], type=State) for row in rows]

        return await self.read(query)

    async def only(self, charger_id: str = "CP-01") -> State:
        """The only session of a charger."""
        [found] = await self.sessions_of(charger_id)
        return found

    async def state(self, charger_id: str = "CP-01") -> lookups.Rebuilt:
        """The charger as the log has it."""
        return await self.read(lookups.charger_state, charger_id)

    def actor(self, charger_id: str = "CP-01") -> runtime.Ref[charger.Charger] | None:
        """The charger's actor if it is awake."""
        return self.system.registry.lookup(f"{charger.SUPERVISOR}/{charger_id}", charger.Charger)

    def session_actor(self, session_id: str) -> runtime.Ref[session.Session] | None:
        """The session's actor if it is awake."""
        return self.system.registry.lookup(f"{session.SUPERVISOR}/{session_id}", session.Session)


@asynccontextmanager
async def running(settings: config.Settings, *extra: runtime.ChildSpec[Any]) -> AsyncIterator[Watched]:
    """A node on `settings.data`, with `extra` children last; stopped in order at the end."""
    with Log.open(settings.data) as log:
        reads = readers.Readers(connection.database(settings.data))
        node = Watched(settings, log, reads)
        async with node.running(extra):
            yield node
        reads.close()


def made(data: Path, **changes: Any) -> config.Settings:
    """Settings with free ports."""
    return config.Settings(data=data, **{"http_port": 0, "ocpp_port": 0, "command_timeout": 20.0} | changes)


class Closed(Exception):
    """The server closed the socket."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class Station:
    """A charger's socket. `answers` maps actions of the server to the payload that is answered at once.

    Other calls of the server wait in `asked`.
    """

    def __init__(self, socket: trio_websocket.WebSocketConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._replies: dict[str, tuple[trio.MemorySendChannel[list[Any]], trio.MemoryReceiveChannel[list[Any]]]] = {}
        self._give, self._asked = trio.open_memory_channel[list[Any]](100)
        self._over = trio.Event()
        self.answers: dict[str, dict[str, Any]] = {}
        self.heard: list[str] = []
        """The ids of the answers, in the order in which they came."""

    async def call(self, action: str, payload: dict[str, Any], message_id: str | None = None) -> list[Any]:
        """Send a CALL and wait for the whole frame that answers it. Raises Closed."""
        message_id = message_id or f"m{next(self._ids)}"
        self.expect(message_id)
        await self.send(json.dumps([2, message_id, action, payload]))
        return await self.reply(message_id)

    def expect(self, message_id: str) -> None:
        """A frame of this id is about to be sent raw, and `reply` will be asked for."""
        self._replies[message_id] = trio.open_memory_channel[list[Any]](2)
        if self._over.is_set():
            self._replies[message_id][0].close()

    async def result(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """The payload of the CALLRESULT. Raises Closed."""
        frame = await self.call(action, payload)
        assert frame[0] == 3, frame
        found: dict[str, Any] = frame[2]
        return found

    async def send(self, text: str) -> None:
        """Send a raw frame. Raises Closed."""
        try:
            await self._socket.send_message(text)
        except trio_websocket.ConnectionClosed:
            raise await self.closed() from None

    async def reply(self, message_id: str) -> list[Any]:
        """Wait for the answer to a CALL that was sent. Raises Closed."""
        with trio.fail_after(PATIENCE):
            try:
                return await self._replies[message_id][1].receive()
            except trio.EndOfChannel:
                raise await self.closed() from None

    async def asked(self) -> tuple[str, str, dict[str, Any]]:
        """The next call of the server: its message id, action and payload. Raises Closed."""
        with trio.fail_after(PATIENCE):
            try:
                _, message_id, action, payload = await self._asked.receive()
            except trio.EndOfChannel:
                raise await self.closed() from None
        return message_id, action, payload

    @property
    def waiting(self) -> int:
        """How many calls of the server have come that nobody has taken from `asked`."""
        return self._asked.statistics().current_buffer_used

    async def answer(self, message_id: str, payload: dict[str, Any]) -> None:
        """Answer a call of the server."""
        await self._socket.send_message(json.dumps([3, message_id, payload]))

    async def refuse(self, message_id: str, code: str = "InternalError") -> None:
        """Answer it with a CALLERROR."""
        await self._socket.send_message(json.dumps([4, message_id, code, "", {}]))

    async def closed(self) -> Closed:
        """Wait until the socket is closed; how."""
        with trio.fail_after(PATIENCE):
            await self._over.wait()
        reason = self._socket.closed
        assert reason is not None
        return Closed(reason.code, reason.reason or "")

    async def close(self) -> None:
        """Hang up."""
        await self._socket.aclose()

    # -- What chargers say -----------------------------------------------------------------------------------------

    async def boot(self) -> dict[str, Any]:
        """Boot."""
        return await self.result("BootNotification", BOOT)

    async def status(self, status: str, connector_id: int = 1) -> None:
        """Report a connector's status."""
        await self.result("StatusNotification", {"connectorId": connector_id, "errorCode": "NoError", "status": status})

    async def start(
        self, meter: int = 1000, connector_id: int = 1, id_tag: str = "CARD", at: str = AT
    ) -> dict[str, Any]:
        """Start a transaction; the answer."""
        payload = {"connectorId": connector_id, "idTag": id_tag, "meterStart": meter, "timestamp": at}
        return await self.result("StartTransaction", payload)

    async def meter(self, transaction_id: int | None, wh: int, at: str = AT, connector_id: int = 1) -> None:
        """Send one sample of the energy register."""
        named = {} if transaction_id is None else {"transactionId": transaction_id}
        sample = {"timestamp": at, "sampledValue": [{"value": str(wh)}]}
        assert await self.result("MeterValues", {"connectorId": connector_id, "meterValue": [sample], **named}) == {}

    async def stop(self, transaction_id: int, meter: int, at: str = AT, **more: Any) -> dict[str, Any]:
        """Stop a transaction; the answer."""
        payload = {"transactionId": transaction_id, "meterStop": meter, "timestamp": at, **more}
        return await self.result("StopTransaction", payload)

    # -- Inside ----------------------------------------------------------------------------------------------------

    async def listen(self) -> None:
        """Read until the socket is closed."""
        try:
            while True:
                await self._take(json.loads(await self._socket.get_message()))
        except trio_websocket.ConnectionClosed:
            pass
        finally:
            self._over.set()
            self._give.close()
            for channel, _ in self._replies.values():
                channel.close()

    async def _take(self, message: list[Any]) -> None:
        if message[0] != 2:
            self.heard.append(message[1])
            await self._replies[message[1]][0].send(message)
        elif message[2] in self.answers:
            await self.answer(message[1], self.answers[message[2]])
        else:
            await self._give.send(message)


Connect = Callable[..., Awaitable[Station]]
"""Opens a socket of a charger; CP-01's if no other is named."""


def connector(node: Watched, nursery: trio.Nursery) -> Connect:
    """How chargers connect to `node`; by default it waits until the charger's actor has taken the socket."""

    async def connect(charger_id: str = "CP-01", *, attached: bool = True, version: str = "ocpp1.6") -> Station:
        before = node.services.links.get(charger_id)
        station: Station = await nursery.start(run, f"{node.url}/{charger_id}", version)
        if attached:
            await node.until(lambda: node.services.links.get(charger_id) is not before)
        return station

    return connect


class Clock:
    """What a node takes for now; it moves only when told."""

    def __init__(self) -> None:
        self.now = datetime.fromisoformat(AT) + timedelta(seconds=1)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Let time pass; the keywords are timedelta's."""
        self.now += timedelta(**by)


async def run(url: str, version: str = "ocpp1.6", *, task_status: trio.TaskStatus[Station]) -> None:
    """Connect and listen; for `nursery.start`. Raises trio_websocket.ConnectionRejected."""
    async with support.charger(url, offer=[version]) as socket:
        station = Station(socket)
        task_status.started(station)
        await station.listen()


async def furnish(node: Watched) -> None:
    """Register CP-01 and CP-02 with two connectors each; CARD and OTHER may charge."""
    for charger_id in ("CP-01", "CP-02"):
        await node.add("charger.add", id=charger_id, connectors=[{"id": 1}, {"id": 2}])
    for token in ("CARD", "OTHER"):
        await node.add("token.add", id_token=token)
