"""An order to start that brings a charging profile: what is sent, and whose it is then (rule 58), in all versions."""

from typing import Any

import pytest
import trio

from actors.chargers import charger, orders
from csms.domain import charging_profile, commands, events, facts
from csms.domain.charging_profile import Period, Profile, Schedule
from csms.storage import queries
from tests.actors.node import Clock, Connect, Station, Watched
from tests.actors.second import BOTH
from tests.actors.transacting import connected, telling

RELATIVE = Schedule(unit="A", periods=(Period(start_s=0, limit=charging_profile.STEP * 160),))
SLOW = Profile(purpose="tx", kind="relative", schedules=(RELATIVE,))


async def begin(node: Watched, profile: Profile = SLOW) -> charger.Begun:
    ref = await charger.ensure(node.services, "CP-01")
    return await charger.start_session(ref, connector_id=1, id_token=facts.IdToken("CARD"), profile=profile, by="test")


async def held(node: Watched) -> list[dict[str, Any]]:
    page = await node.read(queries.inventory.list, charger_id="CP-01", kind=charging_profile.KIND)
    return [item["body"] for item in page["items"]]


async def ordered(station: Station) -> dict[str, Any]:
    """What the charger is sent, which it takes; when that is recorded the next frame is heard."""
    message_id, _, payload = await station.asked()
    await station.answer(message_id, {"status": "Accepted"})
    await station.result("Heartbeat", {})
    return payload


@BOTH
async def test_rule_58_the_profile_of_an_order_to_start_is_its_transaction_s(
    node: Watched, connect: Connect, version: str
) -> None:
    station = await connected(connect, version)
    tell = telling(station)
    await begin(node)
    payload = await ordered(station)
    sent = payload["chargingProfile"]
    assert (sent["chargingProfilePurpose"], sent["chargingProfileKind"]) == ("TxProfile", "Relative")
    assert "transactionId" not in sent
    assert [body.get("transactionId") for body in await held(node)] == [None]
    await tell("Started", 0, 5, token="OTHER", evse=2, transaction_id="T9")
    await tell("Started", 0, 5, token="CARD", evse=1, remoteStartId=payload["remoteStartId"])
    assert [(body["id"], body["evseId"], body["transactionId"]) for body in await held(node)] == [(sent["id"], 1, "T1")]
    await tell("Ended", 1, 9, transaction_id="T9")
    assert len(await held(node)) == 1
    await tell("Ended", 1, 9)
    assert await held(node) == []


async def test_rule_58_in_1_6_too(node: Watched, clock: Clock, station: Station) -> None:
    await begin(node)
    sent = (await ordered(station))["chargingProfile"]
    assert sent["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 16.0}]
    assert "transactionId" not in sent
    number = (await station.start())["transactionId"]
    assert [body["transactionId"] for body in await held(node)] == [number]
    await station.stop(number, 2000)
    assert await held(node) == []


async def test_a_charger_that_begins_before_it_answers_has_the_profile_for_that_transaction(
    node: Watched, clock: Clock, station: Station
) -> None:
    await begin(node)
    message_id, _, _ = await station.asked()
    number = (await station.start())["transactionId"]
    await station.answer(message_id, {"status": "Accepted"})
    await node.recorded(events.InventoryChanged, 2)
    assert [body["transactionId"] for body in await held(node)] == [number]


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        (Profile(purpose="tx_default", kind="relative", schedules=(RELATIVE,)), "set-charging-profile"),
        (Profile(purpose="tx", kind="relative", schedules=(RELATIVE,), transaction_id="7"), "transaction_id out"),
        (Profile(purpose="tx", kind="absolute", schedules=(RELATIVE,)), "starts_at"),
    ],
    ids=["another purpose", "a transaction", "no beginning"],
)
async def test_rule_58_any_other_profile_is_refused_and_nothing_begins(
    node: Watched, station: Station, profile: Profile, told: str
) -> None:
    with pytest.raises(orders.NotExpressible, match=told):
        await begin(node, profile)
    assert await node.sessions_of() == []


@pytest.mark.parametrize(
    ("version", "profile", "told"),
    [
        ("ocpp1.6", Profile(purpose="tx", kind="relative", schedules=(RELATIVE, RELATIVE)), "1.6 a profile has one"),
        ("ocpp1.6", Profile(purpose="tx", kind="dynamic", schedules=(RELATIVE,)), "1.6 has no dynamic"),
        ("ocpp2.0.1", Profile(purpose="tx", kind="dynamic", schedules=(RELATIVE,)), "no dynamic"),
    ],
)
async def test_what_a_version_cannot_say_is_refused_with_what_it_can(
    node: Watched, connect: Connect, version: str, profile: Profile, told: str
) -> None:
    await connect(version=version)
    with pytest.raises(orders.NotExpressible, match=told):
        await begin(node, profile)


async def test_a_charger_that_lacks_smart_charging_is_not_sent_a_profile(
    node: Watched, station: Station, nursery: trio.Nursery
) -> None:
    listed = {"configurationKey": [{"key": "SupportedFeatureProfiles", "readonly": True, "value": "Core"}]}
    station.answers["GetConfiguration"] = listed
    ref = await charger.ensure(node.services, "CP-01")
    await charger.execute(node.services, ref, commands.GetConfiguration(), by="test")
    with pytest.raises(orders.NotExpressible, match="SmartCharging"):
        await begin(node)
