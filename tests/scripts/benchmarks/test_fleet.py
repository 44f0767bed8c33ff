"""The benchmarks' chargers against a real server: what they measure is what real chargers do."""

import asyncio
from collections.abc import Iterator

import pytest

from scripts.benchmarks import _api, _fleet, _servers


@pytest.fixture(scope="module")
def server() -> Iterator[_servers.Server]:
    """With three chargers of profile 1."""
    with _servers.site(3, profile=1) as site, _servers.serving(site) as serving:
        yield serving


def test_they_boot_charge_and_sample(server: _servers.Server) -> None:
    async def life() -> int:
        chargers = await _fleet.arrive(server, range(3))
        await asyncio.gather(*(charger.charge() for charger in chargers))
        took: list[float] = []
        await _fleet.flow(chargers, rate=1000, seconds=0.03, took=took)
        await _fleet.leave(chargers)
        return len(took)

    assert asyncio.run(life()) == 30
    with _api.Api(server) as api:
        sessions = api.get("/sessions")["items"]
    assert sorted((each["charger_id"], each["energy_wh"]) for each in sessions) == [
        ("BENCH-0", 10),
        ("BENCH-1", 10),
        ("BENCH-2", 10),
    ]


def test_without_the_password_they_are_refused(server: _servers.Server) -> None:
    stranger = server._replace(passwords={})
    with pytest.raises(ConnectionError, match=r"BENCH-0: HTTP/1\.1 401"):
        asyncio.run(_fleet.connect(stranger, [0]))


def test_they_obey(server: _servers.Server) -> None:
    async def told() -> str:
        chargers = await _fleet.arrive(server, [1])
        with await asyncio.to_thread(_api.Api, server) as api:
            answer = await asyncio.to_thread(api.post, "/chargers/BENCH-1/commands/clear-cache", {})
        await _fleet.leave(chargers)
        return str(answer["status"])

    assert asyncio.run(told()) == "accepted"


def test_the_servers_work_is_accounted_by_itself(server: _servers.Server) -> None:
    before = server.cpu_s
    with _api.Api(server):
        assert server.cpu_s > before
    assert server.memory_kb > 10_000
