"""Receipts and other documents over HTTP: as JSON, as page and as PDF; taken back only by credit notes."""

import httpx
import pypdfium2
import pytest

from api import server, views
from api.permissions import Role
from api.resources import documents, sellers
from tests.api.answers import converted, problem
from tests.api.conftest import Driver
from tests.api.resources.test_session_costs import Telling, priced, telling
from tests.api.resources.test_sessions import only
from tests.api.station import Station

__all__ = ["telling"]
API = "/api/v1"


@pytest.fixture
async def session_id(admin: httpx.AsyncClient, charger: Station, telling: Telling) -> str:
    """The story's session: 22 kWh at 18 INR, then ten minutes idle at 3 INR; completed."""
    await priced(admin)
    number = await telling.began(1000, 70)
    await charger.meter(number, 23_000, telling.ago(12))
    await telling.noted("SuspendedEV", 10)
    await telling.stopped(number, 23_000, 5)
    await telling.noted("Available", 0)
    return str((await only(admin))["id"])


async def test_the_storys_receipt_has_a_number_and_the_sessions_cost(admin: httpx.AsyncClient, session_id: str) -> None:
    receipt = converted(await admin.get(f"{API}/sessions/{session_id}/receipt"), documents.Document)
    assert (receipt.number, receipt.kind, receipt.status) == ("CN-R-000001", "receipt", "issued")
    shown = (await admin.get(f"{API}/sessions/{session_id}")).json()["cost"]
    assert receipt.total == views.Money(**shown) == views.Money(amount="426.00", currency="INR")
    [billed] = receipt.sessions
    assert (billed.meter_start_wh, billed.meter_stop_wh, billed.energy_wh) == (1000, 23_000, 22_000)
    again = converted(await admin.get(f"{API}/sessions/{session_id}/receipt"), documents.Document)
    assert again == receipt


async def test_browsers_get_a_page_and_whoever_asks_a_pdf(admin: httpx.AsyncClient, session_id: str) -> None:
    path = f"{API}/sessions/{session_id}/receipt"
    page = await admin.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html")
    assert "426.00 INR" in page.text
    assert f'href="{path}"' in (await admin.get(f"/sessions/{session_id}")).text
    printed = await admin.get(path, headers={"Accept": "application/pdf"})
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.headers["content-disposition"] == 'inline; filename="CN-R-000001.pdf"'
    text = pypdfium2.PdfDocument(printed.content)[0].get_textpage().get_text_range()
    assert "426.00 INR" in text
    assert (await admin.get(path)).headers["content-type"] == "application/json"


async def test_they_are_in_the_language_that_is_asked_for(admin: httpx.AsyncClient, session_id: str) -> None:
    path = f"{API}/sessions/{session_id}/receipt"
    page = await admin.get(path, headers={"Accept": "text/html", "Accept-Language": "fr, hi-IN;q=0.8, en;q=0.5"})
    assert (page.headers["content-language"], page.headers["vary"]) == ("hi", "Accept, Accept-Language")
    assert "रसीद" in page.text
    german = {"Accept": "application/pdf", "Accept-Language": "de"}
    text = pypdfium2.PdfDocument((await admin.get(path, headers=german)).content)[0].get_textpage().get_text_range()
    assert "Quittung" in text
    assert "426,00 INR" in text


async def test_a_session_that_goes_on_has_no_receipt_yet_and_a_free_one_a_record(
    admin: httpx.AsyncClient, charger: Station, telling: Telling
) -> None:
    number = await telling.began(1000, 70)
    session_id = (await only(admin))["id"]
    problem(await admin.get(f"{API}/sessions/{session_id}/receipt"), 409, "session_not_over")
    await telling.stopped(number, 23_000, 5)
    await telling.noted("Available", 0)
    record = converted(await admin.get(f"{API}/sessions/{session_id}/receipt"), documents.Document)
    assert (record.number, record.kind, record.status, record.total) == (None, "record", "free", None)
    printed = await admin.get(f"{API}/sessions/{session_id}/receipt", headers={"Accept": "application/pdf"})
    assert printed.headers["content-disposition"] == f'inline; filename="session-{session_id}.pdf"'


