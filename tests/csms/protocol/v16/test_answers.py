"""OCPP 1.6 answers: each one valid by the schema that the charger may check it with."""

from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain import facts
from csms.protocol.v16 import answers
from tests.csms.protocol.support import V16

NOW = datetime(2026, 3, 1, 10, 0, 0, 5000, tzinfo=UTC)
MEMBER = facts.TokenInfo("Accepted", expires_at=NOW, group_id="GROUP")


@pytest.mark.parametrize(
    ("action", "answer", "payload"),
    [
        (
            "BootNotification",
            facts.BootAnswer("Pending", NOW, 300),
            {"status": "Pending", "currentTime": "2026-03-01T10:00:00.005Z", "interval": 300},
        ),
        ("Heartbeat", facts.HeartbeatAnswer(NOW), {"currentTime": "2026-03-01T10:00:00.005Z"}),
        (
            "Authorize",
            facts.AuthorizeAnswer(MEMBER),
            {"idTagInfo": {"status": "Accepted", "expiryDate": "2026-03-01T10:00:00.005Z", "parentIdTag": "GROUP"}},
        ),
        (
            "StartTransaction",
            facts.StartAnswer("17", facts.TokenInfo("ConcurrentTx")),
            {"transactionId": 17, "idTagInfo": {"status": "ConcurrentTx"}},
        ),
        ("StartTransaction", facts.StartAnswer("17", None), {"transactionId": 17, "idTagInfo": {"status": "Invalid"}}),
        ("StopTransaction", facts.StopAnswer(facts.TokenInfo("Blocked")), {"idTagInfo": {"status": "Blocked"}}),
        ("DataTransfer", facts.DataAnswer("Accepted", "ok"), {"status": "Accepted", "data": "ok"}),
        ("DataTransfer", facts.DataAnswer("UnknownVendorId"), {"status": "UnknownVendorId"}),
        ("DataTransfer", facts.DataAnswer("UnknownMessageId"), {"status": "UnknownMessageId"}),
        ("MeterValues", facts.Acknowledged(), {}),
        ("StatusNotification", facts.Acknowledged(), {}),
        ("FirmwareStatusNotification", facts.Acknowledged(), {}),
    ],
)
def test_each_answer_is_what_the_schema_asks_for(action: str, answer: facts.Answer, payload: dict[str, Any]) -> None:
    assert answers.payload(answer) == payload
    assert V16.validators.response_faults(action, payload) == ()


def test_rule_36_no_tag_in_no_tag_info_out() -> None:
    assert answers.payload(facts.StopAnswer(None)) == {}


@pytest.mark.parametrize("status", ["NoCredit", "NotAtThisTime", "Unknown", "NotAllowedTypeEVSE"])
def test_rule_27_words_that_only_2_x_has_are_invalid(status: str) -> None:
    assert answers.payload(facts.AuthorizeAnswer(facts.TokenInfo(status))) == {"idTagInfo": {"status": "Invalid"}}


def test_rule_29_a_group_that_1_6_has_no_room_for_is_left_out() -> None:
    info = facts.TokenInfo("Accepted", group_id="g" * 21)
    assert answers.payload(facts.AuthorizeAnswer(info)) == {"idTagInfo": {"status": "Accepted"}}
