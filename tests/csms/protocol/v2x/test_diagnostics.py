"""OCPP 2.x logs: asked for, and how far they are."""

from datetime import UTC, datetime
from typing import Any

from csms.domain import commands
from csms.protocol import versions
from tests.csms.protocol.support import V21, V201
from tests.csms.protocol.v2x.support import BOTH, ordered
from tests.csms.protocol.v21.holding import Holding

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
WHEN = "2026-03-01T10:00:00.000Z"
URL = "https://user:secret@files.example.com/one-time-name?key=1"
SHOWN = "https://files.example.com/…"


def get_log(**fields: Any) -> commands.GetDiagnostics:
    usual: dict[str, Any] = {"upload_url": URL, "request_id": 9}
    return commands.GetDiagnostics(**{**usual, **fields})


@BOTH
def test_a_log_is_asked_for_and_followed(version: versions.Version) -> None:
    action, request = ordered(version, get_log(log_type="security", since=AT, until=AT))
    log = {"remoteLocation": URL, "oldestTimestamp": WHEN, "latestTimestamp": WHEN}
    assert (action, request) == ("GetLog", {"requestId": 9, "logType": "SecurityLog", "log": log})
    holding = Holding(version)
    holding.learns("GetLog", request, {"status": "Accepted", "filename": "sec.log"})
    holding.says("LogStatusNotification", {"status": "Uploaded", "requestId": 9})
    body = {"requestId": 9, "logType": "SecurityLog", "location": SHOWN, "filename": "sec.log", "status": "Uploaded"}
    assert holding.of("logs")["9"] == body


def test_diagnostics_unless_another_log_is_named() -> None:
    assert ordered(V201, get_log())[1]["logType"] == "DiagnosticsLog"
    assert "no log of type" in ordered(V201, get_log(log_type="data_collector"))
    assert ordered(V21, get_log(log_type="data_collector"))[1]["logType"] == "DataCollectorLog"
    assert "upload_url" in ordered(V201, get_log(upload_url=None))
