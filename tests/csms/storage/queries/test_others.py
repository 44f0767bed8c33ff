"""Events, meter values, commands, attempts, alerts, tokens, stations and people as they are shown."""

import sqlite3
from decimal import Decimal

import msgspec
import pytest

from csms.domain import events, facts
from csms.storage import queries
from csms.storage.log import Append, Entry, Log, New
from csms.storage.queries.plain import plain, stored
from csms.storage.reference import chargers, stations, tokens
from tests.csms.storage.support import NOW, Teller, append, at, noted, sampled, started


def test_events_are_shown_oldest_first_with_their_own_fields(teller: Teller, conn: sqlite3.Connection) -> None:
    teller.stay("s1")
    page = queries.streams.list(conn, "session:s1")
    assert [(item["version"], item["type"]) for item in page["items"]] == [
        (1, "SessionStarted"),
        (2, "MeterSampled"),
        (3, "SessionStopped"),
        (4, "SessionCompleted"),
    ]
    assert page["items"][1] == {
        "seq": 2,
        "version": 2,
        "type": "MeterSampled",
        "at": "2026-03-01T09:01:00Z",
        "body": {"readings": [{"at": "2026-03-01T09:01:00Z", "values": [{"value": "1500"}]}]},
    }
    assert page["items"][0]["body"]["meter_start_wh"] == 1000
    assert page["next_cursor"] is None


def test_events_come_in_pages(log: Log, conn: sqlite3.Connection) -> None:
    log.append(append("a", *[noted(str(number)) for number in range(5)]))
    first = queries.streams.list(conn, "a", limit=3)
    second = queries.streams.list(conn, "a", limit=3, cursor=first["next_cursor"])
    assert [item["body"]["payload"] for item in first["items"] + second["items"]] == ["0", "1", "2", "3", "4"]
    assert second["next_cursor"] is None


def test_every_event_has_a_form_in_json(log: Log, conn: sqlite3.Connection) -> None:
    odd = events.SessionStopped(stopped_at=NOW, energy_wh=Decimal("1.50"), digest=b"\x01\xff")
    log.append(append("a", odd, events.ConfigurationRead(values={"Key": ("value", True)})))
    items = queries.streams.list(conn, "a")["items"]
    assert items[0]["body"] == {"stopped_at": "2026-03-01T09:00:00Z", "energy_wh": 1.5, "digest": "01ff"}
    assert items[1]["body"] == {"values": {"Key": ["value", True]}}


def test_meter_values_are_shown_as_sent_one_item_for_each_moment(teller: Teller, conn: sqlite3.Connection) -> None:
    teller.tell("s1", started())
    values = (facts.Sampled("1500.0"), facts.Sampled("7.2", measurand="Power.Active.Import", unit="kW", phase="L1"))
    readings = (facts.Reading(at(50), values), facts.Reading(None, (facts.Sampled("1,6"),)))
    teller.tell("s1", events.MeterSampled(readings=readings, suspect=("timestamp_missing",)), seconds=60)
    first, second = queries.streams.meter_values(conn, "s1")["items"]
    assert (first["at"], first["received_at"]) == ("2026-03-01T09:00:50Z", "2026-03-01T09:01:00Z")
    assert first["values"][0]["value"] == "1500.0"
    assert first["values"][1] | {"measurand": "Power.Active.Import", "unit": "kW", "phase": "L1"} == first["values"][1]
    assert (second["at"], second["values"][0]["value"], second["suspect"]) == (None, "1,6", ["timestamp_missing"])


def test_meter_values_come_in_pages_of_whole_records(teller: Teller, conn: sqlite3.Connection) -> None:
    teller.tell("s1", started())
    for number in range(5):
        teller.tell("s1", sampled(1500 + number), seconds=number)
    first = queries.streams.meter_values(conn, "s1", limit=3)
    second = queries.streams.meter_values(conn, "s1", limit=3, cursor=first["next_cursor"])
    shown = [item["values"][0]["value"] for item in first["items"] + second["items"]]
    assert shown == ["1500", "1501", "1502", "1503", "1504"]
    assert second["next_cursor"] is None


def test_a_command_is_shown_with_its_outcome(teller: Teller, conn: sqlite3.Connection) -> None:
    asked = events.CommandRequested(command_id="c1", command="reset", by="u1", arguments={"type": "hard"})
    teller.say("CP-01", asked)
    shown = queries.commands.get(conn, "c1")
    assert shown is not None and (shown["status"], shown["response"], shown["ended_at"]) == ("requested", None, None)
    ended = events.CommandEnded(command_id="c1", status="accepted", detail="", response={"status": "Accepted"})
    teller.say("CP-01", ended, seconds=2)
    assert queries.commands.get(conn, "c1") == {
        "id": "c1",
        "charger_id": "CP-01",
        "command": "reset",
        "arguments": {"type": "hard"},
        "by": "u1",
        "requested_at": "2026-03-01T09:00:00Z",
        "status": "accepted",
        "detail": "",
        "response": {"status": "Accepted"},
        "ended_at": "2026-03-01T09:00:02Z",
    }
    assert queries.commands.get(conn, "c2") is None


