"""What a 2.x charger reports in many parts: its variables, and what it knows of a customer."""

import json
from pathlib import Path
from typing import Any

import pytest

from csms import config
from csms.domain import commands
from csms.storage.queries import customer_information, inventory
from tests.actors import node as nodes
from tests.actors import second
from tests.actors.node import AT, Connect, Watched
from tests.actors.second import BOTH, booted


@pytest.fixture
def settings(tmp_path: Path) -> config.Settings:
    """Whoever reports thousands of variables does not wait for the frame rate."""
    return nodes.made(tmp_path / "data", frame_rate_limit=0.0)


# -- Personal data -----------------------------------------------------------------------------------------------------


@BOTH
async def test_what_a_charger_knows_of_a_customer_is_kept_outside_the_log(
    node: Watched, connect: Connect, version: str
) -> None:
    station = await booted(connect, version)
    report = {"requestId": 7, "seqNo": 0, "generatedAt": AT, "data": "Ms. Smith"}
    assert await station.result("NotifyCustomerInformation", report) == {}
    [kept] = (await node.read(lambda conn: customer_information.list(conn, node.services.now(), charger_id="CP-01")))[
        "items"
    ]
    assert (kept["data"], kept["complete"]) == ("Ms. Smith", True)
    assert not any("Smith" in str(each.event) for each in await node.log_of())


@BOTH
async def test_another_customers_report_under_the_same_id_begins_anew(
    node: Watched, connect: Connect, version: str, nursery: Any
) -> None:
    async def tell(data: str, number: int) -> None:
        report = {"requestId": 7, "seqNo": number, "generatedAt": AT, "data": data, "tbc": number == 0}
        assert await station.result("NotifyCustomerInformation", report) == {}

    async def told() -> list[tuple[str, bool]]:
        found = await node.read(customer_information.list, node.services.now(), charger_id="CP-01")
        return [(each["data"], each["complete"]) for each in found["items"]]

    station = await booted(connect, version)
    await tell("Ms. ", 0)
    await tell("Smith", 1)
    for status, kept in (("Rejected", [("Ms. Smith", True)]), ("Accepted", [])):
        asked = {"requestId": 7, "report": True, "clear": False, "customerIdentifier": "jones"}
        order = commands.Raw(action="CustomerInformation", payload=asked)
        nursery.start_soon(second.order, node, order)
        message_id, _, _ = await station.asked()
        await station.answer(message_id, {"status": status})
        await station.result("Heartbeat", {})
        assert await told() == kept
    await tell("Mr. Jones", 0)
    assert await told() == [("Mr. Jones", False)]


# -- Many variables ----------------------------------------------------------------------------------------------------


def reported(number: int) -> dict[str, Any]:
    """One variable of a report."""
    return {
        "component": {"name": f"Component{number // 10}", "evse": {"id": 1}},
        "variable": {"name": f"Variable{number % 10}"},
        "variableAttribute": [{"value": str(number), "mutability": "ReadWrite"}],
        "variableCharacteristics": {"dataType": "integer", "supportsMonitoring": False},
    }


async def test_five_thousand_variables_in_500_parts_are_known_while_another_charger_is_answered(
    node: Watched, connect: Connect, nursery: Any
) -> None:
    station, other = await booted(connect, "ocpp2.0.1"), await connect("CP-02")
    for part in range(500):
        data = [reported(10 * part + each) for each in range(10)]
        payload = {"requestId": 1, "generatedAt": AT, "seqNo": part, "tbc": part < 499, "reportData": data}
        station.expect(f"r{part}")
        await station.send(json.dumps([2, f"r{part}", "NotifyReport", payload]))
        if part % 100 == 0:
            await other.result("Heartbeat", {})
    await station.reply("r499")
    counted = await node.read(inventory.kinds, "CP-01")
    assert {each["kind"]: each["count"] for each in counted["items"]} == {"device-reports": 1, "variables": 5000}
    report = await node.read(lambda conn: inventory.get(conn, "CP-01", "device-reports", "1"))
    assert report is not None
    assert (len(report["parts"]), report["last"]) == (500, 499)
    one = await node.read(lambda conn: inventory.get(conn, "CP-01", "variables", "Component499@1.Variable9"))
    assert one is not None
    assert one["attributes"]["Actual"] == {"value": "4999", "mutability": "ReadWrite"}


async def test_a_part_that_is_missing_is_seen(node: Watched, connect: Connect) -> None:
    station = await booted(connect, "ocpp2.1")
    for part in (0, 2):
        report = {"requestId": 1, "generatedAt": AT, "seqNo": part, "tbc": part < 2, "reportData": [reported(part)]}
        await station.result("NotifyReport", report)
    known = await node.read(lambda conn: inventory.get(conn, "CP-01", "device-reports", "1"))
    assert known == {"generatedAt": AT, "parts": {"0": 1, "2": 1}, "last": 2}
