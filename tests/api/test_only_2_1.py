"""What only OCPP 2.1 has, from the HTTP API to a simulated charger and back, and still there after a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import trio

from api import server
from csms import config
from csms.simulator import fleet, ledger, link
from csms.simulator.config import ChargerConfig
from csms.simulator.v2x.dialect import Dialect2x
from csms.simulator.v2x.station import Station
from csms.simulator.v21 import der, event_streams, payments
from csms.storage import queries
from tests.api.conftest import ADMIN, PASSWORD

CP_01 = "/api/v1/chargers/CP-01"
KINDS = ("tariffs", "transaction-costs", "der-controls", "der-alarms", "event-streams", "batteries", "battery-swaps")
TARIFF = {"tariffId": "day", "currency": "INR", "energy": {"prices": [{"priceKwh": 18.0}]}}
DROOP = {"priority": 5, "overFreq": 50.2, "underFreq": 49.8, "overDroop": 5.0, "underDroop": 5.0, "responseTime": 2.0}
TOKEN = {"idToken": "04A1B2C3", "type": "ISO14443"}


class Site:
    """A running server, its admin, and CP-01 if it is connected."""

    def __init__(self, serving: server.Serving, admin: httpx.AsyncClient) -> None:
        self.serving = serving
        self.admin = admin

    async def raw(self, action: str, **payload: Any) -> dict[str, Any]:
        """The charger's answer to a raw call."""
        answer = await self.admin.post(f"{CP_01}/ocpp/{action}", json=payload)
        assert answer.status_code == 200, answer.text
        response: dict[str, Any] = answer.json()["response"]
        return response

    async def held(self, kind: str) -> dict[str, Any]:
        """Key -> body."""
        answer = await self.admin.get(f"{CP_01}/inventory/{kind}")
        return {item["key"]: item["body"] for item in answer.raise_for_status().json()["items"]}

    async def reported(self, action: str) -> list[dict[str, Any]]:
        """The payloads of reports, oldest first."""
        answer = await self.admin.get(f"{CP_01}/reports", params={"action": action})
        return [item["payload"] for item in reversed(answer.raise_for_status().json()["items"])]


@asynccontextmanager
async def running(settings: config.Settings) -> AsyncIterator[Site]:
    async with trio.open_nursery() as nursery:
        serving: server.Serving = await nursery.start(server.serve, settings)
        async with httpx.AsyncClient(base_url=serving.http, timeout=30) as admin:
            login = await admin.post("/api/v1/login", json={"email": ADMIN, "password": PASSWORD})
            admin.headers["Authorization"] = f"Bearer {login.raise_for_status().json()['token']}"
            yield Site(serving, admin)
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def charging(site: Site) -> AsyncIterator[tuple[link.Link, Station]]:
    """CP-01 of OCPP 2.1 with two EVSEs, registered; a hundred of its seconds pass in one."""
    body = {"id": "CP-01", "connectors": [{"id": 1}, {"id": 2}]}
    (await site.admin.post("/api/v1/chargers", json=body)).raise_for_status()
    made = ChargerConfig(id="CP-01", url=site.serving.ocpp, protocol="2.1", connectors=2, profile="manual")
    chargers = fleet.Fleet([made], ledger=ledger.Ledger(), speed=100.0)
    async with trio.open_nursery() as nursery:
        await nursery.start(chargers.run)
        charger = chargers.links["CP-01"]
        with trio.fail_after(60):
            await charger.wait_until(lambda each: each.exchange.registered and each.settled)
            dialect = charger.charger.dialect
            assert isinstance(dialect, Dialect2x)
            yield charger, dialect.station
        nursery.cancel_scope.cancel()


async def test_what_only_2_1_has_really_works_and_survives_a_restart(settings: config.Settings) -> None:
    async with running(settings) as site:
        async with charging(site) as (charger, station):
            await _tariffs(site)
            await _costs(site, charger)
            await _grid(site, charger, station)
            await _streams(site, charger, station)
            await _batteries(site, charger)
            await _payments(site, charger, station)
        held = {kind: await site.held(kind) for kind in KINDS}
    async with running(settings) as site:
        assert {kind: await site.held(kind) for kind in KINDS} == held
        assert len(await site.reported("BatterySwap")) == 2


async def _tariffs(site: Site) -> None:
    assert await site.raw("SetDefaultTariff", evseId=1, tariff=TARIFF) == {"status": "Accepted"}
    refused = await site.raw("SetDefaultTariff", evseId=2, tariff=TARIFF)
    assert refused["status"] == "DuplicateTariffId"
    assert (await site.raw("ChangeTransactionTariff", transactionId="tx", tariff=TARIFF))["status"] == "TxNotFound"
    assert (await site.raw("GetTariffs", evseId=0))["tariffAssignments"][0]["tariffId"] == "day"
    assert (await site.held("tariffs"))["day"]["evseIds"] == [1]
    bad = await site.admin.post(f"{CP_01}/ocpp/SetDefaultTariff", json={"evseId": 1})
    assert (bad.status_code, "tariff: missing" in bad.json()["detail"]) == (422, True)
    commands = (await site.admin.get(f"{CP_01}/commands")).json()["items"]
    assert "duplicate_tariff_id" in [each["status"] for each in commands if each["command"] == "SetDefaultTariff"]