async def test_a_document_is_corrected_by_a_credit_note_only(
    admin: httpx.AsyncClient, keys: dict[Role, str], session_id: str
) -> None:
    await admin.get(f"{API}/sessions/{session_id}/receipt")
    path = f"{API}/documents/CN-R-000001/credit-note"
    support = {"Authorization": f"Bearer {keys[Role.SUPPORT]}"}
    problem(await admin.post(path, json={"reason": "Goodwill"}, headers=support), 403, "forbidden")
    finance = {"Authorization": f"Bearer {keys[Role.FINANCE]}", "Idempotency-Key": "k"}
    note = converted(await admin.post(path, json={"reason": "Goodwill"}, headers=finance), documents.Document)
    assert (note.number, note.corrects, note.reason) == ("CN-C-000001", "CN-R-000001", "Goodwill")
    assert note.total == views.Money(amount="-426.00", currency="INR")
    again = await admin.post(path, json={"reason": "Goodwill"}, headers=finance)
    assert again.json()["number"] == "CN-C-000001"
    problem(await admin.post(path, json={"reason": "Twice"}), 409, "corrected_already")
    receipt = converted(await admin.get(f"{API}/sessions/{session_id}/receipt"), documents.Document)
    assert (receipt.number, receipt.status, receipt.corrected_by) == ("CN-R-000001", "corrected", ["CN-C-000001"])
    listed = converted(await admin.get(f"{API}/documents"), views.paged(documents.Listed))
    assert [each.number for each in listed.items] == ["CN-C-000001", "CN-R-000001"]
    assert (await admin.get(f"{API}/documents?kind=receipt&limit=1")).json()["items"][0]["corrected"] is True


async def test_drivers_see_their_own_documents_only(
    admin: httpx.AsyncClient, driver: Driver, serving: server.Serving, session_id: str
) -> None:
    await admin.get(f"{API}/sessions/{session_id}/receipt")
    problem(await driver.client.get(f"{API}/sessions/{session_id}/receipt"), 404)
    problem(await driver.client.get(f"{API}/documents/CN-R-000001"), 404)
    assert (await driver.client.get(f"{API}/documents")).json()["items"] == []
    named = sellers.NEW_BUYER
    assert (await driver.client.put(f"{API}/buyers/{driver.id}", json=named)).json()["name"] == "Asha Rao"
    problem(await driver.client.get(f"{API}/buyers/u0"), 404)
    assert (await driver.client.delete(f"{API}/buyers/{driver.id}")).status_code == 204
    problem(await driver.client.get(f"{API}/buyers/{driver.id}"), 404)


async def test_a_seller_has_its_series_and_its_tax_number_is_checked(admin: httpx.AsyncClient) -> None:
    added = await admin.post(f"{API}/sellers", json=sellers.NEW)
    seller = converted(added, sellers.Seller)
    problem(await admin.post(f"{API}/sellers", json={**sellers.NEW, "name": "Other"}), 422, "invalid")
    wrong = {"tax_id": "27AAPFU0939F1ZW"}
    refused = problem(await admin.patch(f"{API}/sellers/{seller.id}", json=wrong), 422, "invalid")
    assert "a check digit is wrong" in refused["detail"]
    etag = (await admin.get(f"{API}/sellers/{seller.id}")).headers["etag"]
    patched = await admin.patch(f"{API}/sellers/{seller.id}", json={"note": "Thanks."}, headers={"If-Match": etag})
    assert converted(patched, sellers.Seller).note == "Thanks."
    assert [each["id"] for each in (await admin.get(f"{API}/sellers")).json()["items"]] == ["default", seller.id]


async def test_a_part_is_credited_up_to_what_is_left(admin: httpx.AsyncClient, session_id: str) -> None:
    await admin.get(f"{API}/sessions/{session_id}/receipt")
    path = f"{API}/documents/CN-R-000001"
    body = {"reason": "Slow", "amount": "26.00"}
    note = converted(await admin.post(f"{path}/credit-note", json=body), documents.Document)
    assert note.total == views.Money(amount="-26.00", currency="INR")
    found = converted(await admin.get(path), documents.Document)
    assert (found.status, found.left) == ("partly_corrected", views.Money(amount="400.00", currency="INR"))
    problem(await admin.post(f"{path}/credit-note", json=body | {"amount": "400.01"}), 422, "invalid")
    problem(await admin.post(f"{path}/credit-note", json=body | {"amount": "much"}), 400, "invalid_request")
