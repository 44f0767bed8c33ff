"""Quarantine: transaction frames that nothing could handle are kept raw, alerted and acknowledged (rule 13)."""

import json

import pytest

from actors.connections import quarantine
from csms import protocol
from csms.domain import authorization, events, facts
from tests.actors.node import AT, Station, Watched

RAW = '[2,"1","StartTransaction",{"idTag":'


async def keep(node: Watched, action: str, raw: str = RAW, *reasons: str) -> facts.Answer:
    return await quarantine.keep(node.services, "CP-01", action, raw, reasons)


async def test_rule_13_the_frame_is_kept_raw_with_the_reason(node: Watched) -> None:
    await keep(node, "StartTransaction", RAW, "it crashed", "twice")
    [kept] = await node.log_of("quarantine:CP-01")
    assert kept.event == events.FrameQuarantined(frame=RAW, reason="it crashed, twice")


async def test_rule_13_a_person_is_told(node: Watched) -> None:
    await keep(node, "StartTransaction")
    [alert] = node.have(events.AlertRaised)
    assert (alert.kind, alert.subject) == ("frame_quarantined", "CP-01")
    assert alert.detail


async def test_rule_13_a_start_is_accepted_with_a_number_of_its_own(node: Watched, station: Station) -> None:
    first, second = await keep(node, "StartTransaction"), await keep(node, "StartTransaction", RAW + "1")
    assert isinstance(first, facts.StartAnswer)
    assert isinstance(second, facts.StartAnswer)
    assert first.info == facts.TokenInfo(authorization.ACCEPTED)
    real = (await station.start())["transactionId"]
    assert len({first.transaction_id, second.transaction_id, str(real)}) == 3


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("StopTransaction", facts.StopAnswer(None)),
        ("MeterValues", facts.Acknowledged()),
        ("TransactionEvent", facts.Acknowledged()),
    ],
)
async def test_rule_13_the_others_are_acknowledged(node: Watched, action: str, answer: facts.Answer) -> None:
    assert await keep(node, action) == answer


async def test_a_frame_sent_again_is_kept_and_alerted_once(node: Watched) -> None:
    for _ in range(2):
        await keep(node, "MeterValues")
    assert len(await node.log_of("quarantine:")) == 1
    assert len(node.have(events.AlertRaised)) == 1


async def test_the_same_frame_of_two_chargers_is_two_matters(node: Watched) -> None:
    for charger_id in ("CP-01", "CP-02"):
        await quarantine.keep(node.services, charger_id, "MeterValues", RAW, ())
    assert [each.stream for each in await node.log_of("quarantine:")] == ["quarantine:CP-01", "quarantine:CP-02"]
    assert len(node.have(events.AlertRaised)) == 2


def test_what_is_kept_is_what_the_versions_call_transaction_records() -> None:
    for subprotocol in protocol.SUBPROTOCOLS:
        rows = protocol.version(subprotocol).incoming
        told = {action for action, row in rows.items() if row.transaction}
        assert told <= quarantine.TRANSACTION_ACTIONS


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("StartTransaction", {"connectorId": "one", "idTag": "CARD", "timestamp": AT}),
        ("StopTransaction", {"meterStop": 5}),
        ("MeterValues", {"meterValue": []}),
    ],
)
async def test_rule_13_a_record_that_cannot_be_read_is_kept_and_answered(
    node: Watched, station: Station, action: str, payload: dict[str, object]
) -> None:
    answer = await station.call(action, payload, "77")
    assert answer[:2] == [3, "77"]
    [kept] = await node.log_of("quarantine:CP-01")
    assert isinstance(kept.event, events.FrameQuarantined)
    assert json.loads(kept.event.frame) == [2, "77", action, payload]
    assert kept.event.reason


async def test_an_alert_is_a_record(node: Watched) -> None:
    await quarantine.alert(node.services, "charger_parked", "CP-01", "init failed")
    [stored] = await node.log_of(events.SYSTEM_STREAM)
    assert stored.event == events.AlertRaised(kind="charger_parked", subject="CP-01", detail="init failed")


async def test_the_same_alert_later_is_another_one(node: Watched) -> None:
    for _ in range(2):
        await quarantine.alert(node.services, "charger_parked", "CP-01", "init failed")
    assert len(node.have(events.AlertRaised)) == 2
