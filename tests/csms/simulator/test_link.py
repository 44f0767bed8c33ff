"""A charger on a real socket: connecting, losing the link and coming back."""

import base64
import functools
import hashlib
import itertools
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
import trustme

from csms import simulator
from tests.csms.simulator.central import Central, serving
from tests.csms.simulator.world import be_silent

LIMIT_S = 20
"""No test waits on time; this only ends one that hangs."""


@asynccontextmanager
async def _running(central: Central, *, speed: float = 1.0, **settings: Any) -> AsyncIterator[simulator.Link]:
    fields = {"id": "CP 1", "url": central.url, "profile": "manual", "backoff_min": 0.001, **settings}
    with trio.fail_after(LIMIT_S):
        async with trio.open_nursery() as nursery:
            link: simulator.Link = await nursery.start(_run, simulator.ChargerConfig(**fields), speed)
            yield link
            nursery.cancel_scope.cancel()


async def _run(config: simulator.ChargerConfig, speed: float, *, task_status: trio.TaskStatus[simulator.Link]) -> None:
    with simulator.Ledger() as ledger:
        clock = simulator.Clock(speed)
        await simulator.run_charger(config, ledger=ledger, clock=clock, task_status=task_status)


def _entry(link: simulator.Link) -> simulator.Entry | None:
    return next(iter(link.charger.ledger.entries.values()), None)


def _sampled(link: simulator.Link, samples: int, _charger: object) -> bool:
    entry = _entry(link)
    return entry is not None and entry.samples >= samples


def _state(link: simulator.Link) -> str | None:
    entry = _entry(link)
    return None if entry is None else entry.state


async def test_a_session_over_a_socket() -> None:
    async with serving() as central, _running(central, speed=1000, sample_interval=60) as link:
        link.plug_in()
        link.present("TAG")
        await link.wait_until(functools.partial(_sampled, link, 3))
        link.unplug()
        await link.wait_until(lambda _: _state(link) == "completed")
        assert central.upgrades == [("/ocpp/CP%201", None)]
        assert central.sent[0][1] == "BootNotification"
        assert len(central.calls("MeterValues")) >= 3


async def test_the_password_is_sent_as_basic_authentication() -> None:
    async with serving() as central, _running(central, password="s:cret") as link:
        await link.wait_until(lambda charger: charger.exchange.registered)
        assert central.upgrades == [("/ocpp/CP%201", "CP 1:s:cret")]


async def test_a_new_password_is_used_from_the_next_connection() -> None:
    async with serving() as central, _running(central, password="old") as link:
        await link.wait_until(lambda charger: charger.settled and charger.exchange.registered)
        await central.order("CP%201", "ChangeConfiguration", key="AuthorizationKey", value="6e6577")
        await link.wait_until(lambda charger: charger.password == "new")
        link.drop_link()
        await link.wait_until(lambda charger: len(central.upgrades) == 2)
        assert central.upgrades[1][1] == "CP 1:new"


@pytest.mark.parametrize("status", [401, 404, 503])
async def test_it_keeps_knocking_where_it_is_refused(status: int) -> None:
    async with serving() as central:
        central.reject = lambda _path: status if len(central.upgrades) < 3 else None
        async with _running(central) as link:
            await link.wait_until(lambda charger: charger.exchange.registered)
            assert len(central.upgrades) == 3


async def test_it_does_not_stay_where_its_version_is_not_spoken() -> None:
    async with serving() as central:
        central.subprotocol = None
        async with _running(central) as link:
            while len(central.upgrades) < 2:
                await trio.testing.wait_all_tasks_blocked(0.001)
            assert central.sent == []
            assert not link.charger.exchange.registered


async def test_a_start_whose_answer_is_lost_with_the_link_is_one_session() -> None:
    async with serving() as central, _running(central) as link:
        await link.wait_until(lambda charger: charger.settled and charger.exchange.registered)
        answer = central.answers["StartTransaction"]
        central.answers["StartTransaction"] = be_silent
        link.plug_in()
        link.present("TAG")
        while not central.calls("StartTransaction"):
            await trio.testing.wait_all_tasks_blocked(0.001)
        await central.cut("CP%201")
        central.answers["StartTransaction"] = answer
        await link.wait_until(lambda _: _state(link) == "active")
        first, second = central.calls("StartTransaction")
        assert first == second
        assert len(set(central.ids)) == len(central.ids)


