"""HEAD and OPTIONS."""

import httpx
import pytest

from tests.api.answers import problem


@pytest.mark.parametrize("path", ["/", "/health/live", "/metrics", "/api/v1/chargers", "/api/v1/schema"])
async def test_head_is_get_without_the_body(admin: httpx.AsyncClient, path: str) -> None:
    head, get = await admin.head(path), await admin.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


async def test_head_of_an_event_stream_ends(admin: httpx.AsyncClient) -> None:
    answer = await admin.head("/api/v1/events")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


async def test_head_asks_for_the_same_permission_as_get(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.head("/api/v1/chargers")).status_code == 401
    assert (await anonymous.head("/api/v1/nothing")).status_code == 404


async def test_options_names_every_method_of_a_path(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.options("/api/v1/stations/x")
    assert (answer.status_code, answer.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PATCH")


async def test_another_method_is_405_and_told_which_there_are(admin: httpx.AsyncClient) -> None:
    answer = await admin.put("/api/v1/chargers")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
