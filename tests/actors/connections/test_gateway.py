"""The chargers' front door: who may come in, on which ports, and what its end or its crash does to the others."""

import dataclasses
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import trustme

from actors import runtime
from actors.chargers import charger
from actors.connections import gateway
from csms import config, credentials
from csms.domain import events
from csms.gateway.connection import Connection
from csms.storage.reference import chargers
from tests.actors import node as nodes
from tests.actors.node import Connect, Station, Watched
from tests.csms.gateway import support


async def refused(node: Watched, charger_id: str, *lines: str) -> int:
    """The HTTP status of the answer to a charger that is not let in."""
    assert node.front.gateway is not None
    status, _, _ = await support.refused(node.front.gateway, f"/ocpp/{charger_id}", *lines)
    return status


@asynccontextmanager
async def letting_in(settings: config.Settings, nursery: trio.Nursery) -> AsyncIterator[tuple[Watched, Connect]]:
    """A node with these settings, and how to connect to it."""
    async with nodes.running(settings) as node:

        async def connect(charger_id: str = "CP-01") -> Station:
            station: Station = await nursery.start(nodes.run, f"{node.url}/{charger_id}")
            return station

        yield node, connect


# -- Registered chargers -----------------------------------------------------------------------------------------------


async def test_what_a_charger_says_reaches_its_actor(node: Watched, station: Station) -> None:
    await station.status("Faulted")
    assert (await node.state()).state.connectors[1].status == "Faulted"
    assert runtime.sys.last_messages(await node.charger("CP-01"))[-1] == "on_frame"


async def test_the_identity_counts_in_its_stored_spelling(node: Watched, connect: Connect) -> None:
    station = await connect("cp-01", attached=False)
    await station.boot()
    assert list(node.services.links) == ["CP-01"]
    assert (await charger.live(await node.charger("CP-01"))).online


async def test_the_newest_socket_wins_in_whatever_spelling(node: Watched, station: Station, connect: Connect) -> None:
    newer = await connect("cp-01", attached=False)
    assert (await station.closed()).code == 1000
    await newer.result("Heartbeat", {})
    assert len(node.have(events.Connected)) == 1


async def test_a_password_that_was_asked_for_must_be_right(node: Watched) -> None:
    made = await node.add("charger.add", id="CP-09", security_profile=1)
    right, wrong = (support.basic("CP-09", word) for word in (made["password"], credentials.generate()))
    async with support.charger(f"{node.url}/CP-09", authorization=right) as socket:
        assert socket.subprotocol == "ocpp1.6"
    assert await refused(node, "CP-09", f"Authorization: {wrong}") == 401
    assert await refused(node, "CP-09") == 401


async def test_a_removed_charger_is_unknown_at_once(node: Watched) -> None:
    await node.write(chargers.remove, "CP-02", None)
    assert await refused(node, "CP-02") == 404


# -- Chargers that nobody registered -----------------------------------------------------------------------------------


async def test_an_unknown_charger_is_refused_and_not_remembered(node: Watched) -> None:
    assert await refused(node, "CP-77") == 404
    with pytest.raises(LookupError):
        await node.charger("CP-77")


@pytest.mark.parametrize(
    ("policy", "answer"),
    [(config.UnknownChargers.PENDING, "Pending"), (config.UnknownChargers.ACCEPT, "Accepted")],
)
async def test_a_policy_may_let_unknown_chargers_in(
    tmp_path: Path, nursery: trio.Nursery, policy: config.UnknownChargers, answer: str
) -> None:
    async with letting_in(nodes.made(tmp_path, unknown_chargers=policy), nursery) as (node, connect):
        assert (await (await connect("CP-77")).boot())["status"] == answer
        known = await node.charger("CP-77")
        assert known.name == "chargers/CP-77"


async def test_two_sockets_of_an_unknown_charger_may_come_at_once(tmp_path: Path, nursery: trio.Nursery) -> None:
    settings = nodes.made(tmp_path, unknown_chargers=config.UnknownChargers.ACCEPT)
    async with letting_in(settings, nursery) as (node, _):
        asked = []

        async def both() -> None:
            asked.append(await node.front.door.credentials("CP-77"))

        async with trio.open_nursery() as together:
            together.start_soon(both)
            together.start_soon(both)
        assert [getattr(each, "identity", None) for each in asked] == ["CP-77"] * 2


async def test_an_identity_that_cannot_be_registered_is_refused_under_every_policy(
    tmp_path: Path, nursery: trio.Nursery
) -> None:
    settings = nodes.made(tmp_path, unknown_chargers=config.UnknownChargers.ACCEPT)
    async with letting_in(settings, nursery) as (node, _):
        assert await refused(node, "x" * 60) == 404


# -- While nothing can be stored ---------------------------------------------------------------------------------------


async def test_while_nothing_can_be_stored_chargers_are_sent_away_and_not_let_in(
    node: Watched, station: Station, connect: Connect
) -> None:
    node.front.healthy(False)
    assert (await station.closed()).code == 1013
    assert await refused(node, "CP-01") == 503
    node.front.healthy(True)
    again = await connect()
    await again.result("Heartbeat", {})


