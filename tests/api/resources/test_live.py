"""What the API shows comes from actors when they live, and from what is stored when not."""

import contextlib
from collections.abc import Iterator

import httpx
import pytest
import trio

from actors import runtime, session, tree
from actors.chargers import charger as charger_actor
from api import server
from tests.api.station import Station

CHARGER = "/api/v1/chargers/CP-01"


async def forget(serving: server.Serving, table: str) -> None:
    """Empty a read model, so that only an actor can know."""
    await serving.node.write(lambda conn: conn.execute(f"DELETE FROM {table}"))


async def running(admin: httpx.AsyncClient, charger: Station) -> str:
    """A session that charges; its path."""
    await charger.start()
    [found] = (await admin.get("/api/v1/sessions?status=active")).json()["items"]
    return f"/api/v1/sessions/{found['id']}"


@contextlib.contextmanager
def suspended(serving: server.Serving, name: str, kind: type[runtime.Actor]) -> Iterator[None]:
    """An actor stands still; afterwards it goes on, or the server's end would wait for it."""
    ref = serving.node.system.registry.lookup(name, kind)
    assert ref is not None
    runtime.sys.suspend(ref)
    yield
    runtime.sys.resume(ref)


async def test_a_charger_is_what_its_actor_knows(
    serving: server.Serving, admin: httpx.AsyncClient, charger: Station
) -> None:
    before = (await admin.get(CHARGER)).json()
    await forget(serving, "charger_states")
    after = (await admin.get(CHARGER)).json()
    assert (after["vendor"], after["online"]) == (before["vendor"], True) == ("ACME", True)


async def test_a_session_is_what_its_actor_knows(
    serving: server.Serving, admin: httpx.AsyncClient, charger: Station
) -> None:
    path = await running(admin, charger)
    await forget(serving, "sessions")
    assert (await admin.get(path)).json()["status"] == "active"


async def test_an_actor_that_does_not_answer_holds_nobody_up(
    serving: server.Serving, admin: httpx.AsyncClient, charger: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await running(admin, charger)
    monkeypatch.setattr(tree, "LIVE_SECONDS", 0.05)
    session_name = path.removeprefix("/api/v1/")
    with (
        suspended(serving, session_name, session.Session),
        suspended(serving, "chargers/CP-01", charger_actor.Charger),
        trio.fail_after(10),
    ):
        assert (await admin.get(path)).json()["status"] == "active"
        assert (await admin.get(CHARGER)).json()["online"] is True
