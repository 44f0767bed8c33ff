"""A real server on free ports for each test, people with every role, and a charger that answers."""

import dataclasses
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import argon2
import httpx
import pytest
import trio
from litestar import Litestar

from actors import tree
from api import app, server
from api.permissions import Role
from csms import config, credentials
from csms.storage.reference import users
from tests.api import station

PASSWORD = "correct horse battery staple"
ADMIN = "admin@example.com"


_APPS: list[Litestar] = []
"""Apps that tests made, for the tests after them: to make one takes longer than most tests."""


@pytest.fixture(autouse=True)
def _apps_made_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server takes an app that no other server of this test has."""
    free = [*_APPS]

    def create(node: tree.Node) -> Litestar:
        if not free:
            free.append(app.build())
            _APPS.extend(free)
        taken = free.pop()
        app.furnish(taken, node)
        return taken

    monkeypatch.setattr(app, "create", create)


@pytest.fixture(autouse=True)
def _light_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost no work here; how much they cost elsewhere is tests/csms/test_credentials.py's."""
    monkeypatch.setattr(credentials, "_argon2", argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def settings(tmp_path: Path) -> config.Settings:
    return config.Settings(
        data=tmp_path / "data",
        http_port=0,
        ocpp_port=0,
        admin_email=ADMIN,
        admin_password=PASSWORD,
        command_timeout=20,
    )


@pytest.fixture
async def serving(settings: config.Settings, nursery: trio.Nursery) -> AsyncIterator[server.Serving]:
    """Everything listens; drained at the end."""
    serving: server.Serving = await nursery.start(server.serve, settings)
    yield serving
    nursery.cancel_scope.cancel()


@pytest.fixture
def client_for(serving: server.Serving) -> Callable[..., httpx.AsyncClient]:
    """Makes HTTP clients of the server."""

    def make(token: str | None = None, **options: Any) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # Plain http: reading all of the world's root certificates takes longer than most tests.
        return httpx.AsyncClient(base_url=serving.http, headers=headers, timeout=30, verify=False, **options)

    return make


@pytest.fixture
async def anonymous(client_for: Callable[..., httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    """Nobody."""
    async with client_for() as client:
        yield client


@pytest.fixture
async def admin(
    anonymous: httpx.AsyncClient, client_for: Callable[..., httpx.AsyncClient]
) -> AsyncIterator[httpx.AsyncClient]:
    """The first admin, signed in with a token."""
    answer = await anonymous.post("/api/v1/login", json={"email": ADMIN, "password": PASSWORD})
    async with client_for(answer.raise_for_status().json()["token"]) as client:
        yield client


@pytest.fixture
async def keys(admin: httpx.AsyncClient) -> dict[Role, str]:
    """An API key for every role but driver, whose reach needs a person."""
    made = {}
    for role in Role:
        answer = await admin.post("/api/v1/api-keys", json={"name": f"test {role}", "role": role})
        made[role] = answer.raise_for_status().json()["key"]
    return made


class Driver:
    """A signed-in driver."""

    def __init__(self, client: httpx.AsyncClient, user_id: str) -> None:
        self.client = client
        self.id = user_id


@pytest.fixture
async def driver(serving: server.Serving, client_for: Callable[..., httpx.AsyncClient]) -> AsyncIterator[Driver]:
    """A driver, signed in with a token."""
    stored = credentials.hash_password(PASSWORD)
    added = await serving.node.write(users.add, {"email": "dina@example.com", "role": "driver"}, stored)
    async with client_for() as client:
        answer = await client.post("/api/v1/login", json={"email": "dina@example.com", "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"
        yield Driver(client, added.id)


@pytest.fixture
async def charger(
    admin: httpx.AsyncClient, serving: server.Serving, nursery: trio.Nursery
) -> AsyncIterator[station.Station]:
    """CP-01, registered with one connector, connected, booted and available; token CARD may charge."""
    body = {"id": "CP-01", "connectors": [{"id": 1, "standard": "IEC_62196_T2"}]}
    (await admin.post("/api/v1/chargers", json=body)).raise_for_status()
    (await admin.post("/api/v1/tokens", json={"id_token": "CARD"})).raise_for_status()
    connected: station.Station = await nursery.start(station.run, f"{serving.ocpp}/CP-01")
    await connected.boot()
    yield connected


@pytest.fixture
async def impatient(
    settings: config.Settings, tmp_path: Path, nursery: trio.Nursery
) -> AsyncIterator[httpx.AsyncClient]:
    """The admin of another server, which waits for chargers only for a moment."""
    hurried = dataclasses.replace(settings, data=tmp_path / "other", command_timeout=0.2)
    serving: server.Serving = await nursery.start(server.serve, hurried)
    async with httpx.AsyncClient(base_url=serving.http, timeout=30) as client:
        answer = await client.post("/api/v1/login", json={"email": ADMIN, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"
        client.headers["X-Ocpp"] = serving.ocpp
        yield client
    nursery.cancel_scope.cancel()


@pytest.fixture
async def impatient_charger(impatient: httpx.AsyncClient, nursery: trio.Nursery) -> station.Station:
    """CP-01 at that server."""
    (await impatient.post("/api/v1/chargers", json={"id": "CP-01"})).raise_for_status()
    connected: station.Station = await nursery.start(station.run, f"{impatient.headers['X-Ocpp']}/CP-01")
    await connected.boot()
    return connected
