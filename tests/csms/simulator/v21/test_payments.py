"""Payments: settlements wait for the link, VAT numbers are asked about, a web payment takes an EVSE for a while."""

from csms.simulator.v21 import payments
from tests.csms.simulator.v21.test_event_streams import station_of
from tests.csms.simulator.world import Payload, World


def test_a_settlement_waits_for_a_lost_link() -> None:
    world = World(protocol="2.1")
    world.disconnect()
    payments.settle(station_of(world), "psp-1", 396.1, "tx-1")
    world.connect()
    [told] = world.calls("NotifySettlement")
    assert (told["pspRef"], told["settlementAmount"], told["transactionId"]) == ("psp-1", 396.1, "tx-1")


def test_a_vat_number_is_asked_about() -> None:
    world = World(protocol="2.1")
    world.answers["VatNumberValidation"] = lambda call: {"vatNumber": call["vatNumber"], "status": "Accepted"}
    heard: list[Payload] = []
    payments.ask_vat_number(station_of(world), "DE136695976", heard.append)
    world.talk()
    assert heard == [{"vatNumber": "DE136695976", "status": "Accepted"}]


def test_a_web_payment_takes_the_evse_until_its_timeout() -> None:
    world = World(protocol="2.1")
    assert world.order("NotifyWebPaymentStarted", evseId=1, timeout=60) == {}
    under_way = station_of(world).own(payments.WebPayments).under_way
    assert under_way(1)
    assert not under_way(2)
    world.run(61)
    assert not under_way(1)
