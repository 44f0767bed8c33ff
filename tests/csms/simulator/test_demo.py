"""The demo's chargers: what they speak, and what they say of what an earlier run left open."""

import pytest

from csms.simulator import demo
from tests.csms.simulator.world import START, World


def test_one_speaks_2_0_1_and_one_2_1() -> None:
    assert sorted(demo.PROTOCOLS) == sorted(demo.CHARGERS)
    assert sorted(demo.PROTOCOLS.values()) == ["1.6", "1.6", "2.0.1", "2.1"]


def _after(protocol: str) -> World:
    world = World(id="CP-03", protocol=protocol, register=False)
    left = demo.Left("CP-03", 1, "77", started_at=START - 600, register_wh=1500, records=4)
    demo.occupy(world.charger, (left, demo.Left("CP-04", 1, "78", START, 0)))
    world.connect()
    return world


def test_a_transaction_that_was_left_ended_by_a_power_loss() -> None:
    [stop] = _after("1.6").calls("StopTransaction")
    assert (stop["transactionId"], stop["meterStop"], stop["reason"]) == (77, 1500, "PowerLoss")


@pytest.mark.parametrize("protocol", ["2.0.1", "2.1"])
def test_in_2_x_its_end_follows_the_records_that_came(protocol: str) -> None:
    [end] = _after(protocol).calls("TransactionEvent")
    assert (end["eventType"], end["seqNo"], end["offline"]) == ("Ended", 4, True)
    assert end["transactionInfo"]["transactionId"] == "77"
    assert end["transactionInfo"]["stoppedReason"] == "PowerLoss"
    assert end["meterValue"][0]["sampledValue"][0]["value"] == 1500


def test_its_station_has_the_tariff_of_the_story() -> None:
    operations = dict(demo.registrations())
    assert operations["tariff.add"]["assign"] == {"station_id": operations["station.add"]["id"]}
    parts = operations["tariff.add"]["elements"][0]["price_components"]
    assert [(part["type"], part["price"]) for part in parts] == [("ENERGY", "18.00"), ("PARKING_TIME", "180.00")]
