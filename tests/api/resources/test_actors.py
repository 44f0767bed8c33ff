"""GET /actors: the supervision tree as README draws it."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api import station

README = Path(__file__).resolve().parents[3] / "README.md"
ROW = re.compile(r"^[├└]─ (\w+)", re.MULTILINE)


@pytest.fixture
async def root(admin: httpx.AsyncClient) -> dict[str, Any]:
    return dict((await admin.get("/api/v1/actors")).raise_for_status().json())


def named(row: dict[str, Any], child: str) -> dict[str, Any]:
    return {each["id"]: dict(each) for each in row["children"]}[child]


async def test_it_is_what_readme_draws(root: dict[str, Any]) -> None:
    assert root["id"] == "root"
    assert [each["id"] for each in root["children"]] == ROW.findall(README.read_text("utf-8"))


async def test_every_actor_tells_how_it_fares(root: dict[str, Any]) -> None:
    journal = named(root, "journal")
    assert (journal["type"], journal["state"], journal["restarts"], journal["mailbox"]) == ("worker", "running", 0, 0)
    assert journal["last_reason"] is None
    assert named(root, "recovery")["last_reason"] == "normal"


async def test_a_connected_charger_is_in_it(charger: station.Station, admin: httpx.AsyncClient) -> None:
    root = (await admin.get("/api/v1/actors")).json()
    [row] = named(root, "chargers")["children"]
    assert (row["name"], row["state"]) == ("chargers/CP-01", "running")
