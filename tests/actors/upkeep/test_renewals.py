"""Certificates that end soon, and those that were revoked."""

import shutil
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import trio
import trio_websocket

from actors import runtime
from actors.upkeep import renewals, revocations
from csms import config
from csms.domain import events
from csms.pki import revocation, store
from csms.storage.reference import certificates, chargers
from tests.actors import node as nodes
from tests.actors.chargers import test_certificates as issuing
from tests.csms.gateway import mutual, support
from tests.csms.pki import support as pki

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mutual.operator(tmp_path_factory.mktemp("data")).directory


@pytest.fixture
def settings(tmp_path: Path, authorities: Path) -> config.Settings:
    shutil.copytree(authorities, tmp_path / "data" / "pki")
    return nodes.made(tmp_path / "data", ocpps_port=0, operator_name=pki.OWNER)


@pytest.fixture
async def node(settings: config.Settings) -> AsyncIterator[nodes.Watched]:
    async with nodes.running(settings) as node:
        await nodes.furnish(node)
        yield node


async def issued(node: nodes.Watched, ends_in: timedelta, serial: str = "abc", charger_id: str = "CP-01") -> None:
    now = node.services.now()
    await node.write(
        certificates.issue,
        charger_id,
        "charger",
        serial_number=serial,
        common_name=pki.SERIAL,
        chain="",
        at=now,
        ends_at=now + ends_in,
    )


@pytest.mark.parametrize(
    ("version", "action"), [("ocpp1.6", "ExtendedTriggerMessage"), ("ocpp2.0.1", "TriggerMessage")]
)
async def test_a_charger_whose_certificate_ends_is_asked_once_a_day(
    node: nodes.Watched, nursery: trio.Nursery, version: str, action: str
) -> None:
    await issued(node, 20 * DAY)
    station = await issuing.booted(node, nursery, version)
    station.answers = {action: {"status": "Accepted"}}
    await renewals.look(node.services)
    assert [each.command for each in node.have(events.CommandRequested)] == ["renew-certificate"]
    assert [each.status for each in node.have(events.CommandEnded)] == ["accepted"]
    began = node.services.now()
    for hours, asked in ((23, 1), (25, 2)):
        node.services.now = partial(datetime.__add__, began, timedelta(hours=hours))
        await renewals.look(node.services)
        assert len(node.have(events.CommandRequested)) == asked
    assert node.have(events.AlertRaised) == []


@pytest.mark.parametrize(("ends_in", "online"), [(100 * DAY, True), (20 * DAY, False)], ids=["long", "offline"])
async def test_who_has_time_or_is_away_is_not_asked(
    node: nodes.Watched, nursery: trio.Nursery, ends_in: timedelta, online: bool
) -> None:
    await issued(node, ends_in)
    if online:
        await issuing.booted(node, nursery, "ocpp1.6")
    await renewals.look(node.services)
    assert node.have(events.CommandRequested) == []


async def test_one_that_is_on_its_way_counts_for_a_day(node: nodes.Watched, nursery: trio.Nursery) -> None:
    await issued(node, 20 * DAY, "1")
    await node.write(certificates.used, 1)
    await issued(node, 300 * DAY, "2")
    station = await issuing.booted(node, nursery, "ocpp1.6")
    station.answers = {"ExtendedTriggerMessage": {"status": "Accepted"}}
    await renewals.look(node.services)
    assert node.have(events.CommandRequested) == []
    later = node.services.now() + 2 * DAY
    node.services.now = lambda: later
    await renewals.look(node.services)
    assert [each.command for each in node.have(events.CommandRequested)] == ["renew-certificate"]


async def test_who_signs_in_with_a_certificate_has_it_whatever_became_of_the_answer(
    node: nodes.Watched, nursery: trio.Nursery
) -> None:
    station = await issuing.booted(node, nursery, "ocpp1.6")
    chain = await issuing.signed(station, pki.request())
    await node.write(chargers.change, "CP-01", {"security_profile": 3})
    await node.write(lambda conn: conn.execute("UPDATE certificates SET status = 'issued'"))
    await station.close()
    await issuing.come(node, nursery, "ocpp1.6", issuing.shows(node, chain))
    assert (await issuing.only(node)).status == "installed"


async def test_a_fleet_whose_certificates_end_together_is_alerted_to_the_last(node: nodes.Watched) -> None:
    count = 3 * runtime.Actor.capacity
    for number in range(count):
        await node.write(chargers.add, {"id": f"CP-{number}"})
    async with trio.open_nursery() as together:
        for number in range(count):
            together.start_soon(issued, node, 3 * DAY, f"{number:x}", f"CP-{number}")
    await renewals.look(node.services)
    assert len({alert.subject for alert in node.have(events.AlertRaised)}) == count


async def test_what_ends_within_a_week_is_alerted_once_a_day(node: nodes.Watched) -> None:
    await issued(node, 3 * DAY)
    for _ in range(2):
        await renewals.look(node.services)
    await node.recorded(events.AlertRaised)
    await revocations.revoke(node.services, "abc", "superseded")
    [alert] = node.have(events.AlertRaised)
    assert (alert.kind, alert.subject) == ("certificate_ends", "CP-01")


async def test_what_ended_long_ago_is_alerted_no_more(node: nodes.Watched) -> None:
    await issued(node, -DAY, "1")
    await issued(node, -30 * DAY, "2", "CP-02")
    await renewals.look(node.services)
    assert [alert.subject for alert in node.have(events.AlertRaised)] == ["CP-01"]


async def test_a_revoked_certificate_ends_its_connection_and_opens_the_door_no_more(
    node: nodes.Watched, nursery: trio.Nursery
) -> None:
    station = await issuing.booted(node, nursery, "ocpp1.6")
    chain = await issuing.signed(station, pki.request())
    await node.write(chargers.change, "CP-01", {"security_profile": 3})
    await station.close()
    secure = await issuing.come(node, nursery, "ocpp1.6", issuing.shows(node, chain))
    serial = (await issuing.only(node)).serial_number or ""
    await revocations.revoke(node.services, serial, "key_compromise")
    assert (await secure.closed()).code == 1008
    with pytest.RaisesGroup(trio_websocket.ConnectionRejected, flatten_subgroups=True):
        async with support.charger(_url(node), tls=issuing.shows(node, chain)):
            pass
    alert = await node.recorded(events.AlertRaised)
    assert (alert.kind, alert.subject) == ("sign_in_refused", "CP-01")
    assert "certificate_revoked" in alert.detail
    kept = store.Store(node.settings.data / "pki", pki.OWNER)
    [crl] = revocation.read((kept.directory / "revoked.crl").read_bytes())
    assert crl.get_revoked_certificate_by_serial_number(int(serial, 16)) is not None


def _url(node: nodes.Watched) -> str:
    assert node.front.gateway is not None
    return f"{node.front.gateway.endpoints[1].url}/CP-01"