async def test_a_link_that_drops_is_no_end_of_the_session() -> None:
    async with serving() as central, _running(central, speed=1000, sample_interval=60) as link:
        link.plug_in(1, simulator.Car(battery_wh=1e9))
        link.present("TAG")
        for samples in (2, 4, 6):
            await link.wait_until(functools.partial(_sampled, link, samples))
            link.drop_link()
            await link.wait_until(lambda _: not link.connected)
        link.unplug()
        await link.wait_until(lambda _: _state(link) == "completed")
        entry = _entry(link)
        assert entry is not None
        assert len(central.calls("BootNotification")) == 1
        registers = [int(call["meterValue"][0]["sampledValue"][0]["value"]) for call in central.calls("MeterValues")]
        assert registers == sorted(registers)
        assert entry.samples == len({call["meterValue"][0]["timestamp"] for call in central.calls("MeterValues")})


async def test_a_central_system_that_falls_silent_is_left_and_tried_again() -> None:
    async with serving() as central, _running(central, speed=1000, response_timeout=0.05) as link:
        await link.wait_until(lambda charger: charger.settled and charger.exchange.registered)
        central.mute = True
        link.plug_in()
        link.unplug()
        for _ in range(2):
            link.present("TAG")
        await link.wait_until(lambda _: not link.connected)
        central.mute = False
        await link.wait_until(lambda charger: link.connected and charger.settled)


async def test_a_reset_reboots_over_a_new_connection() -> None:
    async with serving() as central, _running(central, speed=1000) as link:
        await link.wait_until(lambda charger: charger.settled and charger.exchange.registered)
        await central.order("CP%201", "Reset", type="Hard")
        await link.wait_until(lambda _: not link.connected)
        await link.wait_until(lambda charger: charger.settled and charger.exchange.registered)
        assert len(central.calls("BootNotification")) == 2
        assert len(central.upgrades) == 2


async def test_pings_while_it_closes_do_not_end_it(nursery: trio.Nursery) -> None:
    visits, back = itertools.count(), trio.Event()

    async def order_a_reset_and_ping(stream: trio.SocketStream) -> None:
        if next(visits):
            back.set()
            return
        key = (await stream.receive_some()).partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        upgraded = b"HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: ocpp1.6\r\n"
        await stream.send_all(upgraded + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        order = b'[2,"1","Reset",{"type":"Hard"}]'
        await stream.send_all(bytes((0x81, len(order))) + order)
        with pytest.raises(trio.BrokenResourceError):
            while True:
                await stream.send_all(b"\x89\x00")

    serve = functools.partial(trio.serve_tcp, host="127.0.0.1")
    [listener] = await nursery.start(serve, order_a_reset_and_ping, 0)
    central = Central()
    central.port = listener.socket.getsockname()[1]
    async with _running(central, speed=1000):
        await back.wait()
    nursery.cancel_scope.cancel()


async def test_it_pings_where_it_is_set_so_and_leaves_when_nobody_answers() -> None:
    async with serving() as central, _running(central, speed=1000) as link:
        await link.wait_until(lambda charger: charger.settled and charger.exchange.registered)
        link.charger.settings.ping_interval = 20
        link.drop_link()
        await link.wait_until(lambda _: len(central.upgrades) == 2 and link.connected)
        central.deaf = True
        link.plug_in()
        await link.wait_until(lambda charger: charger.settled)
        link.unplug()
        await link.wait_until(lambda _: not link.connected)


async def test_shutting_down_delivers_what_is_queued_and_ends() -> None:
    async with serving() as central:
        central.reject = lambda _path: 503 if len(central.upgrades) < 2 else None
        async with _running(central) as link:
            link.plug_in()
            link.present("TAG")
            link.shut_down()
            await link.wait_until(lambda charger: charger.settled and not link.connected)
            assert _state(link) == "completed"
            assert central.calls("StopTransaction")[0]["reason"] == "Local"


async def test_an_address_where_nobody_listens_is_tried_again_and_again() -> None:
    central = Central()
    with trio.socket.socket() as unused:
        await unused.bind(("127.0.0.1", 0))
        central.port = unused.getsockname()[1]
        statistics = simulator.Statistics()
        config = simulator.ChargerConfig(id="CP-1", url=central.url, profile="idle", backoff_min=0.001)
        with trio.fail_after(LIMIT_S), simulator.Ledger() as ledger:
            async with trio.open_nursery() as nursery:
                link = simulator.Link(config, ledger, clock=simulator.Clock(), statistics=statistics)
                nursery.start_soon(link.run)
                while statistics.failed_connects < 3:
                    await trio.testing.wait_all_tasks_blocked(0.001)
                nursery.cancel_scope.cancel()


async def test_over_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    async with serving(server) as central:
        config = simulator.ChargerConfig(id="CP-1", url=f"wss://127.0.0.1:{central.port}/ocpp", profile="idle")
        with trio.fail_after(LIMIT_S), simulator.Ledger() as ledger:
            async with trio.open_nursery() as nursery:
                fleet = simulator.Fleet([config], ledger=ledger, ssl_context=client)
                await nursery.start(fleet.run)
                await fleet.links["CP-1"].wait_until(lambda charger: charger.exchange.registered)
                fleet.shut_down()
