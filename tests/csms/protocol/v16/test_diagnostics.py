"""OCPP 1.6 logs: asked for, and how far they are."""

from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain import commands
from tests.csms.protocol.v16.blocks import detail, learnt, merged, noticed, ordered

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
URL = "https://csms.example.com/uploads/one-time-name"
WHEN = "2026-03-01T10:00:00.000Z"


def get(**fields: Any) -> commands.GetDiagnostics:
    return commands.GetDiagnostics(**merged({"upload_url": URL}, fields))


def test_diagnostics_by_the_call_that_every_charger_knows() -> None:
    assert ordered(get()) == ("GetDiagnostics", {"location": URL})
    times = {"startTime": WHEN, "stopTime": WHEN}
    assert ordered(get(since=AT, until=AT)) == ("GetDiagnostics", {"location": URL, **times})


@pytest.mark.parametrize(("kind", "word"), [("diagnostics", "DiagnosticsLog"), ("security", "SecurityLog")])
def test_a_log_of_a_type_by_the_security_whitepapers_call(kind: str, word: str) -> None:
    log = {"remoteLocation": URL, "oldestTimestamp": WHEN}
    asked = get(log_type=kind, since=AT, request_id=9)
    assert ordered(asked) == ("GetLog", {"requestId": 9, "logType": word, "log": log})


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"upload_url": None}, "upload_url"),
        ({"upload_url": None, "log_type": "security", "request_id": 9}, "upload_url"),
        ({"log_type": "security"}, "request_id"),
        ({"log_type": "data_collector", "request_id": 9}, "no log of type data_collector"),
    ],
)
def test_what_1_6_cannot_ask_for(fields: dict[str, Any], told: str) -> None:
    assert told in detail(get(**fields))


def test_what_the_charger_will_send() -> None:
    [change] = learnt("GetDiagnostics", {"location": URL}, {"fileName": "diag.zip"})
    shown = {"location": "https://csms.example.com/…"}
    assert (change.kind, change.put) == ("logs", {"diagnostics": {**shown, "fileName": "diag.zip"}})
    [change] = learnt("GetDiagnostics", {"location": URL}, {})
    assert change.put == {"diagnostics": shown}


def test_the_request_for_a_log_and_its_status_are_one_thing() -> None:
    _, request = ordered(get(log_type="security", request_id=9))
    [change] = learnt("GetLog", request, {"status": "Accepted", "filename": "sec.log"})
    body = {"requestId": 9, "logType": "SecurityLog", "location": "https://csms.example.com/…", "filename": "sec.log"}
    assert change.put == {"9": body}
    assert learnt("GetLog", request, {"status": "Rejected"}) == ()
    [change] = noticed("LogStatusNotification", {"status": "Uploaded", "requestId": 9})
    assert change.merge == {"9": {"status": "Uploaded", "requestId": 9}}


def test_how_far_diagnostics_are() -> None:
    [change] = noticed("DiagnosticsStatusNotification", {"status": "UploadFailed"})
    assert (change.put, change.merge) == ({"status": {"status": "UploadFailed"}}, {})
