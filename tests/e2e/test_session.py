"""A whole stay by charge points that others wrote, in every version, compared field by field with what they sent.

Boot, status, authorize, start, meter values, remote reset, remote stop, stop, free connector. No test knows which OCPP
version it was: sessions, connectors and commands look the same.
"""

import itertools
import json
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.e2e import client, server, spoken
from tests.e2e.moments import moment

CLIENTS = {
    "mobilityhouse 1.6": (client.mobilityhouse, spoken.V16),
    "ocpp_rpc 1.6": (client.ocpp_rpc, spoken.V16),
    "mobilityhouse 2.0.1": (client.mobilityhouse_201, spoken.V201),
    "ocpp_rpc 2.0.1": (client.ocpp_rpc_201, spoken.V201),
    "mobilityhouse 2.1": (client.mobilityhouse_21, spoken.V21),
    "ocpp_rpc 2.1": (client.ocpp_rpc_21, spoken.V21),
}


@dataclass
class Story:
    """What the client said, and what the server showed at each turn."""

    served: server.Server
    charger: client.Client
    said: spoken.Dialect
    station_id: str
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)
    commands: dict[str, dict[str, Any]] = field(default_factory=dict)

    def show(self, turn: str) -> None:
        """Keep what the API shows of the session now."""
        self.shown[turn] = self.served.only_session()

    @property
    def start(self) -> spoken.Start:
        """The start of the transaction."""
        return self.said.starts(self.charger)[0]

    @property
    def stop(self) -> spoken.Stop:
        """Its end."""
        return self.said.stops(self.charger)[0]

    @property
    def samples(self) -> list[spoken.Sample]:
        """What was measured, of this transaction."""
        return [each for each in self.said.samples(self.charger) if each.at <= self.stop.at]


def tell(story: Story) -> None:
    """The whole story, turn by turn; each report is acknowledged before the next look."""
    charger, served, acts = story.charger, story.served, story.said.acts
    charger.do("boot", "BootNotification")
    charger.do("status 1 Available", acts["status"])
    charger.do("authorize TAG1", "Authorize")
    charger.do("status 1 Preparing", acts["status"])
    charger.do("start 1 TAG1 1000", acts["start"])
    story.show("started")
    charger.do("status 1 Charging", acts["charging"])
    story.shown["connector"] = served.get("/chargers/CP-01")["connectors"][0]
    charger.do("meter 1250.5 7400 41", acts["meter"])
    charger.do("meter 1500 7360.2 42", acts["meter"])
    story.show("charging")
    story.commands["reset"] = served.post("/chargers/CP-01/commands/reset", {"type": "immediate"})
    charger.answered("BootNotification")
    story.show("rebooted")
    charger.do("meter 2750 3600 55", acts["meter"])
    story.commands["stop"] = served.post(f"/sessions/{story.shown['started']['id']}/stop")
    charger.answered(acts["stop"])
    charger.do("status 1 Finishing", acts["status"])
    story.show("stopped")
    charger.do("status 1 Available", acts["status"])
    story.show("over")


