"""What a session costs while it runs and in the end, and sessions that are continued after a reset."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from api import cli, server, views
from api.resources import session_costs, sessions
from tests.api.answers import converted, problem
from tests.api.conftest import Driver
from tests.api.resources.test_sessions import only, until
from tests.api.station import Station

TARIFF: dict[str, Any] = {
    "id": "story",
    "name": "Story",
    "currency": "INR",
    "tax_included": True,
    "elements": [
        {
            "price_components": [
                {"type": "ENERGY", "price": "18.00"},
                {"type": "PARKING_TIME", "price": "180.00", "step_size": 60},
            ]
        }
    ],
}


async def priced(admin: httpx.AsyncClient) -> None:
    """The story's tariff is assigned to CP-01."""
    (await admin.post("/api/v1/tariffs", json=TARIFF)).raise_for_status()
    (await admin.put("/api/v1/chargers/CP-01/tariff", json={"tariff_id": "story"})).raise_for_status()


class Telling:
    """CP-01 tells what happened on its connector; minutes count back from the moment the test began."""

    def __init__(self, charger: Station) -> None:
        self._charger = charger
        self._now = datetime.now(UTC).replace(microsecond=0)

    def ago(self, minutes: float) -> str:
        """A moment."""
        return (self._now - timedelta(minutes=minutes)).isoformat()

    async def began(self, meter: int, minutes: float) -> int:
        """A transaction began and charges; its id."""
        said = {"connectorId": 1, "idTag": "CARD", "meterStart": meter, "timestamp": self.ago(minutes)}
        number: int = (await self._charger.call("StartTransaction", said))["transactionId"]
        await self.noted("Charging", minutes)
        return number

    async def noted(self, status: str, minutes: float) -> None:
        """The connector's status."""
        said = {"connectorId": 1, "errorCode": "NoError", "status": status, "timestamp": self.ago(minutes)}
        await self._charger.call("StatusNotification", said)

    async def stopped(self, number: int, meter: int, minutes: float, **more: Any) -> None:
        """The transaction stopped."""
        said = {"transactionId": number, "meterStop": meter, "timestamp": self.ago(minutes), **more}
        await self._charger.call("StopTransaction", said)


@pytest.fixture
def telling(charger: Station) -> Telling:
    return Telling(charger)


async def test_what_a_session_costs_is_shown_from_the_first_sample_to_the_bill(
    admin: httpx.AsyncClient,
    charger: Station,
    telling: Telling,
    serving: server.Serving,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await priced(admin)
    number = await telling.began(1000, 70)
    await charger.meter(number, 12_000, telling.ago(40))
    running = converted(await admin.get(f"/api/v1/sessions/{(await only(admin))['id']}"), sessions.Session)
    assert (running.tariff_id, running.cost) == ("story", views.Money(amount="198.00", currency="INR"))
    assert (await only(admin))["cost"] == {"amount": "198.00", "currency": "INR"}
    so_far = converted(await admin.get(f"/api/v1/sessions/{running.id}/cost"), session_costs.Cost)
    assert (so_far.revision, so_far.total_incl, [line.dimension for line in so_far.lines]) == (
        None,
        "198.00",
        ["ENERGY"],
    )
    assert await replayed(serving, running.id, capsys) == await shown(admin, running.id)

    await telling.noted("SuspendedEV", 10)
    await telling.stopped(number, 23_000, 5)
    await telling.noted("Available", 0)
    assert (await only(admin))["cost"] == {"amount": "426.00", "currency": "INR"}
    bill = converted(await admin.get(f"/api/v1/sessions/{running.id}/cost"), session_costs.Cost)
    assert (bill.revision, bill.total_incl, bill.idle_s, bill.covers) == (1, "426.00", 600, [running.id])
    assert [(line.quantity, line.amount_incl) for line in bill.lines] == [("22000", "396.00"), ("600", "30.00")]
    assert await replayed(serving, running.id, capsys) == await shown(admin, running.id)


async def shown(admin: httpx.AsyncClient, session_id: str) -> dict[str, Any]:
    """The session without what the clock moves."""
    found: dict[str, Any] = (await admin.get(f"/api/v1/sessions/{session_id}")).json()
    return found | {"duration_s": None}


async def replayed(serving: server.Serving, session_id: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The same as replay has it."""
    assert cli.main(["replay", session_id, "--json", "--data", str(serving.node.settings.data)]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found | {"duration_s": None}


async def test_a_session_without_a_tariff_costs_nothing(admin: httpx.AsyncClient, charger: Station) -> None:
    await charger.start()
    found = await only(admin)
    assert (found["tariff_id"], found["cost"]) == (None, None)
    free = converted(await admin.get(f"/api/v1/sessions/{found['id']}/cost"), session_costs.Cost)
    assert (free.currency, free.total_incl, free.lines) == (None, None, [])


async def test_a_session_that_a_reset_ended_goes_on_as_another_on_one_bill(
    admin: httpx.AsyncClient, telling: Telling
) -> None:
    await priced(admin)
    number = await telling.began(1000, 60)
    first = (await only(admin))["id"]
    problem(await admin.post(f"/api/v1/sessions/{first}/continue"), 409, "session_not_over")
    await telling.stopped(number, 11_000, 30, reason="HardReset")
    begun = converted(await admin.post(f"/api/v1/sessions/{first}/continue"), views.RemoteStart)
    refused = problem(await admin.post(f"/api/v1/sessions/{first}/continue"), 409, "session_continued")
    assert begun.id in refused["detail"]
    again = await telling.began(11_000, 20)
    await until(admin, begun.id, status="active", continues=first, tariff_id="story")
    await telling.stopped(again, 23_000, 0, reason="EVDisconnected")
    bill = converted(await admin.get(f"/api/v1/sessions/{begun.id}/cost"), session_costs.Cost)
    assert (bill.covers, bill.total_incl) == ([first, begun.id], "396.00")


async def test_drivers_see_what_their_own_sessions_cost_only(
    admin: httpx.AsyncClient, charger: Station, driver: Driver
) -> None:
    await charger.start()
    session_id = (await only(admin))["id"]
    problem(await driver.client.get(f"/api/v1/sessions/{session_id}/cost"), 404)
    problem(await driver.client.post(f"/api/v1/sessions/{session_id}/continue"), 404)
