"""Bodies that are no JSON, too large, or not there."""

import logging

import httpx
import pytest
import trio

from tests.api.answers import problem

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [b'{"name":', b"name=x", b'{"name": NaN}', b'{"name": "\xff"}', b"\xff\xfe{}", b"[" * 100_000, b'{"a":' * 50_000],
    ids=["cut off", "form", "NaN", "not UTF-8", "UTF-16", "deep list", "deep object"],
)
async def test_what_is_no_json_is_the_senders_fault(
    admin: httpx.AsyncClient, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    for path in ("/api/v1/stations", "/api/v1/chargers/CP-01/ocpp/Reset"):
        told = problem(await admin.post(path, content=body, headers=JSON), 400, "invalid_json")
        assert told["detail"].startswith("The body is not valid JSON: ")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_missing_body_is_named(admin: httpx.AsyncClient) -> None:
    assert "the body: is missing" in problem(await admin.post("/api/v1/stations"), 400)["detail"]


async def test_a_body_over_the_limit_is_413(admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/api/v1/stations", content=b" " * 1_000_001, headers=JSON)
    problem(answer, 413, "body_too_large")


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_fault_of_ours(
    admin: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    url = admin.base_url
    request = f"POST /api/v1/login HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: 50\r\n\r\n{{"
    async with await trio.open_tcp_stream(url.host, url.port or 80) as stream:
        await stream.send_all(request.encode())
        await stream.send_eof()
        await stream.receive_some()
    assert (await admin.get("/health/live")).is_success
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
