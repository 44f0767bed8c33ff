"""Simulated chargers of every version get our root and a certificate of their own, and sign in with it (profile 3)."""

import shutil
import ssl
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from cryptography.hazmat.primitives import serialization

from actors import charger
from csms import config
from csms.domain import commands
from csms.pki import pem, store
from csms.simulator import certificates as simulated
from csms.simulator import clock, ledger, link
from csms.simulator import config as simulator
from csms.simulator.v2x.station import Station
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


def held(station: link.Link) -> simulated.Certificates:
    """What the simulated charger holds, whatever it speaks."""
    kept: dict[Any, Any] = station.charger._own
    if found := [each for each in kept.values() if isinstance(each, simulated.Certificates)]:
        return found[0]
    dialect: Any = station.charger.dialect
    speaking: Station = dialect._station
    [of_2x] = [each for each in speaking._own.values() if isinstance(each, simulated.Certificates)]
    return of_2x


def context(node: nodes.Watched, station: link.Link) -> ssl.SSLContext:
    """Its side of TLS: it trusts the root that it was given, and shows what was signed for it."""
    mine = held(station)
    [roots] = mine.roots.values()
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(cadata=pem.write(roots.values()))
    [(use, chain)] = mine.chains.items()
    key = mine.keys[use].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = node.settings.data / "charger.pem"
    file.write_text(pem.write(chain) + key.decode())
    made.load_cert_chain(file)
    return made


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
        await station.wait_until(lambda sim: bool(held(station).chains))
        await node.write(chargers.change, "CP-01", {"security_profile": 3})
        station.drop_link()
        again = simulator.ChargerConfig(id="CP-01", url=secure, protocol=protocol, profile="idle")
        other = await nursery.start(partial(run, ssl_context=context(node, station)), again)
        await other.wait_until(lambda sim: sim.exchange.registered)
    assert node.services.links["CP-01"].connection.profile == 3
    nursery.cancel_scope.cancel()
