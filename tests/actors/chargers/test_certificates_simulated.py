"""Simulated chargers of every version get our root and a certificate of their own, and sign in with it (profile 3)."""

import shutil
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import trio

from actors.chargers import charger
from csms import config
from csms.domain import commands
from csms.pki import pem, store
from csms.simulator import clock, ledger, link
from csms.simulator import config as simulator
from csms.storage import queries
from csms.storage.reference import chargers
from tests.actors import node as nodes
from tests.csms.gateway import mutual


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = store.Store(tmp_path_factory.mktemp("data") / "pki", "CSMS")
    kept.make_server(["127.0.0.1"], mutual.NOW)
    return kept.directory


@pytest.fixture
def settings(tmp_path: Path, authorities: Path) -> config.Settings:
    shutil.copytree(authorities, tmp_path / "data" / "pki")
    return nodes.made(tmp_path / "data", ocpps_port=0)


@pytest.fixture
async def node(settings: config.Settings) -> AsyncIterator[nodes.Watched]:
    async with nodes.running(settings) as node:
        await node.add("charger.add", id="CP-01")
        yield node


async def order(node: nodes.Watched, command: commands.AnyCommand) -> str:
    return (await charger.execute(node.services, await node.charger("CP-01"), command, by="test")).status


@pytest.mark.parametrize("protocol", ["1.6", "2.0.1", "2.1"])
async def test_from_profile_0_to_3(node: nodes.Watched, nursery: trio.Nursery, protocol: str) -> None:
    assert node.front.gateway is not None
    plain, secure = (endpoint.url for endpoint in node.front.gateway.endpoints)
    time, sessions = clock.Clock(), ledger.Ledger()
    run = partial(link.run_charger, ledger=sessions, clock=time)
    station: link.Link = await nursery.start(
        run, simulator.ChargerConfig(id="CP-01", url=plain, protocol=protocol, profile="idle")
    )
    with trio.fail_after(60):
        await station.wait_until(lambda sim: sim.exchange.registered)
        kept = store.Store(node.settings.data / "pki", "CSMS")
        assert await order(node, commands.InstallCertificate(certificate=pem.write(kept.trusted))) == "accepted"
        assert await order(node, commands.ListCertificates()) == "accepted"
        found = await node.read(queries.inventory.list, charger_id="CP-01", kind="certificates")
        assert len(found["items"]) == 1, "listed under the name that it had when it was installed"
        assert await order(node, commands.RenewCertificate()) == "accepted"
        await station.wait_until(lambda sim: sim.certificates.identity is not None)
        await node.write(chargers.change, "CP-01", {"security_profile": 3})
        station.charger.addresses = (secure,)
        station.drop_link()
        await node.until(lambda: (here := node.services.links.get("CP-01")) and here.connection.profile == 3)
    nursery.cancel_scope.cancel()


@pytest.mark.parametrize("protocol", ["2.0.1", "2.1"])
async def test_one_certificate_is_for_all_uses_where_the_charger_asks_so(
    node: nodes.Watched, nursery: trio.Nursery, protocol: str
) -> None:
    assert node.front.gateway is not None
    run = partial(link.run_charger, ledger=ledger.Ledger(), clock=clock.Clock())
    fields = simulator.ChargerConfig(
        id="CP-01", url=node.front.gateway.endpoints[0].url, protocol=protocol, profile="idle"
    )
    with trio.fail_after(60):
        station: link.Link = await nursery.start(run, fields)
        await station.wait_until(lambda sim: sim.exchange.registered)
        trigger = commands.Raw(action="TriggerMessage", payload={"requestedMessage": "SignCombinedCertificate"})
        assert await order(node, trigger) == "accepted"
        await station.wait_until(lambda sim: len(sim.certificates.chains) == 2)
        one, other = station.charger.certificates.chains.values()
        assert one == other
    nursery.cancel_scope.cancel()
