"""Webhooks over HTTP: made, changed, tested, their secrets replaced and their deliveries looked at and sent again."""

import dataclasses
from typing import Any

import httpx
import pytest
import trio

from api import views
from api.resources import webhooks
from csms import config
from tests import receiver as receivers
from tests.api.answers import converted, problem
from tests.receiver import Receiver

HOOKS = "/api/v1/webhooks"


@pytest.fixture
def settings(settings: config.Settings) -> config.Settings:
    return dataclasses.replace(settings, call_hosts=("127.0.0.1",))


async def added(admin: httpx.AsyncClient, url: str = "http://127.0.0.1:9/x", **more: Any) -> webhooks.CreatedWebhook:
    answer = await admin.post(HOOKS, json={"url": url, "types": ["alert.*"], **more})
    return converted(answer, webhooks.CreatedWebhook)


async def test_a_webhook_is_made_shown_changed_and_removed(admin: httpx.AsyncClient) -> None:
    made = await added(admin, name="App")
    assert made.secret is not None and made.secret.startswith("whsec_")
    assert made.secret not in (await admin.get(f"{HOOKS}/{made.id}")).text
    changed = await admin.patch(f"{HOOKS}/{made.id}", json={"types": ["*"], "active": False})
    shown = converted(changed, webhooks.Webhook)
    assert (shown.types, shown.active, shown.name, shown.revision) == (["*"], False, "App", 2)
    listed = converted(await admin.get(HOOKS), views.paged(webhooks.Webhook))
    assert listed.items == [shown]
    problem(await admin.post(f"{HOOKS}/{made.id}/test"), 409, "webhook_inactive")
    assert (await admin.delete(f"{HOOKS}/{made.id}")).status_code == 204
    problem(await admin.get(f"{HOOKS}/{made.id}/deliveries"), 404)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"url": "http://10.0.0.1/x"}, "CSMS_CALL_HOSTS"),
        ({"url": "http://me:secret@127.0.0.1/x"}, "signed"),
        ({"types": ["weather.*"]}, "session.started"),
        ({"scope": {"station_ids": ["nowhere"]}}, "nowhere"),
    ],
)
async def test_what_cannot_work_is_refused_with_the_reason(
    admin: httpx.AsyncClient, wrong: dict[str, Any], word: str
) -> None:
    body = {"url": "http://127.0.0.1/x", "types": ["*"], **wrong}
    assert word in problem(await admin.post(HOOKS, json=body), 422)["detail"]


async def test_a_test_is_delivered_signed_and_can_be_sent_again(
    admin: httpx.AsyncClient, nursery: trio.Nursery
) -> None:
    receiver: Receiver = await nursery.start(receivers.run)
    made = await added(admin, receiver.url)
    receiver.secrets = [converted(await admin.post(f"{HOOKS}/{made.id}/rotate-secret"), webhooks.Secret).secret]
    sent = converted(await admin.post(f"{HOOKS}/{made.id}/test"), webhooks.Delivery)
    await receiver.until(1)
    converted(await admin.post(f"/api/v1/deliveries/{sent.id}/redeliver"), webhooks.Delivery)
    got = await receiver.until(2)
    assert [(each["id"], each["type"], each["answered"]) for each in got] == [(sent.id, "webhook.test", 204)] * 2
    (kept,) = converted(await admin.get(f"{HOOKS}/{made.id}/deliveries"), views.paged(webhooks.Delivery)).items
    assert kept.id == sent.id
    assert (await admin.post(f"{HOOKS}/{made.id}/redeliver")).json() == {"count": 0}


async def test_neither_secrets_nor_addresses_come_into_the_audit(admin: httpx.AsyncClient) -> None:
    made = await added(admin, "http://127.0.0.1:9/token-in-the-path")
    rotated = (await admin.post(f"{HOOKS}/{made.id}/rotate-secret")).json()["secret"]
    told = (await admin.get("/api/v1/audit", params={"kind": "webhook"})).text
    assert "127.0.0.1" in told
    assert "token-in-the-path" not in told and rotated not in told and str(made.secret) not in told
