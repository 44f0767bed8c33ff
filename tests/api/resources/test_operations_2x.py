"""Templates, campaigns and logs are the same work with a charger of OCPP 2.x."""

import hashlib
from typing import Any

import httpx
import pytest
import trio

from actors.chargers import errands
from actors.upkeep import ticking
from api import server
from tests.api import station

CP_02 = "/api/v1/chargers/CP-02"
FILE = b"firmware"
SETTINGS = {
    "HeartbeatInterval": "1",
    "OCPPCommCtrlr.HeartbeatInterval": "300",
    "SampledDataCtrlr.TxUpdatedInterval": "60",
}


class Variables:
    """A device model in which every variable is 900 until it is set."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, payload: dict[str, Any]) -> dict[str, Any]:
        told = [
            {**each, "attributeStatus": "Accepted", "attributeValue": self.values.get(each["variable"]["name"], "900")}
            for each in payload["getVariableData"]
        ]
        return {"getVariableResult": told}

    def set(self, payload: dict[str, Any]) -> dict[str, Any]:
        self.values |= {each["variable"]["name"]: each["attributeValue"] for each in payload["setVariableData"]}
        names = ("component", "variable")
        done = [
            {name: each[name] for name in names} | {"attributeStatus": "Accepted"}
            for each in payload["setVariableData"]
        ]
        return {"setVariableResult": done}


async def until(admin: httpx.AsyncClient, path: str, condition: Any) -> Any:
    """Wait for what the API answers."""
    with trio.fail_after(20):
        while not condition(found := (await admin.get(path)).json()):
            pass
    return found


@pytest.mark.parametrize("protocol", ["ocpp2.0.1", "ocpp2.1"])
async def test_a_charger_of_2x_is_configured_updated_and_asked_for_its_log(
    protocol: str,
    admin: httpx.AsyncClient,
    serving: server.Serving,
    nursery: trio.Nursery,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ticking, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(errands, "CONFIGURE_SECONDS", 0)
    await admin.post("/api/v1/chargers", json={"id": "CP-02", "evses": [{"id": 1, "connectors": [{"id": 1}]}]})
    await admin.post("/api/v1/templates", json={"name": "t", "match": {"vendor": "acme"}, "settings": SETTINGS})
    charger: station.Station = await nursery.start(station.run, f"{serving.ocpp}/CP-02", protocol)
    variables = Variables()
    charger.answers |= {"GetVariables": variables.get, "SetVariables": variables.set}
    charger.answers["GetLog"] = {"status": "Accepted", "filename": "a.log"}
    about = {"vendorName": "ACME", "model": "M", "firmwareVersion": "1.0"}
    await charger.call("BootNotification", {"reason": "PowerUp", "chargingStation": about})

    await until(admin, "/api/v1/jobs", lambda page: page["items"] and page["items"][0]["status"] == "completed")
    assert (variables.values["HeartbeatInterval"], variables.values["TxUpdatedInterval"]) == ("300", "60")
    assert (await admin.get(f"{CP_02}/drift")).json()["differences"] == []

    new = {"vendor": "ACME", "model": "M", "version": "2.0", "sha256": hashlib.sha256(FILE).hexdigest()}
    signed = {"signature": "c2lnbmVk", "signing_certificate": "-----BEGIN CERTIFICATE-----"}
    firmware = (await admin.post("/api/v1/firmware", json=new | signed)).json()["id"]
    (await admin.put(f"/api/v1/firmware/{firmware}/file", content=FILE)).raise_for_status()
    campaign = (
        "/api/v1/campaigns/" + (await admin.post("/api/v1/campaigns", json={"firmware_id": firmware})).json()["id"]
    )
    await until(admin, campaign, lambda _: charger.calls[-1][0] == "UpdateFirmware")
    order = charger.calls[-1][1]
    assert order["firmware"]["signature"] == signed["signature"]
    await charger.call("FirmwareStatusNotification", {"status": "Installed", "requestId": order["requestId"]})
    await until(admin, campaign, lambda found: found["status"] == "completed" and found["counts"]["installed"] == 1)

    (await admin.post(f"{CP_02}/commands/get-diagnostics", json={})).raise_for_status()
    async with httpx.AsyncClient() as someone:
        await someone.put(charger.calls[-1][1]["log"]["remoteLocation"] + "/a.log", content=b"log")
    [upload] = (await admin.get("/api/v1/uploads", params={"charger_id": "CP-02"})).json()["items"]
    assert (upload["name"], upload["size"]) == ("a.log", 3)
