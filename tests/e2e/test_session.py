"""A whole stay by charge points that others wrote, compared field by field with what they sent.

Boot, status, authorize, start, meter values, remote reset, remote stop, stop, free connector.
"""

import itertools
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.e2e import client, server
from tests.e2e.moments import moment

CLIENTS = {"mobilityhouse": client.mobilityhouse, "ocpp_rpc": client.ocpp_rpc}


@dataclass
class Story:
    """What the client said, and what the server showed at each turn."""

    served: server.Server
    charger: client.Client
    station_id: str
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)
    commands: dict[str, dict[str, Any]] = field(default_factory=dict)

    def sent(self, action: str) -> dict[str, Any]:
        """The payload of the first call of this action."""
        return self.charger.all(action)[0].payload

    def show(self, turn: str) -> None:
        """Keep what the API shows of the session now."""
        self.shown[turn] = self.served.only_session()


def tell(story: Story) -> None:
    """The whole story, turn by turn; each report is acknowledged before the next look."""
    charger, served = story.charger, story.served
    charger.do("boot", "BootNotification")
    charger.do("status 1 Available", "StatusNotification")
    charger.do("authorize TAG1", "Authorize")
    charger.do("status 1 Preparing", "StatusNotification")
    charger.do("start 1 TAG1 1000", "StartTransaction")
    story.show("started")
    charger.do("status 1 Charging", "StatusNotification")
    charger.do("meter 1250.5 7400 41", "MeterValues")
    charger.do("meter 1500 7360.2 42", "MeterValues")
    story.show("charging")
    story.commands["reset"] = served.post("/chargers/CP-01/commands/reset", {"type": "immediate"})
    charger.answered("BootNotification")
    story.show("rebooted")
    charger.do("meter 2750 3600 55", "MeterValues")
    story.commands["stop"] = served.post(f"/sessions/{story.shown['started']['id']}/stop")
    charger.answered("StopTransaction")
    charger.do("status 1 Finishing", "StatusNotification")
    story.show("stopped")
    charger.do("status 1 Available", "StatusNotification")
    story.show("over")