@pytest.fixture(scope="module", params=CLIENTS)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The story, told once by each foreign client."""
    folder: pathlib.Path = tmp_path_factory.mktemp("told")
    connected, said = CLIENTS[request.param]
    with server.serving(folder / "data") as served:
        station_id = served.install("CP-01")
        with connected(served.ocpp_url, "CP-01", folder / "client.log") as charger:
            told = Story(served, charger, said, station_id)
            tell(told)
            yield told


def test_the_client_was_accepted(story: Story) -> None:
    boot = story.said.boots(story.charger)[0]
    assert boot.accepted
    assert boot.current_time.utcoffset() is not None


def test_the_token_was_accepted(story: Story) -> None:
    assert (story.said.authorized(story.charger), story.start.status, story.stop.status) == ("Accepted",) * 3


def test_the_charger_is_what_it_said_it_is(story: Story) -> None:
    boot, shown = story.said.boots(story.charger)[0], story.served.get("/chargers/CP-01")
    assert (shown["vendor"], shown["model"]) == (boot.vendor, boot.model)
    assert (shown["serial_number"], shown["firmware_version"]) == (boot.serial_number, boot.firmware_version)
    assert (shown["online"], shown["protocol"]) == (True, story.said.protocol)


def test_the_session_is_the_start_that_was_sent(story: Story) -> None:
    start, shown = story.start, story.shown["started"]
    assert shown["transaction_id"] == start.transaction_id
    assert (shown["connector_id"], shown["id_token"]) == (start.connector_id, start.id_token)
    assert moment(shown["started_at"]) == start.at
    assert shown["meter_start_wh"] == start.meter_wh
    assert (shown["charger_id"], shown["station_id"], shown["token_type"]) == ("CP-01", story.station_id, "ISO14443")
    assert (shown["status"], shown["flags"], shown["energy_wh"], shown["continues"]) == ("active", [], 0, None)
    assert (shown["stopped_at"], shown["stop_reason"], shown["meter_stop_wh"]) == (None, None, None)


def test_the_connector_shows_how_its_transaction_charges(story: Story) -> None:
    shown = story.shown["connector"]
    assert (shown["status"], shown["session_id"]) == ("Charging", story.shown["started"]["id"])


def test_the_running_session_shows_the_last_sample(story: Story) -> None:
    shown = story.shown["charging"]
    assert (shown["energy_wh"], shown["power_w"], shown["soc_percent"]) == (500, 7360.2, 42)


def test_a_remote_reset_is_accepted_and_the_session_goes_on(story: Story) -> None:
    assert story.commands["reset"]["status"] == "accepted"
    assert story.shown["rebooted"]["status"] == "active"
    assert story.shown["rebooted"]["id"] == story.shown["started"]["id"]


def test_a_remote_stop_is_accepted_and_stops_this_transaction(story: Story) -> None:
    assert story.commands["stop"]["status"] == "accepted"
    assert story.stop.transaction_id == story.shown["started"]["transaction_id"]


def test_the_stopped_session_is_the_stop_that_was_sent(story: Story) -> None:
    stop, shown = story.stop, story.shown["stopped"]
    assert moment(shown["stopped_at"]) == stop.at
    assert shown["meter_stop_wh"] == stop.meter_wh == 2750
    assert shown["stop_reason"] == stop.reason == "Remote"
    assert shown["energy_wh"] == stop.meter_wh - story.start.meter_wh
    assert shown["duration_s"] == int((stop.at - story.start.at).total_seconds())
    assert (shown["status"], shown["flags"]) == ("finishing", [])


def test_idle_time_is_what_lies_between_the_clients_own_reports(story: Story) -> None:
    begin, end = story.said.idle(story.charger)
    assert moment(story.shown["stopped"]["idle_since"]) == begin
    assert story.shown["over"]["idle_s"] == int((end - begin).total_seconds())
    assert (story.shown["over"]["status"], story.shown["over"]["idle_since"]) == ("completed", None)


def test_every_record_of_meter_values_is_one_event_with_its_register_as_sent(story: Story) -> None:
    events = story.served.get(f"/sessions/{story.shown['over']['id']}/events", limit=500)["items"]
    samples = [event for event in events if "meter" in event["type"].lower()]
    sent = [sample for sample in story.samples if sample.periodic]
    assert len(samples) == len(sent) == 3
    for event, sample in zip(samples, sent, strict=True):
        [reading] = event["body"]["readings"]
        assert float(reading["values"][0]["value"]) == sample.values[0][0]


def test_the_events_are_in_order_and_complete(story: Story) -> None:
    events = story.served.get(f"/sessions/{story.shown['over']['id']}/events", limit=500)["items"]
    assert [event["version"] for event in events] == list(range(1, len(events) + 1))
    assert all(before["seq"] < after["seq"] for before, after in itertools.pairwise(events))
    kinds = [event["type"] for event in events]
    assert (kinds[0], kinds[-1]) == ("SessionStarted", "SessionCompleted")
    assert kinds.count("SessionStopped") == 1


def test_the_meter_values_are_those_that_were_sent(story: Story) -> None:
    shown = story.served.get(f"/sessions/{story.shown['over']['id']}/meter-values", limit=500)["items"]
    assert len(shown) == len(story.samples)
    for reading, sample in zip(shown, story.samples, strict=True):
        assert moment(reading["at"]) == sample.at
        assert tuple((float(item["value"]), item["measurand"]) for item in reading["values"]) == sample.values


def test_a_replay_of_the_log_shows_what_the_api_shows(story: Story) -> None:
    replayed = story.served.csms("replay", story.shown["over"]["id"], "--json").stdout
    assert server.parsed(replayed) == story.shown["over"]


def test_an_ordered_session_is_the_one_that_the_charger_starts(story: Story) -> None:
    ordered = story.served.api.post("/sessions", json={"charger_id": "CP-01", "connector_id": 2, "id_token": "TAG1"})
    assert (ordered.status_code, ordered.json()["status"]) == (202, "pending")
    story.charger.answered(story.said.acts["start"])
    start = story.said.starts(story.charger)[-1]
    shown = story.served.get(f"/sessions/{ordered.json()['id']}")
    assert (shown["status"], shown["transaction_id"]) == ("active", start.transaction_id)
    assert (start.connector_id, start.id_token) == (2, "TAG1")
    story.charger.do("stop 3000", story.said.acts["stop"])
    assert story.served.get(f"/sessions/{shown['id']}")["energy_wh"] == 3000 - start.meter_wh


def test_a_command_that_the_charger_answers_brings_its_answer(story: Story) -> None:
    key = story.said.heartbeat_key
    read = story.served.post("/chargers/CP-01/commands/get-configuration", {"keys": [key, "Nope.Nope"]})
    assert '"300"' in json.dumps(read["response"]) and "Nope" in json.dumps(read["response"])
    changed = story.served.post("/chargers/CP-01/commands/set-configuration", {"key": key, "value": "300"})
    assert changed["status"] == "accepted"
    story.served.post("/chargers/CP-01/commands/trigger", {"message": "Heartbeat"})
    story.charger.answered("Heartbeat")