def test_the_commands_of_a_charger_are_listed_newest_first(teller: Teller, conn: sqlite3.Connection) -> None:
    for number, charger_id in enumerate(["CP-01", "CP-02", "CP-01"]):
        teller.say(charger_id, events.CommandRequested(command_id=f"c{number}", command="reset", by="u1"))
    assert [item["id"] for item in queries.commands.list(conn, charger_id="CP-01")["items"]] == ["c2", "c0"]


def test_why_a_card_was_refused_can_be_found(log: Log, teller: Teller, conn: sqlite3.Connection) -> None:
    ref = log.write(tokens.intern, "04A1B2C3")
    teller.say("CP-01", events.AuthorizationDecided(token=ref, status="Invalid", reason="unknown token"))
    refused = msgspec.structs.replace(
        started("CP-02", token=ref), authorization="Blocked", authorization_reason="the token is blocked"
    )
    teller.tell("s1", refused, seconds=5)
    teller.say("CP-02", events.AuthorizationDecided(token="other", status="Accepted"))
    found = queries.authorizations.list(conn, id_token="04a1b2c3")["items"]
    assert [(item["charger_id"], item["status"], item["reason"], item["source"]) for item in found] == [
        ("CP-02", "Blocked", "the token is blocked", "start"),
        ("CP-01", "Invalid", "unknown token", "authorize"),
    ]
    assert (found[0]["id_token"], found[0]["at"]) == ("04A1B2C3", "2026-03-01T09:00:05Z")
    assert len(queries.authorizations.list(conn, charger_id="CP-02")["items"]) == 2
    assert len(queries.authorizations.list(conn, status="Accepted")["items"]) == 1


def test_alerts_are_listed_newest_first(log: Log, conn: sqlite3.Connection) -> None:
    for number, subject in enumerate(["CP-01", "CP-02"]):
        raised = events.AlertRaised(kind="offline", subject=subject, detail="gone")
        log.append(Append(entries=(Entry(events.SYSTEM_STREAM, None, (New(raised),)),), at=at(number)))
    assert [item["subject"] for item in queries.alerts.list(conn)["items"]] == ["CP-02", "CP-01"]
    assert queries.alerts.list(conn, subject="CP-01")["items"] == [
        {"id": "1", "kind": "offline", "subject": "CP-01", "detail": "gone", "raised_at": "2026-03-01T09:00:00Z"}
        | {"resolved_at": None}
    ]


def test_alerts_of_elsewhere_are_not_shown(log: Log, conn: sqlite3.Connection) -> None:
    log.write(stations.add, {"id": "st1", "name": "Here"})
    log.write(chargers.add, {"id": "CP-01", "station_id": "st1"})
    for number, subject in enumerate(["CP-01", "CP-02", "disk"]):
        raised = events.AlertRaised(kind="offline", subject=subject, detail="gone")
        log.append(Append(entries=(Entry(events.SYSTEM_STREAM, None, (New(raised),)),), at=at(number)))
    assert [item["subject"] for item in queries.alerts.list(conn, station_ids=["st1"])["items"]] == ["CP-01"]
    assert queries.alerts.list(conn, station_ids=[])["items"] == []


def test_alerts_that_are_over_can_be_left_out(log: Log, conn: sqlite3.Connection) -> None:
    told: list[events.AnyEvent] = [
        *(events.AlertRaised(kind="offline", subject=subject, detail="gone") for subject in ("CP-01", "CP-02")),
        events.AlertResolved(kind="offline", subject="CP-01"),
    ]
    for number, event in enumerate(told):
        log.append(Append(entries=(Entry(events.SYSTEM_STREAM, None, (New(event),)),), at=at(number)))
    assert [item["subject"] for item in queries.alerts.list(conn, resolved=False)["items"]] == ["CP-02"]
    assert [item["subject"] for item in queries.alerts.list(conn, resolved=True)["items"]] == ["CP-01"]


def test_only_registered_tokens_are_listed(log: Log, conn: sqlite3.Connection) -> None:
    log.write(tokens.intern, "PRESENTED")
    for value in ("B", "a"):
        log.write(tokens.add, {"id_token": value, "driver_id": f"u{value}"})
    assert [item["id_token"] for item in queries.tokens.list(conn)["items"]] == ["a", "B"]
    assert [item["id_token"] for item in queries.tokens.list(conn, driver_id="uB")["items"]] == ["B"]
    assert [item["id_token"] for item in queries.tokens.every(conn)] == ["a", "B"]


@pytest.mark.parametrize("value", [object(), {1, 2}])
def test_what_has_no_form_in_json_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        plain(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a":1.5,"b":[1e3,"x",null]}', {"a": 1.5, "b": [1000.0, "x", None]}),
        ('{"a":1e400,"b":2.50}', {"a": "1e400", "b": 2.5}),
        ('{"a":[-1E+999]}', {"a": ["-1E+999"]}),
    ],
)
def test_a_number_beyond_all_bounds_that_was_stored_is_told_as_it_was_written(text: str, value: object) -> None:
    assert stored(text) == value
