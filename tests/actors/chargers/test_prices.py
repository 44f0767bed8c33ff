"""Who identifies themselves at a charger that can show it reads what charging will cost, before anything is charged."""

from typing import Any

import pytest

from actors.chargers import charger
from csms.domain import commands
from csms.storage import stays
from tests.actors.chargers.test_costs import shows, transferred
from tests.actors.node import Connect, Station, Watched
from tests.actors.second import BOTH, booted, results
from tests.actors.test_session_prices import priced
from tests.actors.transacting import telling

TEXT = "18.00 INR per kWh; 180.00 INR per hour idle; prices include tax"
SHOWN = {"format": "UTF8", "content": TEXT, "language": "en"}
CARD = {"idToken": {"idToken": "CARD", "type": "ISO14443"}}


async def displays(node: Watched, station: Station) -> None:
    """The 2.x charger says that it shows its drivers their tariff."""
    known = {"TariffCostCtrlr.Enabled/Tariff": "true"}
    ref = await node.charger("CP-01")
    asking = commands.GetConfiguration(keys=tuple(known))
    asked = {"component": {"name": "TariffCostCtrlr"}, "variable": {"name": "Enabled", "instance": "Tariff"}}
    station.answers["GetVariables"] = results({"getVariableData": [asked]}, known)
    await charger.execute(node.services, ref, asking, by="test")


async def test_a_1_6_charger_is_sent_the_price_of_who_showed_a_card(node: Watched, station: Station) -> None:
    await priced(node)
    await shows(node, station)
    await station.result("Authorize", {"idTag": "CARD"})
    assert await transferred(station) == ("SetUserPrice", {"idToken": "CARD", "priceText": TEXT})


@BOTH
async def test_a_2x_charger_reads_the_price_in_the_answer(node: Watched, connect: Connect, version: str) -> None:
    await priced(node)
    station = await booted(connect, version)
    await displays(node, station)
    answer = await station.result("Authorize", CARD)
    assert answer["idTokenInfo"] == {"status": "Accepted", "personalMessage": SHOWN}
    answer = await telling(station)("Started", 0, 0, token="CARD", evse=1, chargingState="EVConnected")
    assert answer["updatedPersonalMessage"] == SHOWN


@BOTH
async def test_one_that_does_not_say_that_it_shows_prices_is_told_none(
    node: Watched, connect: Connect, version: str
) -> None:
    await priced(node)
    station = await booted(connect, version)
    assert (await station.result("Authorize", CARD))["idTokenInfo"] == {"status": "Accepted"}


async def test_who_may_not_charge_or_charges_for_free_is_told_no_price(node: Watched, connect: Connect) -> None:
    station = await booted(connect, "ocpp2.0.1")
    await displays(node, station)
    assert "personalMessage" not in (await station.result("Authorize", CARD))["idTokenInfo"]
    await priced(node)
    stranger = {"idToken": {"idToken": "STRANGER", "type": "ISO14443"}}
    assert (await station.result("Authorize", stranger))["idTokenInfo"] == {"status": "Invalid"}


async def test_a_price_that_cannot_be_told_keeps_nobody_from_charging(
    node: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any) -> Any:
        raise OSError("database is locked")

    station = await booted(connect, "ocpp2.1")
    await displays(node, station)
    monkeypatch.setattr(stays, "prices", busy)
    assert (await station.result("Authorize", CARD))["idTokenInfo"] == {"status": "Accepted"}
