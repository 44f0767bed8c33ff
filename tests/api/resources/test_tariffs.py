"""Tariffs over HTTP: made, tried out, changed in versions, assigned to places."""

from typing import Any

import httpx
import pytest

from api import views
from api.permissions import Role
from api.resources import tariff_assignments, tariff_trials, tariffs
from tests.api.answers import converted, problem

TARIFFS = "/api/v1/tariffs"
LATER = "2099-01-01T00:00:00Z"


@pytest.fixture
async def tariff(admin: httpx.AsyncClient) -> str:
    """The story's tariff."""
    return str((await admin.post(TARIFFS, json=tariffs.NEW)).raise_for_status().json()["id"])


@pytest.fixture
async def station(admin: httpx.AsyncClient) -> str:
    """City Mall Station with CP-01, which has two connectors."""
    made = (await admin.post("/api/v1/stations", json={"name": "City Mall Station"})).json()["id"]
    body = {"id": "CP-01", "station_id": made, "connectors": [{"id": 1}, {"id": 2}]}
    (await admin.post("/api/v1/chargers", json=body)).raise_for_status()
    return str(made)


def energy(price: Any, **fields: Any) -> dict[str, Any]:
    return {
        "name": "x",
        "currency": "EUR",
        "elements": [{"price_components": [{"type": "ENERGY", "price": price}]}],
        **fields,
    }


