"""What the tests of a 2.x charger's actor share: a boot, orders, and how a charger answers for its variables."""

from typing import Any

import pytest

from actors.chargers import charger, outbound
from csms.domain import commands, variables
from csms.storage.reference import chargers
from tests.actors.node import AT, Connect, Station, Watched

BOTH = pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
BOOT: dict[str, Any] = {
    "reason": "PowerUp",
    "chargingStation": {"vendorName": "ACME", "model": "Fast-22", "firmwareVersion": "1"},
}


async def booted(connect: Connect, version: str) -> Station:
    station = await connect(version=version)
    assert (await station.result("BootNotification", BOOT))["status"] == "Accepted"
    return station


async def order(node: Watched, command: commands.AnyCommand) -> outbound.Executed:
    return await charger.execute(node.services, await node.charger("CP-01"), command, by="test")


async def change(node: Watched, **fields: Any) -> None:
    await node.write(chargers.change, "CP-01", fields, None)
    node.charger_changed("CP-01")


async def say(station: Station, status: str, evse: int = 1, connector: int = 1, at: str = AT) -> None:
    said = {"timestamp": at, "connectorStatus": status, "evseId": evse, "connectorId": connector}
    assert await station.result("StatusNotification", said) == {}


def results(payload: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """The answer to GetVariables of a charger that has these variables."""

    def result(entry: dict[str, Any]) -> dict[str, Any]:
        instance = entry["variable"].get("instance")
        key = variables.Variable(entry["component"]["name"], entry["variable"]["name"], instance=instance).key
        if key not in values:
            return {**entry, "attributeStatus": "UnknownVariable"}
        return {**entry, "attributeStatus": "Accepted", "attributeValue": values[key]}

    return {"getVariableResult": [result(entry) for entry in payload["getVariableData"]]}


def accepted(payload: dict[str, Any]) -> dict[str, Any]:
    """The answer to SetVariables that takes all of it."""
    taken = [{name: entry[name] for name in ("component", "variable")} for entry in payload["setVariableData"]]
    return {"setVariableResult": [{**entry, "attributeStatus": "Accepted"} for entry in taken]}
