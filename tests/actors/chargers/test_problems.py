"""Events of high severity, over real sockets: who is alerted, in 2.0.1 by the monitor's severity."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from csms.domain import events
from tests.actors.node import AT, Clock, Connect, Station, Watched
from tests.actors.second import BOTH, booted

FAN = {"component": {"name": "Fan", "evse": {"id": 1}}, "variable": {"name": "Speed"}}
MONITOR = 7


def event(event_id: int = 1, seconds: float = 0, **more: Any) -> dict[str, Any]:
    at = (datetime.fromisoformat(AT) + timedelta(seconds=seconds)).isoformat()
    said = {"timestamp": at, "trigger": "Alerting", "actualValue": "0", "techInfo": "no airflow"}
    return {"eventId": event_id, **said, "eventNotificationType": "HardWiredMonitor", **FAN, **more}


async def tell(station: Station, *told: dict[str, Any]) -> None:
    assert await station.result("NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": list(told)}) == {}


def alerts(node: Watched) -> list[str]:
    return [each.detail for each in node.have(events.AlertRaised, lambda each: each.kind == "charger_problem")]


async def watched(station: Station, version: str, severity: int) -> None:
    """The charger tells of its monitor."""
    monitor = {"id": MONITOR, "transaction": False, "value": 100.0, "type": "LowerThreshold", "severity": severity}
    more = {"eventNotificationType": "HardWiredMonitor"} if version == "ocpp2.1" else {}
    entry = {**FAN, "variableMonitoring": [{**monitor, **more}]}
    report = {"requestId": 1, "seqNo": 0, "generatedAt": AT, "monitor": [entry]}
    assert await station.result("NotifyMonitoringReport", report) == {}


@BOTH
@pytest.mark.parametrize(("severity", "alerted"), [(1, 1), (4, 0)])
async def test_the_severity_of_its_monitor_decides_whether_an_event_alerts(
    node: Watched, connect: Connect, clock: Clock, version: str, severity: int, alerted: int
) -> None:
    station = await booted(connect, version)
    await watched(station, version, severity)
    for number in (1, 1, 2):
        await tell(station, event(number, variableMonitoringId=MONITOR))
    await tell(station, event(3, variableMonitoringId=MONITOR + 1))
    told = ["Fan@1.Speed: hardware failure (severity 1), 0, no airflow"]
    assert alerts(node) == told[:alerted]


async def test_in_2_1_an_event_says_its_severity_and_is_alerted_until_it_is_cleared(
    node: Watched, connect: Connect, clock: Clock
) -> None:
    station = await booted(connect, "ocpp2.1")
    await tell(station, event(1, severity=3), event(2, severity=3), event(3, severity=0))
    assert [detail.partition(" (")[0] for detail in alerts(node)] == ["Fan@1.Speed: critical", "Fan@1.Speed: danger"]
    await tell(station, event(4, severity=3, cleared=True))
    await tell(station, event(5, severity=3))
    assert len(alerts(node)) == 3


async def test_rule_43_what_a_charger_tells_of_its_time_offline_alerts_nobody(
    node: Watched, connect: Connect, clock: Clock
) -> None:
    station = await booted(connect, "ocpp2.1")
    clock.forward(days=7)
    await tell(station, *(event(number, seconds=number, severity=0) for number in range(20)))
    assert alerts(node) == []
