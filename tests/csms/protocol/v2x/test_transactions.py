"""OCPP 2.x TransactionEvent -> fact, and its answer (rules 13, 30, 42-45)."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from csms.domain import facts
from csms.protocol import versions
from tests.csms.protocol.support import frame, heard
from tests.csms.protocol.v2x.support import AT, BOTH, answered, told

EVENT: dict[str, Any] = {
    "eventType": "Updated",
    "timestamp": AT,
    "triggerReason": "ChargingStateChanged",
    "seqNo": 3,
    "offline": True,
    "reservationId": 5,
    "transactionInfo": {
        "transactionId": "T-1",
        "chargingState": "SuspendedEV",
        "stoppedReason": "Local",
        "remoteStartId": 7,
    },
    "evse": {"id": 2, "connectorId": 1},
    "idToken": {"idToken": "CARD", "type": "ISO15693"},
    "meterValue": [{"timestamp": AT, "sampledValue": [{"value": 1.5, "unitOfMeasure": {"unit": "kWh"}}]}],
}
LEAST = {name: EVENT[name] for name in ("eventType", "timestamp", "triggerReason", "seqNo")} | {
    "transactionInfo": {"transactionId": "T-1"}
}


@BOTH
def test_all_that_an_event_says(version: versions.Version) -> None:
    fact = told(facts.TransactionEvent, version, "TransactionEvent", EVENT)
    at = datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert fact == facts.TransactionEvent(
        kind="Updated",
        transaction_id="T-1",
        seq_no=3,
        at=at,
        trigger="ChargingStateChanged",
        offline=True,
        charging_state="SuspendedEV",
        stopped_reason="Local",
        remote_start_id=7,
        reservation_id=5,
        evse_id=2,
        evse_connector_id=1,
        id_token=facts.IdToken("CARD", "ISO15693"),
        readings=(facts.Reading(at, (facts.Sampled("1.5", unit="kWh"),)),),
        digest=fact.digest,
    )


@BOTH
def test_the_least_that_an_event_says(version: versions.Version) -> None:
    fact = told(facts.TransactionEvent, version, "TransactionEvent", LEAST)
    assert (fact.id_token, fact.evse_id, fact.readings, fact.offline, fact.suspect) == (None, None, (), False, ())


@BOTH
def test_rule_11_the_digest_is_that_of_the_content_not_of_its_spelling(version: versions.Version) -> None:
    first = told(facts.TransactionEvent, version, "TransactionEvent", EVENT)
    again = told(facts.TransactionEvent, version, "TransactionEvent", dict(reversed(EVENT.items())))
    other = told(facts.TransactionEvent, version, "TransactionEvent", EVENT | {"seqNo": 4})
    assert first.digest == again.digest != other.digest


@BOTH
@pytest.mark.parametrize(
    ("changes", "suspect"),
    [
        ({"seqNo": "three"}, "seq_no_unreadable"),
        ({"seqNo": -1}, "seq_no_unreadable"),
        ({"timestamp": "yesterday"}, "timestamp_unreadable"),
        ({"timestamp": "1970-01-01T00:00:00Z"}, "timestamp_no_clock"),
        ({"offline": "yes"}, "offline_type"),
        ({"evse": "1"}, "evse_type"),
    ],
)
def test_rule_13_an_event_that_can_be_read_is_taken_with_its_doubts(
    version: versions.Version, changes: dict[str, Any], suspect: str
) -> None:
    fact = told(facts.TransactionEvent, version, "TransactionEvent", EVENT | changes)
    assert (fact.transaction_id, fact.kind) == ("T-1", "Updated")
    assert suspect in fact.suspect


@BOTH
@pytest.mark.parametrize(
    "changes",
    [{"eventType": "Paused"}, {"eventType": None}, {"transactionInfo": {}}, {"transactionInfo": {"transactionId": ""}}],
)
def test_rule_13_one_that_cannot_be_read_is_kept_aside(version: versions.Version, changes: dict[str, Any]) -> None:
    assert isinstance(heard(frame("TransactionEvent", EVENT | changes), version), facts.Unreadable)
    assert answered(version, "TransactionEvent", facts.Acknowledged()) == {}


@BOTH
def test_a_token_without_a_type_is_a_token(version: versions.Version) -> None:
    fact = told(facts.TransactionEvent, version, "TransactionEvent", EVENT | {"idToken": {"idToken": "CARD"}})
    assert fact.id_token == facts.IdToken("CARD")
    assert fact.suspect


@BOTH
def test_rule_30_the_answer_says_what_was_asked_and_is_known(version: versions.Version) -> None:
    assert answered(version, "TransactionEvent", facts.EventAnswer()) == {}
    info = facts.TokenInfo("Accepted", group_id="FLEET")
    whole = facts.EventAnswer(info, Decimal("0.00"), -3, facts.PersonalMessage("Hello", language="en"))
    assert answered(version, "TransactionEvent", whole) == {
        "idTokenInfo": {"status": "Accepted", "groupIdToken": {"idToken": "FLEET", "type": "Central"}},
        "totalCost": 0.0,
        "chargingPriority": -3,
        "updatedPersonalMessage": {"format": "UTF8", "content": "Hello", "language": "en"},
    }


@BOTH
def test_what_a_transaction_may_cost_is_told_where_there_are_words_for_it(version: versions.Version) -> None:
    told = answered(version, "TransactionEvent", facts.EventAnswer(max_cost=Decimal("200.00")))
    assert told == ({"transactionLimit": {"maxCost": 200.0}} if version.name == "2.1" else {})