async def test_a_tariff_lives_from_post_to_delete(admin: httpx.AsyncClient) -> None:
    answer = await admin.post(TARIFFS, json=tariffs.NEW, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 201
    made = converted(answer, tariffs.Tariff)
    assert (made.version, made.name, made.idle_grace_s, made.findings) == (1, "18 a kWh, 3 an idle minute", 600, [])
    again = await admin.post(TARIFFS, json=tariffs.NEW, headers={"Idempotency-Key": "k"})
    assert again.json()["id"] == made.id
    listed = converted(await admin.get(TARIFFS), views.paged(tariffs.Tariff))
    assert [each.id for each in listed.items] == [made.id]
    assert converted(await admin.get(f"{TARIFFS}/{made.id}"), tariffs.Tariff) == made
    assert (await admin.delete(f"{TARIFFS}/{made.id}")).status_code == 204
    problem(await admin.get(f"{TARIFFS}/{made.id}"), 404, "not_found")


async def test_prices_are_text_or_numbers_stay_what_they_were_and_are_never_negative(admin: httpx.AsyncClient) -> None:
    for sent, shown in (("18.00", "18.00"), (0.1, "0.1"), (18, "18"), ("0.10", "0.10")):
        answer = await admin.post(TARIFFS, json=energy(sent))
        assert answer.json()["elements"][0]["price_components"][0]["price"] == shown
    error = problem(await admin.post(TARIFFS, json=energy("-1")), 422, "invalid")
    assert error["detail"].startswith("elements[0].price_components[0].price: must not be negative")


async def test_a_change_is_a_version_for_who_has_read_the_last_one(admin: httpx.AsyncClient, tariff: str) -> None:
    etag = (await admin.get(f"{TARIFFS}/{tariff}")).headers["etag"]
    body = {"elements": energy("20.00")["elements"], "from_at": LATER}
    changed = converted(await admin.patch(f"{TARIFFS}/{tariff}", json=body, headers={"If-Match": etag}), tariffs.Tariff)
    assert (changed.version, changed.name) == (2, tariffs.NEW["name"])
    problem(await admin.patch(f"{TARIFFS}/{tariff}", json=body, headers={"If-Match": etag}), 412, "changed_meanwhile")
    first = await admin.get(f"{TARIFFS}/{tariff}/versions", params={"limit": 1})
    rest = await admin.get(f"{TARIFFS}/{tariff}/versions", params={"cursor": first.json()["next_cursor"]})
    pages = [converted(answer, views.paged(tariffs.Tariff)) for answer in (first, rest)]
    assert [[each.version for each in page.items] for page in pages] == [[2], [1]]


async def test_gaps_and_problems_are_told_in_words_also_before_it_is_made(admin: httpx.AsyncClient) -> None:
    body = energy("1.00")
    body["elements"][0]["restrictions"] = {"start_time": "06:00", "end_time": "22:00"}
    made = (await admin.post(TARIFFS, json=body)).json()
    assert [each["text"] for each in made["findings"]] == [
        "no element prices energy from 22:00 to 06:00: it is free then"
    ]
    told = converted(await admin.get(f"{TARIFFS}/{made['id']}/explanation"), tariffs.Explanation)
    assert told.sentences[0] == "1. Energy costs 1.00 EUR per kWh, from 06:00 to 22:00."
    assert len(told.findings) == 1
    await admin.patch(f"{TARIFFS}/{made['id']}", json={"elements": energy("2.00")["elements"]})
    newest = converted(await admin.get(f"{TARIFFS}/{made['id']}/explanation"), tariffs.Explanation)
    first = converted(await admin.get(f"{TARIFFS}/{made['id']}/explanation?version=1"), tariffs.Explanation)
    assert (newest.version, newest.findings, first) == (2, [], told)
    assert (await admin.get(f"{TARIFFS}/{made['id']}/explanation?version=9")).status_code == 404
    good = converted(await admin.post(f"{TARIFFS}/check", json=tariffs.NEW), tariff_trials.Checked)
    assert (good.problems, good.sentences[0]) == ([], "1. Energy costs 18.00 INR per kWh, 18 % tax.")
    bad = converted(await admin.post(f"{TARIFFS}/check", json=energy("-1", currency="XXX")), tariff_trials.Checked)
    assert [each.field for each in bad.problems] == ["currency", "elements[0].price_components[0].price"]
    assert len((await admin.get(TARIFFS)).json()["items"]) == 1


# -- Trying it out -----------------------------------------------------------------------------------------------------


async def test_the_story_s_bill_to_the_paisa(admin: httpx.AsyncClient, tariff: str) -> None:
    answer = await admin.post(f"{TARIFFS}/{tariff}/simulate", json=tariff_trials.TRIAL)
    bill = converted(answer, tariff_trials.Price)
    assert (bill.total_excl, bill.total_incl) == ("361.02", "426.00")
    told = [(line.dimension, line.quantity, line.amount_incl, line.reason) for line in bill.lines]
    assert told == [
        ("ENERGY", "22000", "396.00", "element 1: 18.00 INR per kWh"),
        ("PARKING_TIME", "600", "0.00", "the first 10 min of each idle period are free"),
        ("PARKING_TIME", "600", "30.00", "element 1: 180.00 INR per hour"),
        ("ROUNDING", "1", "0.00", "the total is rounded once, from exact amounts"),
    ]


async def test_numbers_may_be_text_and_an_old_version_is_asked_for(admin: httpx.AsyncClient, tariff: str) -> None:
    await admin.patch(f"{TARIFFS}/{tariff}", json={"elements": energy("20.00")["elements"]})
    periods = [{"kind": "charging", "duration_s": "3600", "energy_wh": "100.5", "power_w": "101", "current_a": 6.5}]
    body = {"start": "2026-03-01T09:15:00+05:30", "time_zone": "Asia/Kolkata", "periods": periods}
    newest = (await admin.post(f"{TARIFFS}/{tariff}/simulate", json=body)).json()
    older = (await admin.post(f"{TARIFFS}/{tariff}/simulate", json={**body, "version": 1})).json()
    assert (newest["version"], newest["total_incl"], newest["lines"][0]["quantity"]) == (2, "2.02", "101")
    assert (older["version"], older["total_incl"]) == (1, "1.82")
    nothing = (await admin.post(f"{TARIFFS}/{tariff}/simulate", json={**body, "periods": []})).json()
    assert (nothing["lines"], nothing["total_excl"], nothing["total_incl"]) == ([], "0.00", "0.00")


IMPOSSIBLE: list[tuple[int, dict[str, Any]]] = [
    (422, {"time_zone": "Mars/One"}),
    (400, {"start": "2026-03-01T09:15:00"}),
    (400, {"periods": [{"kind": "flying", "duration_s": 1}]}),
    (422, {"periods": [{"kind": "charging", "duration_s": -1}]}),
    (422, {"periods": [{"kind": "charging", "duration_s": "NaN"}]}),
    (422, {"periods": [{"kind": "charging", "duration_s": 3600, "energy_wh": "1E+99"}]}),
    (422, {"periods": [{"kind": "charging", "duration_s": 32 * 86400}]}),
    (404, {"version": 7}),
]


async def test_a_trial_that_cannot_be_is_refused(admin: httpx.AsyncClient, tariff: str) -> None:
    for status, changes in IMPOSSIBLE:
        problem(await admin.post(f"{TARIFFS}/{tariff}/simulate", json={**tariff_trials.TRIAL, **changes}), status)


# -- Where it applies --------------------------------------------------------------------------------------------------


async def test_the_nearest_place_s_tariff_applies_and_it_says_why(
    admin: httpx.AsyncClient, station: str, tariff: str
) -> None:
    other = (await admin.post(TARIFFS, json=energy("0.50"))).json()["id"]
    placed = await admin.put(f"/api/v1/stations/{station}/tariff", json={"tariff_id": tariff})
    made = converted(placed, tariff_assignments.Assignment)
    assert (made.place, made.subject, made.tariff_id, made.from_at) == ("station", station, tariff, None)
    for path in (f"stations/{station}", "chargers/cp-01", "chargers/CP-01/connectors/2"):
        found = converted(await admin.get(f"/api/v1/{path}/tariff"), tariff_assignments.Choice)
        assert (found.tariff_id, found.place, found.subject) == (tariff, "station", station)
        assert found.prices == ["18.00 INR per kWh", "180.00 INR per hour idle"]
    await admin.put("/api/v1/chargers/CP-01/connectors/2/tariff", json={"tariff_id": other})
    found = converted(await admin.get("/api/v1/chargers/CP-01/connectors/2/tariff"), tariff_assignments.Choice)
    assert [(each.place, each.tariff_id, each.outcome) for each in found.considered] == [
        ("connector", other, "applies"),
        ("charger", None, "none"),
        ("station", tariff, "not_asked"),
        ("network", None, "none"),
    ]
    assert [each.tariff_id for each in found.assignments] == [other]
    assert (await admin.delete("/api/v1/chargers/CP-01/connectors/2/tariff")).status_code == 204
    assert (await admin.get("/api/v1/chargers/CP-01/connectors/2/tariff")).json()["tariff_id"] == tariff


async def test_a_group_comes_before_every_place_and_the_network_after_all(
    admin: httpx.AsyncClient, station: str, tariff: str
) -> None:
    own = (await admin.post(TARIFFS, json=energy("0.50"))).json()["id"]
    made = converted(
        await admin.put("/api/v1/networks/default/tariff", json={"tariff_id": tariff}), tariff_assignments.Assignment
    )
    assert (made.place, made.subject) == ("network", "default")
    assert (await admin.get("/api/v1/chargers/CP-01/tariff")).json()["tariff_id"] == tariff
    await admin.put(f"/api/v1/stations/{station}/tariff", json={"tariff_id": tariff})
    await admin.put("/api/v1/groups/gold/tariff", json={"tariff_id": own})
    member = (await admin.get("/api/v1/chargers/CP-01/tariff", params={"group_id": "gold"})).json()
    assert (member["tariff_id"], member["place"], member["subject"]) == (own, "driver_group", "gold")
    assert (await admin.get("/api/v1/chargers/CP-01/tariff")).json()["place"] == "station"
    assert (await admin.get("/api/v1/groups/gold/tariff")).json()["tariff_id"] == own
    for path in ("groups/gold", "networks/default"):
        assert (await admin.delete(f"/api/v1/{path}/tariff")).status_code == 204
        assert (await admin.get(f"/api/v1/{path}/tariff")).json()["tariff_id"] != own
    problem(await admin.get("/api/v1/networks/other/tariff"), 404, "not_found")


async def test_a_change_is_scheduled_and_taken_back_and_what_is_not_there_has_no_tariff(
    admin: httpx.AsyncClient, station: str, tariff: str
) -> None:
    place = "/api/v1/chargers/CP-01/tariff"
    await admin.put(place, json={"tariff_id": tariff})
    other = (await admin.post(TARIFFS, json=energy("0.50"))).json()["id"]
    scheduled = (await admin.put(place, json={"tariff_id": other, "from_at": LATER})).json()
    assert (await admin.get(place)).json()["tariff_id"] == tariff
    assert (await admin.get(place, params={"at": LATER})).json()["tariff_id"] == other
    page = converted(await admin.get(f"{TARIFFS}/{other}/assignments"), views.paged(tariff_assignments.Assignment))
    assert [each.id for each in page.items] == [scheduled["id"]]
    assert (await admin.delete(f"{TARIFFS}/{other}/assignments/{scheduled['id']}")).status_code == 204
    assert (await admin.get(place, params={"at": LATER})).json()["tariff_id"] == tariff
    for path in ("stations/nowhere", "chargers/CP-99", "chargers/CP-01/connectors/3", "chargers/CP-01/connectors/x"):
        problem(await admin.put(f"/api/v1/{path}/tariff", json={"tariff_id": tariff}), 404)
        problem(await admin.get(f"/api/v1/{path}/tariff"), 404)
    problem(await admin.put(f"/api/v1/stations/{station}/tariff", json={"tariff_id": "none"}), 422)
    past = {"tariff_id": tariff, "from_at": "2020-01-01T00:00:00Z"}
    problem(await admin.put(f"/api/v1/stations/{station}/tariff", json=past), 422)


async def test_support_reads_tariffs_and_touches_none(
    client_for: Any, keys: dict[Role, str], tariff: str, station: str
) -> None:
    async with client_for(keys[Role.SUPPORT]) as support:
        assert (await support.get(f"{TARIFFS}/{tariff}")).status_code == 200
        assert (await support.post(f"{TARIFFS}/{tariff}/simulate", json=tariff_trials.TRIAL)).status_code == 200
        for method, path in (
            ("POST", TARIFFS),
            ("PATCH", f"{TARIFFS}/{tariff}"),
            ("DELETE", f"{TARIFFS}/{tariff}"),
            ("PUT", f"/api/v1/stations/{station}/tariff"),
            ("DELETE", "/api/v1/chargers/CP-01/tariff"),
        ):
            problem(await support.request(method, path, json={}), 403, "forbidden")
    async with client_for(keys[Role.FINANCE]) as finance:
        body = {"tariff_id": tariff}
        assert (await finance.put(f"/api/v1/stations/{station}/tariff", json=body)).status_code == 200
