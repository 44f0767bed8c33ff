"""A key that is narrowed to stations writes templates for these alone, and reads those that concern them."""

from collections.abc import Callable
from typing import Any

import httpx

V1 = "/api/v1"


async def test_it_may_write_templates_for_its_own_stations(
    admin: httpx.AsyncClient, client_for: Callable[..., httpx.AsyncClient]
) -> None:
    async def made(client: httpx.AsyncClient, path: str, **body: Any) -> httpx.Response:
        return await client.post(f"{V1}/{path}", json=body)

    place = {"country": "DE", "time_zone": "Europe/Berlin"}
    mine, theirs = [(await made(admin, "stations", name=name, **place)).json()["id"] for name in ("Mine", "Theirs")]
    scope = {"station_ids": [mine]}
    answer = await made(admin, "api-keys", name="k", role="operations", scope=scope)
    cases: list[tuple[dict[str, Any] | None, bool]] = [
        ({"station_ids": [mine]}, True),
        ({"station_ids": [mine, theirs]}, False),
        ({"charger_ids": ["CP-01"]}, False),
        ({}, False),
        (None, False),
    ]
    async with client_for(answer.json()["key"]) as narrow:
        for match, allowed in cases:
            body = {"name": "T", "settings": {"Key": "1"}, "match": match}
            assert (await made(narrow, "templates", **body)).status_code == (201 if allowed else 403), match
            url = f"{V1}/templates/{(await made(admin, 'templates', **body)).json()['id']}"
            assert (await narrow.get(url)).status_code == 200, "it concerns its stations"
            assert (await narrow.patch(url, json={"match": scope})).status_code == (200 if allowed else 403), match
            assert (await narrow.patch(url, json={"match": {}})).status_code == 403
            assert (await narrow.delete(url)).status_code == (204 if allowed else 403), match
