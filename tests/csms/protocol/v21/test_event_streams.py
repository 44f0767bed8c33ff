"""Periodic event streams: which there are, how often they send, and what they said last."""

import json
from typing import Any

import pytest

from csms.domain import facts
from csms.protocol import frames, versions
from tests.csms.protocol.support import AT, V21, V201, frame, heard
from tests.csms.protocol.v21.holding import Holding

ACCEPTED = {"status": "Accepted"}


def stream(number: int = 1, **params: int) -> dict[str, Any]:
    return {"id": number, "variableMonitoringId": 40 + number, "params": params or {"interval": 60, "values": 5}}


def data(number: int = 1, *points: tuple[float, str], pending: int = 0) -> dict[str, Any]:
    return {"id": number, "pending": pending, "basetime": AT, "data": [{"t": t, "v": v} for t, v in points]}


@pytest.fixture
def holding() -> Holding:
    found = Holding()
    found.says("OpenPeriodicEventStream", {"constantStreamData": stream(1)})
    found.says("OpenPeriodicEventStream", {"constantStreamData": stream(2)})
    return found


def test_an_opened_stream_is_accepted_and_there_until_it_is_closed(holding: Holding) -> None:
    assert holding.of("event-streams") == {"1": stream(1), "2": stream(2)}
    holding.says("ClosePeriodicEventStream", {"id": 1})
    assert holding.of("event-streams") == {"2": stream(2)}
    for action, answer in (("OpenPeriodicEventStream", ACCEPTED), ("ClosePeriodicEventStream", {})):
        reply = V21.reply(frames.Call("7", action, {}), facts.Acknowledged())
        assert json.loads(reply) == [3, "7", answer]


def test_the_newest_value_of_a_stream_is_known_and_every_message_is_a_report(holding: Holding) -> None:
    told = data(1, (0.0, "16.1"), (20.5, "16.4"), (10.0, "16.2"), pending=3)
    notice = holding.sends("NotifyPeriodicEventStream", told)
    newest = {"basetime": AT, "t": 20.5, "v": "16.4"}
    assert holding.of("event-streams")["1"] == {**stream(1), "pending": 3, "newest": newest}
    assert notice.action == "NotifyPeriodicEventStream"
    assert json.loads(notice.payload or "") == told


def test_an_accepted_adjustment_counts_as_a_whole_and_a_rejected_one_not_at_all(holding: Holding) -> None:
    request = {"id": 1, "params": {"interval": 10}}
    holding.learns("AdjustPeriodicEventStream", request, {"status": "Rejected"})
    assert holding.of("event-streams")["1"] == stream(1)
    holding.learns("AdjustPeriodicEventStream", request, ACCEPTED)
    assert holding.of("event-streams")["1"] == stream(1, interval=10)


def test_the_list_of_streams_is_complete_and_what_they_said_stays(holding: Holding) -> None:
    holding.sends("NotifyPeriodicEventStream", data(2, (0, "230")))
    holding.learns("GetPeriodicEventStream", {}, {"constantStreamData": [stream(2, interval=1), stream(3)]})
    held = holding.of("event-streams")
    assert held.keys() == {"2", "3"}
    assert held["2"]["newest"]["v"] == "230"
    assert held["2"]["params"]["interval"] == 1
    holding.learns("GetPeriodicEventStream", {}, {})
    assert holding.of("event-streams") == {}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (data(1), "OccurrenceConstraintViolation"),
        ({**data(1, (0, "1")), "id": "one"}, "TypeConstraintViolation"),
        ([], "FormatViolation"),
        (None, "FormatViolation"),
    ],
)
def test_a_bad_send_says_what_is_wrong_for_the_log_only(payload: Any, code: str) -> None:
    said = V21.said(frames.Send("7", "NotifyPeriodicEventStream", payload), "")
    assert isinstance(said, versions.CallFault)
    assert said.code == code


def test_rule_12_only_a_send_may_be_sent_and_only_in_2_1() -> None:
    heartbeat = V21.said(frames.Send("7", "Heartbeat", {}), "")
    called = heard(frame("NotifyPeriodicEventStream", data(1, (0, "1"))), V21)
    older = V201.said(frames.Send("7", "NotifyPeriodicEventStream", {}), "")
    for said, code in ((heartbeat, "NotSupported"), (called, "NotSupported"), (older, "NotImplemented")):
        assert isinstance(said, versions.CallFault)
        assert said.code == code
