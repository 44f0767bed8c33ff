"""Peers that vanish without a word: their sockets stay half-open at the server."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest
import trio

from actors.chargers import charger, orders
from actors.connections import gateway
from csms import config
from csms.domain import commands, events
from tests.actors import node as nodes
from tests.actors.node import AT, Connect, Station, Watched
from tests.chaos import relay

options = gateway.options
Through = Callable[[], Awaitable[Station]]


@pytest.fixture
async def router(node: Watched, nursery: trio.Nursery) -> relay.Relay:
    router: relay.Relay = await nursery.start(relay.to, node.url)
    return router


@pytest.fixture
async def through(node: Watched, router: relay.Relay, nursery: trio.Nursery) -> Through:
    """Connects CP-01 through the router."""

    async def connect() -> Station:
        before = node.services.links.get("CP-01")
        station: Station = await nursery.start(nodes.run, f"{router.url}/CP-01")
        await node.until(lambda: node.services.links.get("CP-01") is not before)
        return station

    return connect


def open_sockets(node: Watched) -> int:
    """How many connections the gateway takes for open."""
    assert node.front.gateway is not None
    return node.front.gateway.statistics().connections


class TestNobodyComesBack:
    """The limit is short here."""

    @pytest.fixture
    def settings(self, settings: config.Settings, monkeypatch: pytest.MonkeyPatch) -> config.Settings:
        monkeypatch.setattr(gateway, "options", lambda set_: dataclasses.replace(options(set_), sweep_every=0.05))
        return dataclasses.replace(settings, ping_interval=0.1, offline_after=1.0)

    async def test_it_is_offline_after_the_limit_and_the_others_are_not(
        self, node: Watched, router: relay.Relay, through: Through, connect: Connect
    ) -> None:
        await through()
        await connect("CP-02")
        await router.vanish()
        await node.recorded(events.Disconnected)
        assert list(node.services.links) == ["CP-02"]

    async def test_its_charge_goes_on_when_it_is_back(
        self, node: Watched, router: relay.Relay, through: Through
    ) -> None:
        number = (await (await through()).start(meter=1000))["transactionId"]
        await router.vanish()
        await node.recorded(events.Disconnected)
        assert (await node.only()).status == "active"
        again = await through()
        await again.stop(number, 3000)
        state = await node.only()
        assert (state.energy_wh, state.stop_reason) == (Decimal(2000), "Local")


async def test_one_that_comes_back_is_served_at_once_and_was_never_offline(
    node: Watched, router: relay.Relay, through: Through
) -> None:
    await (await through()).boot()
    await router.vanish()
    again = await through()
    await again.status("Available")
    await node.until(lambda: open_sockets(node) == 1)
    assert len(node.have(events.Connected)) == 1
    assert node.have(events.Disconnected) == []


async def test_an_order_that_waits_at_a_half_open_socket_ends_when_the_charger_is_back(
    node: Watched, router: relay.Relay, through: Through, nursery: trio.Nursery
) -> None:
    station = await through()
    ref = await node.charger("CP-01")
    failed = trio.Event()

    async def order() -> None:
        with pytest.raises(orders.NoAnswer):
            await charger.execute(node.services, ref, commands.ClearCache(), by="test")
        failed.set()

    nursery.start_soon(order)
    await station.asked()
    await router.vanish()
    again = await through()
    with trio.fail_after(node.settings.command_timeout / 2):
        await failed.wait()
    again.answers["ClearCache"] = {"status": "Accepted"}
    executed = await charger.execute(node.services, ref, commands.ClearCache(), by="test")
    assert executed.status == "accepted"


async def test_a_record_whose_answer_got_lost_counts_once(node: Watched, router: relay.Relay, through: Through) -> None:
    station = await through()
    start = {"connectorId": 1, "idTag": "CARD", "meterStart": 1000, "timestamp": AT}
    await station.send(json.dumps([2, "lost", "StartTransaction", start]))
    await router.vanish()
    again = await through()
    answer = await again.result("StartTransaction", start)
    assert str(answer["transactionId"]) == (await node.only()).transaction_id


async def test_a_stop_of_the_server_does_not_wait_for_those_that_vanished(
    settings: config.Settings, nursery: trio.Nursery
) -> None:
    with trio.fail_after(nodes.PATIENCE):
        async with nodes.running(settings) as node:
            await nodes.furnish(node)
            router: relay.Relay = await nursery.start(relay.to, node.url)
            for charger_id in ("CP-01", "CP-02"):
                await nursery.start(nodes.run, f"{router.url}/{charger_id}")
            await node.recorded(events.Connected, 2)
            await router.vanish()
