"""kill -9 in the middle of a session: what was acknowledged is there, what was not comes again, nothing twice.

The client keeps what was not acknowledged, comes back by itself and sends it again, with a new message id and without a
boot, as chargers do.
"""

import pathlib
from collections.abc import Iterator

import pytest

from tests.e2e import client, server

CLIENTS = {"mobilityhouse": client.mobilityhouse, "ocpp_rpc": client.ocpp_rpc}


@pytest.fixture(params=CLIENTS)
def charger(request: pytest.FixtureRequest, running: server.Server, tmp_path: pathlib.Path) -> Iterator[client.Client]:
    """A foreign client whose transaction has just been acknowledged; 1000 Wh on the meter."""
    with CLIENTS[request.param](running.ocpp_url, "CP-01", tmp_path / "client.log") as started:
        for line, action in [
            ("boot", "BootNotification"),
            ("status 1 Preparing", "StatusNotification"),
            ("start 1 TAG1 1000", "StartTransaction"),
        ]:
            started.do(line, action)
        yield started


def again(running: server.Server, charger: client.Client) -> None:
    """Start the server again where it was; the charger comes back."""
    charger.event("disconnected")
    running.start()


def finish(running: server.Server, charger: client.Client, samples: int, energy_wh: int) -> None:
    """Stop the transaction where the meter is; the session must be whole and the log sound."""
    session = running.only_session()
    assert (session["energy_wh"], session["status"], session["flags"]) == (energy_wh, "finishing", [])
    assert session["transaction_id"] == str(charger.all("StartTransaction")[0].answer["transactionId"])
    events = running.get(f"/sessions/{session['id']}/events", limit=500)["items"]
    kinds = [event["type"] for event in events]
    assert [event["version"] for event in events] == list(range(1, len(events) + 1))
    assert [kinds.count(kind) for kind in ("SessionStarted", "MeterSampled", "SessionStopped")] == [1, samples, 1]
    charger.do("status 1 Available", "StatusNotification")
    sound(running)


def sound(running: server.Server) -> None:
    """The log verifies, and all read models are what it folds to; a replayed session is the one that the API shows."""
    running.csms("log", "verify")
    running.csms("replay", "--all", "--diff-live")
    for session in running.sessions():
        assert server.parsed(running.csms("replay", session["id"], "--json").stdout) == session


def test_after_the_start_was_acknowledged(running: server.Server, charger: client.Client) -> None:
    running.kill()
    again(running, charger)
    charger.do("meter 1500 7400 50", "MeterValues")
    charger.do("stop 2000", "StopTransaction")
    finish(running, charger, samples=1, energy_wh=1000)


def test_in_the_middle_of_a_start(running: server.Server, charger: client.Client) -> None:
    charger.do("stop 1000", "StopTransaction")
    charger.do("status 1 Available", "StatusNotification")
    charger.tell("start 2 TAG1 5000")
    charger.sent("StartTransaction")
    running.kill()
    again(running, charger)
    start = charger.until("StartTransaction", 2)
    session = running.only_session(transaction_id=start.answer["transactionId"])
    assert (session["status"], session["connector_id"], session["meter_start_wh"]) == ("active", 2, 5000)
    assert len(running.sessions()) == 2
    charger.do("stop 5600", "StopTransaction")
    assert running.get(f"/sessions/{session['id']}")["energy_wh"] == 600
    charger.do("status 2 Available", "StatusNotification")
    sound(running)


@pytest.mark.parametrize("acknowledged", [0, 1, 3])
def test_in_the_middle_of_meter_values(running: server.Server, charger: client.Client, acknowledged: int) -> None:
    for number in range(1, 6):
        charger.tell(f"meter {1000 + 100 * number} 7400 50")
    for _ in range(acknowledged):
        charger.answered("MeterValues")
    charger.sent("MeterValues")
    running.kill()
    again(running, charger)
    charger.until("MeterValues", 5)
    assert running.only_session()["energy_wh"] == 500
    charger.do("stop 2000", "StopTransaction")
    finish(running, charger, samples=5, energy_wh=1000)


def test_after_a_stop_was_sent_and_before_it_was_acknowledged(running: server.Server, charger: client.Client) -> None:
    charger.do("meter 1500 7400 50", "MeterValues")
    charger.tell("stop 2000")
    charger.sent("StopTransaction")
    running.kill()
    again(running, charger)
    charger.until("StopTransaction", 1)
    finish(running, charger, samples=1, energy_wh=1000)


def test_again_and_again(running: server.Server, charger: client.Client) -> None:
    for number in range(1, 5):
        charger.tell(f"meter {1000 + 100 * number} 7400 50")
        charger.sent("MeterValues")
        running.kill()
        again(running, charger)
        charger.until("MeterValues", number)
    charger.do("stop 2000", "StopTransaction")
    finish(running, charger, samples=4, energy_wh=1000)


def test_a_start_that_ends_while_the_server_is_down_is_told_afterwards(
    running: server.Server, charger: client.Client
) -> None:
    running.kill()
    for line in ("meter 1500 7400 50", "stop 2000", "start 2 TAG1 2000", "meter 2300 7400 60", "stop 2500"):
        charger.tell(line)
    again(running, charger)
    charger.until("StopTransaction", 2)
    first, second = sorted(running.sessions(), key=lambda session: session["started_at"])
    assert (first["energy_wh"], second["energy_wh"]) == (1000, 500)
    assert {first["transaction_id"], second["transaction_id"]} == {
        str(call.answer["transactionId"]) for call in charger.all("StartTransaction")
    }
    charger.do("status 1 Available", "StatusNotification")
    charger.do("status 2 Available", "StatusNotification")
    sound(running)


def test_a_stop_of_the_server_is_clean_and_the_session_goes_on(running: server.Server, charger: client.Client) -> None:
    assert running.stop() == 0
    again(running, charger)
    charger.do("stop 2000", "StopTransaction")
    finish(running, charger, samples=0, energy_wh=1000)
