"""What drivers pay with: added with the provider, chosen, removed, and used where nothing else is said."""

from collections.abc import Callable

import httpx

from api import server
from api.permissions import Role
from api.resources import payment_methods, payments
from tests.api.answers import converted, problem
from tests.api.conftest import Driver
from tests.api.resources.test_session_costs import priced
from tests.api.station import Station

METHODS = "/api/v1/payment-methods"


async def added(driver: Driver, payer: httpx.AsyncClient, card: str) -> payment_methods.PaymentMethod:
    """The driver adds a card on the provider's page."""
    begun = converted(await driver.client.post(METHODS), payment_methods.PaymentMethod)
    assert begun.status == "requires_action" and begun.action_url is not None
    assert "Keep a card" in (await payer.get(begun.action_url)).text
    await payer.post(begun.action_url, data={"method": card})
    ready = converted(await driver.client.get(f"{METHODS}/{begun.id}"), payment_methods.PaymentMethod)
    assert (ready.status, ready.label) == ("ready", f"test •••• {card}")
    return ready


async def test_methods_are_added_chosen_and_removed(driver: Driver, anonymous: httpx.AsyncClient) -> None:
    first = await added(driver, anonymous, "test-declined")
    second = await added(driver, anonymous, "test-ok")
    assert (first.default, second.default) == (True, False)
    url = f"{METHODS}/{second.id}"
    assert converted(await driver.client.patch(url, json={"default": True}), payment_methods.PaymentMethod).default
    listed = (await driver.client.get(METHODS)).json()["items"]
    assert [(each["id"], each["default"]) for each in listed] == [(second.id, True), (first.id, False)]
    (await driver.client.delete(url)).raise_for_status()
    problem(await driver.client.get(url), 404)
    assert [each["default"] for each in (await driver.client.get(METHODS)).json()["items"]] == [True]


async def test_a_driver_pays_with_the_default_or_the_one_that_is_named(
    admin: httpx.AsyncClient, driver: Driver, anonymous: httpx.AsyncClient, charger: Station
) -> None:
    await priced(admin)
    order = {"charger_id": "CP-01", "connector_id": 1, "amount": "500.00"}
    told = problem(await driver.client.post("/api/v1/payments", json=order), 422)
    assert "/api/v1/payment-methods" in told["detail"]
    refused = await added(driver, anonymous, "test-declined")
    good = await added(driver, anonymous, "test-ok")
    first = converted(await driver.client.post("/api/v1/payments", json=order), payments.Payment)
    assert (first.status, first.reason) == ("failed", "The card was declined.")
    named = order | {"method": good.id}
    assert converted(await driver.client.post("/api/v1/payments", json=named), payments.Payment).status in (
        "authorised",
        "session_bound",
    )
    (await driver.client.delete(f"{METHODS}/{refused.id}")).raise_for_status()


async def test_nobody_elses_are_seen_and_no_token_of_the_provider_is_told(
    admin: httpx.AsyncClient,
    driver: Driver,
    anonymous: httpx.AsyncClient,
    serving: server.Serving,
    keys: dict[Role, str],
    client_for: Callable[..., httpx.AsyncClient],
) -> None:
    kept = await added(driver, anonymous, "test-ok")
    [listed] = (await driver.client.get(METHODS)).json()["items"]
    assert not {"token", "customer", "reference"} & listed.keys()
    async with client_for(keys[Role.SUPPORT]) as support:
        problem(await support.get(METHODS), 403)
    await serving.node.write(lambda conn: conn.execute("UPDATE payment_methods SET driver_id = 'other'"))
    for method in ("GET", "DELETE"):
        problem(await driver.client.request(method, f"{METHODS}/{kept.id}"), 404)
    problem(await driver.client.patch(f"{METHODS}/{kept.id}", json={"default": True}), 404)
    audit = (await admin.get("/api/v1/audit", params={"kind": "payment method"})).text
    assert kept.id in audit and "test_set_" not in audit
    problem(await anonymous.get("/pay/test/methods/test_set_unknown"), 404)
