"""Apps are told what happens: signed, at least once under one id, each at its own pace, whatever fails or crashes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.business import webhooks as sending
from actors.recording import journal
from csms import config
from csms.domain import events, webhook
from csms.storage.records import Append, Entry, New
from csms.storage.reference import cursors, deliveries, stations, webhooks
from tests import receiver as receivers
from tests.actors import node as nodes
from tests.receiver import Receiver


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due again is noticed at once."""
    monkeypatch.setattr(sending, "LOOK_SECONDS", 0.01)


@pytest.fixture
def settings(tmp_path: Path) -> config.Settings:
    return nodes.made(tmp_path / "data", call_hosts=("127.0.0.1",))


@pytest.fixture
async def receiver(nursery: trio.Nursery) -> AsyncIterator[Receiver]:
    made: Receiver = await nursery.start(receivers.run)
    yield made
    nursery.cancel_scope.cancel()


async def subscribe(node: nodes.Watched, receiver: Receiver, *types: str, **more: Any) -> str:
    """Have the receiver told; the webhook's id."""
    fields = {"url": receiver.url, "types": list(types) or ["*"], **more}
    made, secret = await node.write(webhooks.add, fields, node.services.settings.call_hosts, node.services.now())
    receiver.secrets = [secret]
    return made.id


async def alert(node: nodes.Watched, kind: str, subject: str = "x") -> None:
    """An alert, as any actor stores it."""
    entry = Entry(events.SYSTEM_STREAM, None, (New(events.AlertRaised(kind=kind, subject=subject)),))
    await journal.append(node.services.journal, Append(entries=(entry,), at=node.services.now()))


async def noted(node: nodes.Watched, webhook_id: str, status: str, count: int = 1) -> list[dict[str, Any]]:
    """Wait until so many deliveries have a status; these."""
    with trio.fail_after(nodes.PATIENCE):
        while True:
            page = await node.read(deliveries.of, webhook_id, status=status, limit=500, cursor=None)
            found: list[dict[str, Any]] = page["items"]
            if len(found) >= count:
                return found
            await trio.sleep(0.01)


def kinds(got: list[dict[str, Any]]) -> list[str]:
    return [each["data"]["alert"]["kind"] for each in got]


async def test_a_session_is_told_from_start_to_end_as_get_shows_it_without_the_card(
    node: nodes.Watched, receiver: Receiver, station: nodes.Station
) -> None:
    await subscribe(node, receiver, "session.*")
    number = (await station.start(1000))["transactionId"]
    await receiver.until(1, ["session.started"])
    await station.stop(number, 3000, at="2026-03-01T10:00:00Z")
    await station.status("Available")
    (done,) = await receiver.until(1, ["session.completed"])
    session = done["data"]["session"]
    assert (session["charger_id"], session["energy_wh"], session["status"]) == ("CP-01", 2000, "completed")
    assert "CARD" not in str(receiver.got)
    assert {each["answered"] for each in receiver.got} == {204}
    assert len({each["id"] for each in receiver.got}) == len({each["headers"]["webhook-id"] for each in receiver.got})


async def test_a_charger_is_told_of_with_what_changed(node: nodes.Watched, receiver: Receiver, connect: Any) -> None:
    await subscribe(node, receiver, "charger.online", "charger.status_changed")
    station = await connect()
    await station.boot()
    await station.status("Faulted")
    (changed,) = await receiver.until(1, ["charger.status_changed"])
    assert (changed["data"]["connector_id"], changed["data"]["status"]) == (1, "Faulted")
    assert {each["type"] for each in receiver.got} == {"charger.online", "charger.status_changed"}
    assert changed["data"]["charger"]["id"] == "CP-01"


async def test_what_fails_comes_again_later_under_its_id(
    node: nodes.Watched, receiver: Receiver, clock: nodes.Clock
) -> None:
    hook = await subscribe(node, receiver, "alert.raised")
    receiver.answers = [500, 301]
    await alert(node, "one")
    for attempt in (1, 2):
        await receiver.until(attempt)
        (waiting,) = await noted(node, hook, "waiting")
        while waiting["attempts"] < attempt:
            (waiting,) = await noted(node, hook, "waiting")
        assert waiting["detail"] == f"it answered {[500, 301][attempt - 1]}"
        clock.forward(seconds=webhook.pause(attempt).total_seconds())
    (delivered,) = await noted(node, hook, "delivered")
    assert (delivered["attempts"], delivered["answered"], delivered["detail"]) == (3, 204, "")
    assert {each["id"] for each in receiver.got} == {delivered["id"]}
    stamps = [int(each["headers"]["webhook-timestamp"]) for each in receiver.got]
    assert [later - stamps[0] for later in stamps] == [0, 5, 15]


async def test_a_receiver_that_hangs_holds_up_nobody(
    node: nodes.Watched, receiver: Receiver, nursery: trio.Nursery
) -> None:
    hanging: Receiver = await nursery.start(receivers.run)
    hanging.answers = [None] * 50
    await subscribe(node, hanging)
    other = await subscribe(node, receiver)
    for number in range(20):
        await alert(node, f"{number}")
    await noted(node, other, "delivered", 20)
    assert sorted(kinds(receiver.got), key=int) == [str(number) for number in range(20)]
    assert len(hanging.got) <= sending.AT_ONCE


