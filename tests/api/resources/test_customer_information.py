"""What chargers know of customers, as people see and erase it."""

from collections.abc import Sequence

import httpx

from actors.recording import journal
from api import views
from api.resources import customer_information as resource
from api.server import Serving
from csms.storage import queries
from csms.storage.reference import customer_information
from tests.api import answers

URL = "/api/v1/chargers/CP-01/customer-information"
AT = "2026-03-01T10:00:00Z"


class Page(views.View, frozen=True):
    items: Sequence[resource.CustomerInformation]
    next_cursor: str | None


async def keep(serving: Serving, number: int, data: str, *, last: bool = False, charger_id: str = "CP-01") -> None:
    part = customer_information.Part(charger_id, 7, number, data, last, AT)
    services = serving.node.services
    await journal.write(services.journal, customer_information.keep, part, services.now())


async def test_a_report_is_joined_from_its_parts_and_erased(admin: httpx.AsyncClient, serving: Serving) -> None:
    (await admin.post("/api/v1/chargers", json={"id": "CP-01"})).raise_for_status()
    await keep(serving, 1, "Smith", last=True)
    [part] = answers.converted(await admin.get(URL), Page).items
    assert not part.complete
    await keep(serving, 0, "Ms. ")
    await keep(serving, 0, "Ms. ")
    [report] = answers.converted(await admin.get(URL), Page).items
    assert (report.request_id, report.data, report.complete) == (7, "Ms. Smith", True)
    assert (await admin.delete(f"{URL}/7")).status_code == 204
    assert answers.converted(await admin.get(URL), Page).items == []
    answers.problem(await admin.delete(f"{URL}/7"), 404)


async def test_a_removed_charger_leaves_nothing_of_its_customers(admin: httpx.AsyncClient, serving: Serving) -> None:
    (await admin.post("/api/v1/chargers", json={"id": "CP-01"})).raise_for_status()
    await keep(serving, 0, "Smith", last=True)
    (await admin.delete("/api/v1/chargers/CP-01")).raise_for_status()
    kept = await serving.node.read(queries.customer_information.list, serving.node.services.now(), charger_id="CP-01")
    assert kept["items"] == []
