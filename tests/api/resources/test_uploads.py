"""Logs that chargers send to a URL of ours: once, whole, bounded; listed, downloaded, removed, forgotten."""

import dataclasses
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from actors.upkeep import sweeping
from actors.upkeep import uploads as actor
from api import server, views
from api.resources import uploads as resource
from csms import config
from csms.storage import files
from csms.storage.reference import uploads as table
from tests.actors.node import until
from tests.api import answers, station

UPLOADS = "/api/v1/uploads"
LIMIT = 70_000
LOG = b"what happened\n" * 1000


@pytest.fixture
def settings(settings: config.Settings) -> config.Settings:
    return dataclasses.replace(settings, upload_limit=LIMIT)


async def ordered(serving: server.Serving, admin: httpx.AsyncClient, charger: station.Station) -> str:
    """What the charger was told to send its log to, without the host."""
    charger.answers["GetDiagnostics"] = {"fileName": "a.log"}
    (await admin.post("/api/v1/chargers/CP-01/commands/get-diagnostics", json={})).raise_for_status()
    location: str = charger.calls[-1][1]["location"]
    assert location.startswith(f"{serving.http}/uploads/")
    return location.removeprefix(serving.http)


@pytest.fixture
async def path(serving: server.Serving, admin: httpx.AsyncClient, charger: station.Station) -> str:
    return await ordered(serving, admin, charger)


@pytest.fixture
async def someone(serving: server.Serving) -> AsyncIterator[httpx.AsyncClient]:
    """The charger's HTTP client, which says who it is where nobody asked."""
    async with httpx.AsyncClient(base_url=serving.http, timeout=30, auth=("CP-01", "secret"), verify=False) as client:
        yield client


def folder(serving: server.Serving) -> Path:
    return actor.folder(serving.node.services)


async def newest(admin: httpx.AsyncClient) -> resource.Upload:
    page = await admin.get(UPLOADS, params={"charger_id": "cp-01"})
    found: resource.Upload = next(iter(answers.converted(page, views.paged(resource.Upload)).items))
    return found


WAYS: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", "", {"content": LOG}),
    ("POST", "", {"content": LOG}),
    ("PUT", "/..%2f..%2fetc/passwd", {"content": LOG}),
    ("POST", "", {"files": {"file": ("../../evil", LOG)}}),
]


async def test_a_log_is_ordered_sent_once_and_downloaded(
    serving: server.Serving, admin: httpx.AsyncClient, someone: httpx.AsyncClient, charger: station.Station
) -> None:
    for method, suffix, body in WAYS:
        path = await ordered(serving, admin, charger)
        waiting = await newest(admin)
        assert (waiting.charger_id, waiting.received_at, waiting.size) == ("CP-01", None, None)
        answers.problem(await admin.get(f"{UPLOADS}/{waiting.id}/content"), 404, "not_received")
        sent = await someone.request(method, path + suffix, **body)
        assert (sent.status_code, sent.json()["sha256"]) == (200, hashlib.sha256(LOG).hexdigest())
        there = await newest(admin)
        assert (there.id, there.size, there.sha256) == (waiting.id, len(LOG), sent.json()["sha256"])
        assert there.name == ("passwd" if suffix else "")
        got = await admin.get(f"{UPLOADS}/{there.id}/content")
        assert (got.content, got.headers["content-type"]) == (LOG, "application/octet-stream")
        assert got.headers["content-disposition"].startswith('attachment; filename="CP-01-')
        part = await admin.get(f"{UPLOADS}/{there.id}/content", headers={"Range": "bytes=5-12"})
        assert (part.status_code, part.content) == (206, LOG[5:13])
        answers.problem(await someone.put(path, content=LOG), 409, "upload_done")


async def test_the_secret_is_nowhere_but_in_the_call_and_good_for_a_day(
    serving: server.Serving, admin: httpx.AsyncClient, someone: httpx.AsyncClient, path: str
) -> None:
    secret = path.rsplit("/", 1)[-1]
    shown = [await admin.get(f"/api/v1/chargers/CP-01/{what}") for what in ("messages", "commands", "inventory/logs")]
    assert all(secret not in answer.text for answer in shown)
    assert secret.encode() not in (serving.node.settings.data / "csms.sqlite3-wal").read_bytes()
    answers.problem(await someone.put("/uploads/" + "x" * 43, content=LOG), 404, "upload_unknown")
    late = serving.node.services.now() + table.LIFETIME
    serving.node.services.now = lambda: late
    answers.problem(await someone.put(path, content=LOG), 404, "upload_unknown")
    serving.node.services.http = None
    answer = await admin.post("/api/v1/chargers/CP-01/commands/get-diagnostics", json={})
    assert "CSMS_PUBLIC_URL" in answers.problem(answer, 422, "no_public_url")["detail"]


async def test_a_file_that_broke_off_may_be_sent_again(
    serving: server.Serving, someone: httpx.AsyncClient, path: str
) -> None:
    host, port = serving.http.removeprefix("http://").split(":")
    stream = await trio.open_tcp_stream(host, int(port))
    await stream.send_all(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf".encode())
    await until(lambda: serving.node.services.receiving)
    answers.problem(await someone.put(path, content=LOG), 409, "upload_done")
    await stream.aclose()
    await until(lambda: not serving.node.services.receiving)
    assert files.names(folder(serving)) == frozenset()
    assert (await someone.put(path, content=LOG)).status_code == 200


async def test_a_file_that_is_too_large_or_cannot_be_stored_is_refused_and_the_url_stays_good(
    serving: server.Serving, someone: httpx.AsyncClient, path: str
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LIMIT // 1000 + 1):
            yield b"x" * 1000

    answers.problem(await someone.put(path, content=b"x" * (LIMIT + 1)), 413, "body_too_large")
    answers.problem(await someone.put(path, content=pieces()), 413, "body_too_large")
    assert files.names(folder(serving)) == frozenset()
    folder(serving).rmdir()
    folder(serving).write_text("a file where the folder should be, as a disk that cannot be written")
    answers.problem(await someone.put(path, content=LOG), 503, "storage_unavailable")
    folder(serving).unlink()
    assert (await someone.put(path, content=b"x" * LIMIT)).status_code == 200


async def test_what_is_removed_old_or_unknown_is_gone_from_the_disk(
    serving: server.Serving, admin: httpx.AsyncClient, someone: httpx.AsyncClient, charger: station.Station
) -> None:
    for _ in range(2):
        await someone.put(await ordered(serving, admin, charger), content=LOG)
    first, second = answers.converted(await admin.get(UPLOADS), views.paged(resource.Upload)).items
    assert (await admin.delete(f"{UPLOADS}/{first.id}")).status_code == 204
    answers.problem(await admin.get(f"{UPLOADS}/{first.id}"), 404, "not_found")
    (folder(serving) / "stranger.part").write_text("of a server that was killed")
    await sweeping.sweep(serving.node.services)
    assert files.names(folder(serving)) == {second.id}
    later = serving.node.services.now() + timedelta(days=serving.node.settings.upload_days, seconds=1)
    serving.node.services.now = lambda: later
    await sweeping.sweep(serving.node.services)
    assert files.names(folder(serving)) == frozenset()
    answers.problem(await admin.get(f"{UPLOADS}/{second.id}"), 404)
