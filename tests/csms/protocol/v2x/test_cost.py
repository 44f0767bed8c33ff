"""Costs of transactions: what a charger was told to show, and what one of 2.1 calculated."""

import pytest

from csms.domain import events
from csms.protocol import jsontext, versions
from csms.protocol.v2x import cost
from csms.storage import codec
from tests.csms.protocol.support import V21, V201
from tests.csms.protocol.v21.holding import Holding

DETAILS = jsontext.decode('{"totalCost":{"currency":"EUR","typeOfCost":"NormalCost","total":{"exclTax":1.10}}}')
EVENT = {"eventType": "Updated", "transactionInfo": {"transactionId": "tx-1"}, "costDetails": DETAILS}


@pytest.mark.parametrize("version", [V201, V21], ids=lambda version: version.name)
def test_what_a_charger_was_told_to_show_is_known(version: versions.Version) -> None:
    holding = Holding(version)
    holding.learns("CostUpdated", {"transactionId": "tx-1", "totalCost": 3.5}, {})
    holding.learns("CostUpdated", {"transactionId": "tx-1", "totalCost": 4.0}, {})
    assert holding.of("transaction-costs") == {"tx-1": {"totalCost": 4.0}}


def test_what_a_charger_calculated_is_in_its_events() -> None:
    (change,) = cost.changes(EVENT)
    total = {"currency": "EUR", "typeOfCost": "NormalCost", "total": {"exclTax": 1.1}}
    assert change.merge == {"tx-1": {"costDetails": {"totalCost": total}}}
    assert codec.encode(events.InventoryChanged(changes=(change,))), "the log has a form for it"


@pytest.mark.parametrize("place", [{"seqNo": "5", "timestamp": None}, {"seqNo": True, "timestamp": ["x"]}, {}])
def test_rule_13_an_event_without_a_place_tells_its_costs_all_the_same(place: dict[str, object]) -> None:
    (change,) = cost.changes({**EVENT, **place})
    assert list(change.merge["tx-1"]) == ["costDetails"]


def test_the_last_word_on_costs_is_the_end_of_the_transaction_s_tariff() -> None:
    _, ended = cost.changes({**EVENT, "eventType": "Ended"})
    assert (ended.kind, ended.drop) == ("transaction-tariffs", ("tx-1",))


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"eventType": "Ended", "transactionInfo": {"transactionId": "tx-1"}},
        {"transactionInfo": "tx-1", "costDetails": DETAILS},
        {"transactionInfo": {"transactionId": 7}, "costDetails": DETAILS},
        {"transactionInfo": {"transactionId": "tx-1"}, "costDetails": [1]},
        {"transactionInfo": {"transactionId": "tx-1"}, "costDetails": {"total": jsontext.decode("1e400")}},
        {"transactionInfo": {"transactionId": "tx-1"}, "costDetails": {}, "seqNo": 10**400},
    ],
)
def test_rule_13_an_odd_event_says_nothing_of_costs(event: dict[str, object]) -> None:
    assert cost.changes(event) == ()
