"""Which messages a call of ours asks for."""

from typing import Any

import pytest

from csms.domain import consequences


@pytest.mark.parametrize(
    ("action", "payload", "messages"),
    [
        ("TriggerMessage", {"requestedMessage": "StatusNotification"}, {"StatusNotification"}),
        ("TriggerMessage", {"requestedMessage": "SignV2GCertificate"}, {"SignCertificate"}),
        ("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}, {"SignCertificate"}),
        ("GetBaseReport", {}, {"NotifyReport"}),
        ("Reset", {}, set()),
    ],
)
def test_rule_20_what_a_call_of_ours_makes_the_charger_report(
    action: str, payload: dict[str, Any], messages: set[str]
) -> None:
    assert consequences.asked_for(action, payload) == messages
