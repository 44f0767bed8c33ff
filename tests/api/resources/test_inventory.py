"""What a charger holds and reported, as people see it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest

from actors.recording import journal
from api import views
from api.resources import inventory as resource
from api.server import Serving
from csms.domain import events
from csms.domain import inventory as domain
from csms.storage.records import Append, Entry, New
from tests.api import answers, station

CP_01 = "/api/v1/chargers/CP-01"


class KindPage(views.View, frozen=True):
    items: Sequence[resource.Kind]
    next_cursor: str | None


class ThingPage(views.View, frozen=True):
    items: Sequence[resource.Thing]
    next_cursor: str | None


class ReportPage(views.View, frozen=True):
    items: Sequence[resource.Report]
    next_cursor: str | None


@pytest.fixture
async def filled(admin: httpx.AsyncClient, serving: Serving) -> None:
    """CP-01 with two variables and a message."""
    (await admin.post("/api/v1/chargers", json={"id": "CP-01"})).raise_for_status()
    changes = (
        domain.Change(kind="variables", put={"A.x": {"value": "1"}, "B.y": {"value": "2"}}),
        domain.Change(kind="display-messages", put={"7": {"id": 7}}),
        domain.Change(kind="reservations", put={"9": {"state": "active", "expires_at": station.AT, "evse_id": 1}}),
    )
    entry = Entry("charger:CP-01", None, (New(events.InventoryChanged(changes=changes)),))
    await journal.append(serving.node.services.journal, Append(entries=(entry,), at=datetime.now(UTC)))


async def test_the_kinds_of_things_are_counted(filled: None, admin: httpx.AsyncClient) -> None:
    page = answers.converted(await admin.get(f"{CP_01}/inventory"), KindPage)
    assert [(item.kind, item.count) for item in page.items] == [
        ("display-messages", 1),
        ("reservations", 1),
        ("variables", 2),
    ]


async def test_things_of_a_kind_are_listed_and_filtered(filled: None, admin: httpx.AsyncClient) -> None:
    listed = answers.converted(await admin.get(f"{CP_01}/inventory/variables"), ThingPage)
    assert [(item.key, item.body) for item in listed.items] == [("A.x", {"value": "1"}), ("B.y", {"value": "2"})]
    found = await admin.get(f"{CP_01}/inventory/variables", params={"prefix": "B."})
    assert [item.key for item in answers.converted(found, ThingPage).items] == ["B.y"]
    over = answers.converted(await admin.get(f"{CP_01}/inventory/reservations"), ThingPage)
    assert [item.body["state"] for item in over.items] == ["expired"]


async def test_reports_are_listed_newest_first_and_by_action(
    charger: station.Station, admin: httpx.AsyncClient
) -> None:
    await charger.call("FirmwareStatusNotification", {"status": "Downloading"})
    await charger.call("DiagnosticsStatusNotification", {"status": "Idle"})
    page = answers.converted(await admin.get(f"{CP_01}/reports"), ReportPage)
    assert [item.action for item in page.items] == ["DiagnosticsStatusNotification", "FirmwareStatusNotification"]
    some = await admin.get(f"{CP_01}/reports", params={"action": "FirmwareStatusNotification"})
    assert [item.payload for item in answers.converted(some, ReportPage).items] == [{"status": "Downloading"}]


@pytest.mark.parametrize("path", ["inventory", "inventory/variables", "reports"])
async def test_an_unknown_charger_has_nothing(admin: httpx.AsyncClient, path: str) -> None:
    answers.problem(await admin.get(f"/api/v1/chargers/NOBODY/{path}"), 404)
