"""A fleet over HTTP: its members, its month as draft, invoice and payment, its statement as JSON and CSV."""

from datetime import UTC, datetime

import httpx
import pytest

from actors.services import utc_now
from api import views
from api.resources import documents, fleet, invoices
from csms.storage.billing import statements
from tests.api.answers import converted, problem
from tests.api.conftest import Driver
from tests.api.resources.test_session_costs import Telling, priced, telling
from tests.api.resources.test_sessions import only
from tests.api.station import Station

__all__ = ["telling"]
API = "/api/v1"


@pytest.fixture
async def fleet_session(admin: httpx.AsyncClient, charger: Station, telling: Telling) -> str:
    """A session of a card of Blue Cabs, cost centre north, that cost 396.00 INR."""
    (await admin.post(f"{API}/accounts", json={**fleet.NEW, "id": "blue"})).raise_for_status()
    [card] = (await admin.get(f"{API}/tokens")).json()["items"]
    member = {"token": card["id"], "cost_centre": "north"}
    converted(await admin.post(f"{API}/accounts/blue/members", json=member), fleet.Member)
    await priced(admin)
    number = await telling.began(1000, 70)
    await charger.meter(number, 23_000, telling.ago(10))
    await telling.stopped(number, 23_000, 0)
    await telling.noted("Available", 0)
    return str((await only(admin))["id"])


async def test_a_fleets_month_from_the_session_to_the_money(admin: httpx.AsyncClient, fleet_session: str) -> None:
    record = converted(await admin.get(f"{API}/sessions/{fleet_session}/receipt"), documents.Document)
    assert (record.number, record.status, record.account_id) == (None, "charged", "blue")
    month = datetime.now(UTC).strftime("%Y-%m")
    made = converted(await admin.post(f"{API}/invoices", json={"month": month}), views.paged(invoices.Invoice))
    [draft] = made.items
    assert (draft.status, draft.number, draft.sessions, draft.total.amount) == ("draft", None, 1, "396.00")
    issued = converted(await admin.post(f"{API}/invoices/{draft.id}/issue"), invoices.Invoice)
    assert (issued.status, issued.number, issued.overdue) == ("issued", "CN-I-000001", False)
    assert (await admin.get(f"{API}/invoices?overdue=true")).json()["items"] == []
    problem(await admin.delete(f"{API}/invoices/{draft.id}"), 409, "wrong_status")
    paper = converted(await admin.get(f"{API}/documents/CN-I-000001"), documents.Document)
    assert [(line.session_id, line.cost_centre) for line in paper.lines] == [(fleet_session, "north")]
    assert paper.buyer is not None
    assert paper.buyer.name == "Blue Cabs"
    paid = converted(await admin.post(f"{API}/invoices/{draft.id}/paid", json=invoices.PAYMENT), invoices.Invoice)
    assert (paid.status, paid.balance.amount) == ("paid", "0.00")
    listed = converted(await admin.get(f"{API}/invoices?account_id=blue"), views.paged(invoices.Invoice))
    assert [each.status for each in listed.items] == ["paid"]
    again = converted(await admin.get(f"{API}/sessions/{fleet_session}/receipt"), documents.Document)
    assert again.invoice == "CN-I-000001"
    problem(await admin.post(f"{API}/invoices/{draft.id}/paid", json=invoices.PAYMENT), 409, "wrong_status")


async def test_what_a_fleet_was_charged_comes_as_json_and_as_csv(admin: httpx.AsyncClient, fleet_session: str) -> None:
    (await admin.get(f"{API}/sessions/{fleet_session}/receipt")).raise_for_status()
    path = f"{API}/accounts/blue/charges"
    [charge] = converted(await admin.get(path), fleet.Charges).items
    assert (charge.session_id, charge.cost_centre, charge.invoice) == (fleet_session, "north", None)
    table = await admin.get(path, headers={"Accept": "text/csv"})
    assert table.headers["content-type"].startswith("text/csv")
    head, row, *_ = table.text.splitlines()
    assert head.startswith("session_id,ended_at,energy_wh,cost_centre")
    assert row.startswith(f"{fleet_session},")
    assert row.endswith(",INR")
    assert converted(await admin.get(f"{API}/accounts/blue/statement"), fleet.Statement).items == []


async def test_an_account_lives_from_post_to_delete(admin: httpx.AsyncClient, driver: Driver) -> None:
    account = converted(await admin.post(f"{API}/accounts", json=fleet.NEW), fleet.Account)
    path = f"{API}/accounts/{account.id}"
    etag = (await admin.get(path)).headers["etag"]
    patched = await admin.patch(path, json={"payment_days": 30}, headers={"If-Match": etag})
    assert converted(patched, fleet.Account).payment_days == 30
    problem(await admin.patch(path, json={"payment_days": 9}, headers={"If-Match": etag}), 412)
    member = converted(await admin.post(f"{path}/members", json=fleet.NEW_MEMBER), fleet.Member)
    problem(await admin.post(f"{path}/members", json=fleet.NEW_MEMBER), 409, "already_exists")
    problem(await admin.post(f"{path}/members", json={"cost_centre": "north"}), 422, "invalid")
    problem(await admin.post(f"{path}/members", json={"token": "t0"}), 422, "invalid")
    assert converted(await admin.get(f"{path}/members"), views.paged(fleet.Member)).items == [member]
    problem(await driver.client.get(path), 404)
    assert (await driver.client.get(f"{API}/accounts")).json()["items"] == []
    assert (await driver.client.get(f"{API}/invoices")).json()["items"] == []
    assert (await admin.delete(f"{path}/members/{member.id}")).status_code == 204
    assert (await admin.delete(path)).status_code == 204
    problem(await admin.get(path), 404)


def test_days_are_the_last_year_where_nothing_is_said() -> None:
    today = utc_now().date()
    begin, end = statements.days(None, None, today)
    assert begin < today < end