async def test_what_was_under_way_when_the_server_was_killed_comes_again(
    settings: config.Settings, receiver: Receiver
) -> None:
    receiver.answers = [None]
    async with nodes.running(settings) as node:
        hook = await subscribe(node, receiver)
        await alert(node, "one")
        (first,) = await receiver.until(1)
    async with nodes.running(settings) as node:
        (delivered,) = await noted(node, hook, "delivered")
        assert [each["id"] for each in receiver.got] == [first["id"], delivered["id"]] == [first["id"]] * 2


async def test_an_event_that_is_followed_twice_is_delivered_once(node: nodes.Watched, receiver: Receiver) -> None:
    hook = await subscribe(node, receiver)
    await alert(node, "one")
    await noted(node, hook, "delivered")
    [stored] = [each for each in node.stored if isinstance(each.event, events.AlertRaised)]
    await node.webhooks.act(stored)
    assert len((await node.read(deliveries.of, hook, status=None, cursor=None))["items"]) == 1


async def test_after_three_days_it_is_given_up_alerted_and_can_be_sent_again(
    node: nodes.Watched, receiver: Receiver, clock: nodes.Clock
) -> None:
    hook = await subscribe(node, receiver)
    receiver.answers = [503, 503]
    await alert(node, "one")
    await receiver.until(1)
    (waiting,) = await noted(node, hook, "waiting")
    while waiting["attempts"] == 0:
        (waiting,) = await noted(node, hook, "waiting")
    clock.forward(days=3)
    (dead,) = await noted(node, hook, "dead")
    raised = await node.recorded(events.AlertRaised, where=lambda told: told.kind == "webhook_failed")
    assert (raised.subject, dead["attempts"], dead["next_attempt_at"]) == (hook, 2, None)
    assert await node.write(deliveries.redeliver_dead, hook, clock()) == 1
    (delivered,) = await noted(node, hook, "delivered")
    assert delivered["id"] == dead["id"]
    assert kinds(receiver.got) == ["one"] * 3, "its own failure is not told to it"


async def test_for_a_day_both_secrets_sign(node: nodes.Watched, receiver: Receiver, clock: nodes.Clock) -> None:
    hook = await subscribe(node, receiver)
    [old], new = receiver.secrets, await node.write(webhooks.rotate, hook, clock())
    await alert(node, "one")
    await noted(node, hook, "delivered")
    receiver.secrets = [new]
    await alert(node, "two")
    await noted(node, hook, "delivered", 2)
    assert len(receiver.got[1]["headers"]["webhook-signature"].split()) == 2
    clock.forward(days=1)
    receiver.secrets = [old]
    await alert(node, "three")
    assert (await receiver.until(3))[2]["answered"] == 401


async def test_a_narrow_webhook_hears_of_its_stations_only(node: nodes.Watched, receiver: Receiver) -> None:
    place = {"id": "mall", "name": "Mall", "address": "1", "city": "Pune", "country": "IN", "time_zone": "Asia/Kolkata"}
    await node.write(stations.add, place)
    await node.add("charger.add", id="CP-09", station_id="mall")
    hook = await subscribe(node, receiver, scope={"station_ids": ["mall"]})
    for subject in ("x", "CP-01", "CP-09"):
        await alert(node, subject, subject)
    await noted(node, hook, "delivered")
    assert kinds(receiver.got) == ["CP-09"]


async def test_what_happened_before_it_was_made_and_while_it_is_off_is_not_told(
    node: nodes.Watched, receiver: Receiver
) -> None:
    await alert(node, "before")
    hook = await subscribe(node, receiver, active=False)
    hosts = node.services.settings.call_hosts
    await alert(node, "off")
    with trio.fail_after(nodes.PATIENCE):
        while (await node.read(cursors.get, sending.NAME) or 0) < node.stored[-1].seq:  # noqa: ASYNC110 - a row tells
            await trio.sleep(0.01)
    await node.write(webhooks.change, hook, {"active": True}, hosts)
    [before] = [each for each in node.stored if getattr(each.event, "kind", "") == "before"]
    await node.webhooks.act(before)
    await alert(node, "on")
    assert kinds(await receiver.until(1)) == ["on"]


async def test_an_address_that_became_private_is_not_called(node: nodes.Watched, receiver: Receiver) -> None:
    fields = {"url": receiver.url.replace("127.0.0.1", "localhost"), "types": ["*"]}
    made, _ = await node.write(webhooks.add, fields, ("localhost",), node.services.now())
    await alert(node, "one")
    (waiting,) = await noted(node, made.id, "waiting")
    while waiting["attempts"] == 0:
        (waiting,) = await noted(node, made.id, "waiting")
    assert "CSMS_CALL_HOSTS" in waiting["detail"]
    assert receiver.got == []
