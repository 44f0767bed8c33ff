"""Hostile peers do what they can while others charge: nobody else notices, and nothing of them stays."""

import gc
import os
import resource
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec
import pytest
import trio
import trustme

from actors import tree
from api import connection, server
from csms import config
from csms.domain.session import Session
from csms.storage import operations
from tests.actors import node as nodes
from tests.chaos import crowd, hostile

WELL_BEHAVED = [f"CP-{number}" for number in range(5)]
NEWCOMER = "CP-NEW"
MEMORY = 64 * 2**20
"""Bytes that may stay in use after an attack: generous, for the attackers live in the same process."""
FILES = 8
"""File descriptors that may stay open: connections of readers, which are opened when first needed."""


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    issued = trustme.CA().issue_cert("127.0.0.1")
    chain, key = tmp_path / "server.pem", tmp_path / "server.key"
    issued.cert_chain_pems[0].write_to_path(chain)
    issued.private_key_pem.write_to_path(key)
    return chain, key


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP clients have a second for a body, and for being refused."""
    monkeypatch.setattr(connection, "Limits", partial(connection.Limits, body=1, linger=1))


@pytest.fixture
async def serving(
    tmp_path: Path, certificate: tuple[Path, Path], impatient: None, nursery: trio.Nursery
) -> AsyncIterator[server.Serving]:
    """A server whose chargers and clients have a second to connect, and all that it serves."""
    chain, key = certificate
    settings = config.Settings(
        data=tmp_path / "data",
        http_port=0,
        http_idle_timeout=1,
        ocpp_port=0,
        ocpps_port=0,
        tls_certificate=(chain,),
        tls_key=(key,),
        handshake_timeout=1,
        frame_rate_limit=500,
    )
    serving: server.Serving = await nursery.start(server.serve, settings)
    for charger_id in (*WELL_BEHAVED, NEWCOMER, hostile.EVIL):
        await serving.node.write(operations.run, "charger.add", {"id": charger_id, "connectors": [{"id": 1}]})
        await serving.node.write(operations.run, "token.add", {"id_token": crowd.token_of(charger_id)})
    yield serving
    nursery.cancel_scope.cancel()


@pytest.fixture
def target(serving: server.Serving) -> hostile.Target:
    gateway = serving.node.front.gateway
    assert gateway is not None
    return hostile.Target(gateway.endpoints[0].url, serving.http, gateway.endpoints[1].url)


class Used(NamedTuple):
    """What the process uses: bytes, file descriptors, tasks."""

    memory: int
    files: int
    tasks: int


def used() -> Used:
    gc.collect()
    memory = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return Used(memory, len(list(Path("/proc/self/fd").iterdir())), tasks())


def tasks() -> int:
    return trio.lowlevel.current_statistics().tasks_living


async def energies(node: tree.Node) -> dict[str, Decimal]:
    """Wh by charger, of sessions that are stopped."""

    def query(conn: sqlite3.Connection) -> dict[str, Decimal]:
        states = [msgspec.msgpack.decode(row[0], type=Session) for row in conn.execute("SELECT state FROM sessions")]
        return {state.charger_id: state.energy_wh for state in states if state.stopped_at is not None}

    return await node.read(query)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells what a process uses")
@pytest.mark.parametrize("attack", hostile.ATTACKS, ids=lambda attack: attack.__name__)
async def test_others_go_on_charging_and_nothing_stays(
    serving: server.Serving, target: hostile.Target, attack: hostile.Attack
) -> None:
    async with crowd.charging(target.ocpp, WELL_BEHAVED) as others:
        async with hostile.upgraded(target):  # its actor stays awake for a while
            await others.goes_on()
        await settled(serving)
        before = used()
        await attack(target, others.goes_on)
        await others.goes_on()
        async with httpx.AsyncClient(base_url=target.http) as client:
            assert (await client.get("/health/ready")).is_success
        await nodes.until(lambda: tasks() <= before.tasks)
        after = used()
        assert after.memory - before.memory < MEMORY
        assert after.files - before.files < FILES
    assert serving.node.system.crashes == 0
    assert await energies(serving.node) == {member.id: member.wh for member in others.members}


@pytest.mark.parametrize(
    "attack", [hostile.idle_on_both_ports, hostile.half_handshakes, hostile.slow_handshakes], ids=lambda a: a.__name__
)
async def test_newcomers_are_let_in_meanwhile(
    serving: server.Serving, target: hostile.Target, attack: hostile.Attack
) -> None:
    async with crowd.charging(target.ocpp, WELL_BEHAVED[:1]) as others:
        came = trio.Event()

        async def held() -> None:
            if not came.is_set():
                came.set()
                await others.join(NEWCOMER)
            await others.goes_on()

        await attack(target, held)
        assert others.ids == [WELL_BEHAVED[0], NEWCOMER]


async def test_without_file_descriptors_nobody_new_is_accepted_until_there_are_some_and_nothing_ends(
    serving: server.Serving, target: hostile.Target, caplog: pytest.LogCaptureFixture
) -> None:
    async with crowd.charging(target.ocpp, WELL_BEHAVED) as others:
        await others.goes_on()
        with few_files(used().files + 40):
            async with hostile.all_there_are(target):
                await others.goes_on(20)
        assert "trio.serve_listeners" in {record.name for record in caplog.records}, "it never ran out"
        await others.join(NEWCOMER)
        async with httpx.AsyncClient(base_url=target.http) as client:
            assert (await client.get("/health/ready")).is_success
    assert serving.node.system.crashes == 0


@contextmanager
def few_files(most: int) -> Iterator[None]:
    """The process may have so many file descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def settled(serving: server.Serving) -> None:
    """Wait until only those are connected who charge."""
    gateway = serving.node.front.gateway
    assert gateway is not None
    await nodes.until(lambda: gateway.statistics().connections == len(WELL_BEHAVED))
