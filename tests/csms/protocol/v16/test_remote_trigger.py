"""OCPP 1.6 Remote Trigger."""

import pytest

from csms.domain import commands
from csms.protocol import versions
from tests.csms.protocol.support import V16, ended


def test_a_message_of_one_connector() -> None:
    order = V16.order(commands.Trigger(message="StatusNotification", connector_id=1))
    assert order == versions.Order("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1})


@pytest.mark.parametrize("connector_id", [None, 0])
def test_rule_26_the_whole_charger_is_meant_by_naming_no_connector(connector_id: int | None) -> None:
    order = V16.order(commands.Trigger(message="MeterValues", connector_id=connector_id))
    assert order == versions.Order("TriggerMessage", {"requestedMessage": "MeterValues"})


def test_a_message_that_cannot_be_triggered_is_told_the_others() -> None:
    order = V16.order(commands.Trigger(message="Authorize"))
    assert isinstance(order, versions.CannotExpress)
    assert "BootNotification" in order.detail


def test_connector_and_evse_must_agree() -> None:
    order = V16.order(commands.Trigger(message="MeterValues", connector_id=1, evse_id=2))
    assert isinstance(order, versions.CannotExpress)


def test_rule_54_the_outcome_may_be_not_implemented() -> None:
    outcome = ended(commands.Trigger(message="Heartbeat"), {"status": "NotImplemented"})
    assert (outcome.status, outcome.refused) == ("not_implemented", True)


@pytest.mark.parametrize("message", ["LogStatusNotification", "SignChargePointCertificate"])
def test_what_the_security_whitepaper_added_has_a_call_of_its_own(message: str) -> None:
    order = V16.order(commands.Trigger(message=message))
    assert order == versions.Order("ExtendedTriggerMessage", {"requestedMessage": message})