@pytest.fixture(scope="module", params=CLIENTS)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The story, told once by each foreign client."""
    folder: pathlib.Path = tmp_path_factory.mktemp(request.param)
    with server.serving(folder / "data") as served:
        station_id = served.install("CP-01")
        with CLIENTS[request.param](served.ocpp_url, "CP-01", folder / "client.log") as charger:
            told = Story(served, charger, station_id)
            tell(told)
            yield told


def test_the_client_spoke_ocpp_1_6_and_was_accepted(story: Story) -> None:
    answer = story.charger.all("BootNotification")[0].answer
    assert answer["status"] == "Accepted"
    assert moment(answer["currentTime"]).utcoffset() is not None


def test_the_token_was_accepted(story: Story) -> None:
    assert story.charger.all("Authorize")[0].answer["idTagInfo"]["status"] == "Accepted"
    assert story.charger.all("StartTransaction")[0].answer["idTagInfo"]["status"] == "Accepted"
    assert story.charger.all("StopTransaction")[0].answer["idTagInfo"]["status"] == "Accepted"


def test_the_charger_is_what_it_said_it_is(story: Story) -> None:
    boot, shown = story.sent("BootNotification"), story.served.get("/chargers/CP-01")
    assert (shown["vendor"], shown["model"]) == (boot["chargePointVendor"], boot["chargePointModel"])
    assert shown["serial_number"] == boot["chargePointSerialNumber"]
    assert shown["firmware_version"] == boot["firmwareVersion"]
    assert (shown["online"], shown["protocol"]) == (True, "1.6")


def test_the_session_is_the_start_that_was_sent(story: Story) -> None:
    start, shown = story.charger.all("StartTransaction")[0], story.shown["started"]
    assert shown["transaction_id"] == str(start.answer["transactionId"])
    assert shown["connector_id"] == start.payload["connectorId"]
    assert shown["id_token"] == start.payload["idTag"]
    assert moment(shown["started_at"]) == moment(start.payload["timestamp"])
    assert shown["meter_start_wh"] == start.payload["meterStart"]
    assert (shown["charger_id"], shown["station_id"], shown["token_type"]) == ("CP-01", story.station_id, "ISO14443")
    assert (shown["status"], shown["flags"], shown["energy_wh"], shown["continues"]) == ("active", [], 0, None)
    assert (shown["stopped_at"], shown["stop_reason"], shown["meter_stop_wh"]) == (None, None, None)


def test_the_running_session_shows_the_last_sample(story: Story) -> None:
    shown = story.shown["charging"]
    assert (shown["energy_wh"], shown["power_w"], shown["soc_percent"]) == (500, 7360.2, 42)


def test_a_remote_reset_is_accepted_and_the_session_goes_on(story: Story) -> None:
    assert story.commands["reset"]["status"] == "accepted"
    assert story.shown["rebooted"]["status"] == "active"
    assert story.shown["rebooted"]["id"] == story.shown["started"]["id"]


def test_a_remote_stop_is_accepted_and_stops_this_transaction(story: Story) -> None:
    assert story.commands["stop"]["status"] == "accepted"
    assert story.sent("StopTransaction")["transactionId"] == int(story.shown["started"]["transaction_id"])


def test_the_stopped_session_is_the_stop_that_was_sent(story: Story) -> None:
    stop, shown = story.sent("StopTransaction"), story.shown["stopped"]
    assert moment(shown["stopped_at"]) == moment(stop["timestamp"])
    assert shown["meter_stop_wh"] == stop["meterStop"] == 2750
    assert shown["stop_reason"] == stop["reason"] == "Remote"
    assert shown["energy_wh"] == stop["meterStop"] - story.sent("StartTransaction")["meterStart"]
    lasted = moment(stop["timestamp"]) - moment(story.sent("StartTransaction")["timestamp"])
    assert shown["duration_s"] == int(lasted.total_seconds())
    assert (shown["status"], shown["flags"]) == ("finishing", [])


def test_idle_time_is_what_lies_between_the_clients_own_statuses(story: Story) -> None:
    statuses = {call.payload["status"]: call.payload["timestamp"] for call in story.charger.all("StatusNotification")}
    finishing, available = moment(statuses["Finishing"]), moment(statuses["Available"])
    assert moment(story.shown["stopped"]["idle_since"]) == finishing
    assert story.shown["over"]["idle_s"] == int((available - finishing).total_seconds())
    assert (story.shown["over"]["status"], story.shown["over"]["idle_since"]) == ("completed", None)


def test_every_record_of_meter_values_is_one_event_with_its_register_as_sent(story: Story) -> None:
    events = story.served.get(f"/sessions/{story.shown['over']['id']}/events", limit=500)["items"]
    samples = [event for event in events if "meter" in event["type"].lower()]
    sent = [call.payload for call in story.charger.all("MeterValues")]
    assert len(samples) == len(sent) == 3
    for event, payload in zip(samples, sent, strict=True):
        assert f'"{payload["meterValue"][0]["sampledValue"][0]["value"]}"' in str(event["body"]).replace("'", '"')


def test_the_events_are_in_order_and_complete(story: Story) -> None:
    events = story.served.get(f"/sessions/{story.shown['over']['id']}/events", limit=500)["items"]
    assert [event["version"] for event in events] == list(range(1, len(events) + 1))
    assert all(before["seq"] < after["seq"] for before, after in itertools.pairwise(events))
    kinds = [event["type"] for event in events]
    assert (kinds[0], kinds[-1]) == ("SessionStarted", "SessionCompleted")
    assert kinds.count("SessionStopped") == 1


def test_the_meter_values_are_those_that_were_sent(story: Story) -> None:
    shown = story.served.get(f"/sessions/{story.shown['over']['id']}/meter-values", limit=500)["items"]
    sent = [value for call in story.charger.all("MeterValues") for value in call.payload["meterValue"]]
    assert len(shown) == len(sent)
    for reading, value in zip(shown, sent, strict=True):
        assert moment(reading["at"]) == moment(value["timestamp"])
        assert [item["value"] for item in reading["values"]] == [item["value"] for item in value["sampledValue"]]
        assert [item["measurand"] for item in reading["values"]] == [
            item["measurand"] for item in value["sampledValue"]
        ]


def test_a_replay_of_the_log_shows_what_the_api_shows(story: Story) -> None:
    replayed = story.served.csms("replay", story.shown["over"]["id"], "--json").stdout
    assert server.parsed(replayed) == story.shown["over"]


def test_an_ordered_session_is_the_one_that_the_charger_starts(story: Story) -> None:
    ordered = story.served.api.post("/sessions", json={"charger_id": "CP-01", "connector_id": 2, "id_token": "TAG1"})
    assert (ordered.status_code, ordered.json()["status"]) == (202, "pending")
    start = story.charger.answered("StartTransaction")
    shown = story.served.get(f"/sessions/{ordered.json()['id']}")
    assert (shown["status"], shown["transaction_id"]) == ("active", str(start.answer["transactionId"]))
    assert (start.payload["connectorId"], start.payload["idTag"]) == (2, "TAG1")
    story.charger.do("stop 3000", "StopTransaction")
    assert story.served.get(f"/sessions/{shown['id']}")["energy_wh"] == 3000 - start.payload["meterStart"]


def test_a_command_that_the_charger_answers_brings_its_answer(story: Story) -> None:
    read = story.served.post("/chargers/CP-01/commands/get-configuration", {"keys": ["HeartbeatInterval", "Nope"]})
    assert read["response"]["unknownKey"] == ["Nope"]
    assert read["response"]["configurationKey"][0]["value"] == "300"
    changed = story.served.post(
        "/chargers/CP-01/commands/set-configuration", {"key": "HeartbeatInterval", "value": "300"}
    )
    assert changed["status"] == "accepted"
    story.served.post("/chargers/CP-01/commands/trigger", {"message": "Heartbeat"})
    story.charger.answered("Heartbeat")
