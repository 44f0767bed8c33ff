"""OCPP 1.6 shows costs by DataTransfer (rule 55)."""

import json
from datetime import UTC, datetime
from decimal import Decimal

from csms.domain import commands
from csms.protocol import v16, versions

SHOW = commands.ShowCost(
    transaction_id="7",
    amount=Decimal("426.00"),
    currency="INR",
    at=datetime(2026, 3, 1, 10, 10, tzinfo=UTC),
    register_wh=Decimal("23000.5"),
    idle=True,
    energy_price=Decimal("18.00"),
    idle_price=Decimal("180.00"),
)


def test_a_running_cost_tells_what_is_charged_and_for_what() -> None:
    order = v16.VERSION.order(SHOW)
    assert isinstance(order, versions.Order)
    assert (order.action, order.payload["messageId"]) == ("DataTransfer", "RunningCost")
    assert json.loads(order.payload["data"]) == {
        "transactionId": 7,
        "timestamp": "2026-03-01T10:10:00.000Z",
        "meterValue": 23000,
        "cost": 426.0,
        "state": "Idle",
        "chargingPrice": {"kWhPrice": 18.0},
        "idlePrice": {"hourPrice": 180.0},
    }


def test_a_transaction_without_a_number_has_no_words() -> None:
    order = v16.VERSION.order(commands.ShowCost(transaction_id="T1", amount=Decimal(1), currency="INR", at=SHOW.at))
    assert isinstance(order, versions.CannotExpress)
