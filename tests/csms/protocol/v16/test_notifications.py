"""OCPP 1.6 reports that are stored as they are."""

import json
from typing import Any

import pytest

from csms.domain import facts
from csms.protocol import frames
from tests.csms.protocol.support import AT, V16, refused, told

REPORTS = [
    ("FirmwareStatusNotification", {"status": "Installed"}),
    ("DiagnosticsStatusNotification", {"status": "Uploading"}),
    ("LogStatusNotification", {"status": "Uploaded", "requestId": 3}),
    ("SignedFirmwareStatusNotification", {"status": "SignatureVerified"}),
    ("SecurityEventNotification", {"type": "InvalidCentralSystemCertificate", "timestamp": AT}),
]


@pytest.mark.parametrize(("action", "payload"), REPORTS)
def test_each_is_kept_as_json_and_answered_with_nothing(action: str, payload: dict[str, Any]) -> None:
    fact = told(facts.Notification, action, payload)
    assert (fact.action, json.loads(fact.payload or "")) == (action, payload)
    assert json.loads(V16.reply(frames.Call("7", action, payload), facts.Acknowledged())) == [3, "7", {}]


@pytest.mark.parametrize(("action", "payload"), REPORTS)
def test_each_is_checked(action: str, payload: dict[str, Any]) -> None:
    assert refused(action, {}).code == "OccurenceConstraintViolation"