async def test_a_look_up_that_fails_costs_only_this_handshake(
    node: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("csms.storage.lookups.known_charger", lambda conn, identity: 1 / 0)
        assert await refused(node, "CP-01") == 503
    await connect()


# -- Its own life ------------------------------------------------------------------------------------------------------


async def test_a_restarted_gateway_listens_on_the_same_port_and_chargers_come_back(
    settings: config.Settings, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = dataclasses.replace(gateway.options(settings), sweep_every=0.01, close_grace=0.1)
    monkeypatch.setattr(gateway, "options", lambda settings: quick)
    async with letting_in(settings, nursery) as (node, connect):
        await nodes.furnish(node)
        url, before = node.url, node.front.gateway
        station = await connect()
        await station.boot()

        def broken(self: Connection, now: float) -> None:
            raise RuntimeError("sweep")

        with monkeypatch.context() as patch:
            patch.setattr(Connection, "sweep", broken)
            await station.closed()
        await node.until(lambda: node.front.gateway is not before)
        assert node.url == url
        again = await connect()
        await again.result("Heartbeat", {})
        assert len(node.have(events.Disconnected)) == 1


async def test_a_stop_sends_chargers_away_to_come_back(settings: config.Settings, nursery: trio.Nursery) -> None:
    async with letting_in(settings, nursery) as (node, connect):
        await nodes.furnish(node)
        station = await connect()
        await station.boot()
    assert (await station.closed()).code == 1001


async def test_who_comes_during_the_stop_is_told_to_come_later(
    settings: config.Settings, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with letting_in(settings, nursery) as (node, _):
        await nodes.furnish(node)
        running = node.front.gateway
        assert running is not None
        statuses: list[int] = []

        async def drain(**options: Any) -> None:
            statuses.append(await refused(node, "CP-01"))

        monkeypatch.setattr(running, "drain", drain)
    assert statuses == [503]


# -- Settings ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path, ssl.SSLContext]:
    """Certificate, key, and a client that trusts them."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    chain, key = tmp_path / "server.pem", tmp_path / "server.key"
    for blob in issued.cert_chain_pems:
        blob.write_to_path(chain, append=True)
    issued.private_key_pem.write_to_path(key)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return chain, key, client


async def test_wss_listens_beside_ws(tmp_path: Path, certificate: tuple[Path, Path, ssl.SSLContext]) -> None:
    chain, key, client = certificate
    settings = nodes.made(tmp_path / "data", ocpps_port=0, tls_certificate=(chain,), tls_key=(key,))
    async with nodes.running(settings) as node:
        await nodes.furnish(node)
        assert node.front.gateway is not None
        plain, secure = node.front.gateway.endpoints
        async with support.charger(f"{plain.url}/CP-01"), support.charger(f"{secure.url}/CP-02", tls=client) as socket:
            assert socket.subprotocol == "ocpp1.6"


def test_without_a_port_for_wss_there_is_only_ws(tmp_path: Path) -> None:
    [plain] = gateway.listeners(nodes.made(tmp_path, ocpp_host="127.0.0.2"))
    assert (plain.host, plain.port, plain.tls) == ("127.0.0.2", 0, None)


def test_the_settings_become_the_gateways_numbers(tmp_path: Path) -> None:
    settings = config.load(
        {},
        {
            "CSMS_PING_INTERVAL": "11",
            "CSMS_OFFLINE_AFTER": "44",
            "CSMS_MESSAGE_LIMIT": "70000",
            "CSMS_FRAME_RATE_LIMIT": "7",
            "CSMS_HANDSHAKE_TIMEOUT": "3",
            "CSMS_HANDSHAKE_RATE": "5",
            "CSMS_TRUSTED_PROXIES": "10.0.0.0/8",
        },
        None,
    )
    numbers = gateway.options(settings)
    assert (numbers.ping_interval, numbers.offline_after, numbers.message_limit) == (11, 44, 70000)
    assert (numbers.frame_rate, numbers.handshake_timeout, numbers.handshakes_per_second) == (7, 3, 5)
    assert numbers.trusted_proxies == settings.trusted_proxies


def test_zero_switches_off_what_may_be_off(tmp_path: Path) -> None:
    numbers = gateway.options(nodes.made(tmp_path, frame_rate_limit=0.0, handshake_rate=0.0, offline_after=0.0))
    assert (numbers.frame_rate, numbers.handshakes_per_second, numbers.offline_after) == (0, 0, 0)


async def test_the_frame_limit_slows_and_loses_nothing(tmp_path: Path, nursery: trio.Nursery) -> None:
    async with letting_in(nodes.made(tmp_path, frame_rate_limit=20.0), nursery) as (node, connect):
        await nodes.furnish(node)
        station = await connect()
        for number in range(30):
            station.expect(f"n{number}")
            await station.send(f'[2,"n{number}","Heartbeat",{{}}]')
        for number in range(30):
            await station.reply(f"n{number}")
    assert len(station.heard) == 30