async def _costs(site: Site, charger: link.Link) -> None:
    (await site.admin.post("/api/v1/tokens", json={"id_token": "CARD"})).raise_for_status()
    charger.plug_in(1)
    charger.present("CARD")
    connector = charger.charger.connectors[1]
    await charger.wait_until(lambda each: connector.session is not None and connector.meter.register_wh > 0)
    assert connector.session is not None and connector.session.transaction_id is not None
    name = connector.session.transaction_id
    own = TARIFF | {"tariffId": "own"}
    assert await site.raw("ChangeTransactionTariff", transactionId=name, tariff=own) == {"status": "Accepted"}
    assert (await site.held("transaction-tariffs"))[name]["tariffId"] == "own"
    assert await site.raw("CostUpdated", transactionId=name, totalCost=1.5) == {}
    charger.unplug(1)
    await charger.wait_until(lambda each: connector.session is None and each.settled)
    cost = (await site.held("transaction-costs"))[name]
    used = cost["costDetails"]["totalUsage"]["energy"]
    assert cost["totalCost"] == 1.5
    assert cost["costDetails"]["totalCost"]["total"]["exclTax"] == round(used * 18, 2)
    assert await site.held("transaction-tariffs") == {}


async def _grid(site: Site, charger: link.Link, station: Station) -> None:
    control = {"controlType": "FreqDroop", "isDefault": False, "freqDroop": DROOP}
    assert await site.raw("SetDERControl", controlId="d1", **control) == {"status": "Accepted"}
    stronger = control | {"freqDroop": DROOP | {"priority": 1}}
    assert (await site.raw("SetDERControl", controlId="d2", **stronger))["supersededIds"] == ["d1"]
    assert await site.raw("GetDERControl", requestId=1) == {"status": "Accepted"}
    charger.do(lambda _: der.alarm(station, "FreqDroop", "OverFrequency"))
    await charger.wait_until(lambda each: each.settled)
    held = await site.held("der-controls")
    assert {name: (body["isSuperseded"], body.get("started")) for name, body in held.items()} == {
        "d1": (True, True),
        "d2": (False, True),
    }
    assert (await site.raw("ClearDERControl", isDefault=True))["status"] == "NotFound"
    alerts = await site.serving.node.read(queries.alerts.list)
    assert [each["subject"] for each in alerts["items"] if each["kind"] == "der_alarm"] == ["CP-01"]


async def _streams(site: Site, charger: link.Link, station: Station) -> None:
    streams = station.own(event_streams.Streams)
    monitored = {"component": {"name": "ChargingStation"}, "variable": {"name": "Temperature"}}
    periodic = {"type": "Periodic", "value": 2, "severity": 5, "periodicEventStream": {"interval": 10, "values": 2}}
    [result] = (await site.raw("SetVariableMonitoring", setMonitoringData=[monitored | periodic]))[
        "setMonitoringResult"
    ]
    await charger.wait_until(lambda _: bool(streams.open_))
    [stream] = streams.open_.values()
    assert await site.raw("AdjustPeriodicEventStream", id=stream.id, params={"interval": 4}) == {"status": "Accepted"}
    said = stream.said
    await charger.wait_until(lambda _: stream.said >= said + 3)
    listed = await site.raw("GetPeriodicEventStream")
    assert listed["constantStreamData"][0]["params"] == {"interval": 4, "values": 2}
    held = (await site.held("event-streams"))["1"]
    assert (held["variableMonitoringId"], float(held["newest"]["v"]) > 0) == (result["id"], True)
    assert len(await site.reported("NotifyPeriodicEventStream")) >= 3
    assert (await site.raw("ClearVariableMonitoring", id=[result["id"]]))["clearMonitoringResult"]
    await charger.wait_until(lambda each: each.settled)
    assert await site.held("event-streams") == {}


async def _batteries(site: Site, charger: link.Link) -> None:
    answers = charger.charger.exchange.answers
    assert await site.raw("RequestBatterySwap", requestId=7, idToken=TOKEN) == {"status": "Accepted"}
    await charger.wait_until(lambda each: each.exchange.answers >= answers + 2 and each.settled)
    assert [body["evseId"] for body in (await site.held("batteries")).values()] == [2]
    inserted, taken = await site.reported("BatterySwap")
    assert (inserted["eventType"], taken["eventType"]) == ("BatteryIn", "BatteryOut")
    assert inserted["idToken"] == taken["idToken"] != TOKEN
    assert await site.held("battery-swaps") == {}


async def _payments(site: Site, charger: link.Link, station: Station) -> None:
    assert await site.raw("NotifyWebPaymentStarted", evseId=1, timeout=600) == {}
    assert station.own(payments.WebPayments).under_way(1)
    told: list[dict[str, Any]] = []
    charger.do(lambda _: payments.ask_vat_number(station, "DE136695978", told.append))
    charger.do(lambda _: payments.settle(station, "psp-4711", 396.1))
    await charger.wait_until(lambda each: each.settled and bool(told))
    assert (told[0]["status"], told[0]["statusInfo"]["reasonCode"]) == ("Rejected", "InvalidCheckDigits")
    [settled] = await site.reported("NotifySettlement")
    assert (settled["settlementAmount"], settled["pspRef"] != "psp-4711") == (396.1, True)
