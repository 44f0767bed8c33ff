"""The configuration of a simulated 1.6 charger: what it shows, what it takes, and what then happens."""

import pytest

from csms.simulator import car
from tests.csms.simulator.world import World


def _value(world: World, key: str) -> object:
    [found] = world.order("GetConfiguration", key=[key])["configurationKey"]
    return found["value"]


def test_every_key_is_shown_when_none_is_named() -> None:
    keys = {entry["key"]: entry for entry in World().order("GetConfiguration")["configurationKey"]}
    assert keys["NumberOfConnectors"] == {"key": "NumberOfConnectors", "value": "1", "readonly": True}
    assert keys["HeartbeatInterval"] == {"key": "HeartbeatInterval", "value": "300", "readonly": False}
    assert len(keys) > 20


def test_unknown_keys_are_named_and_a_password_is_never_shown() -> None:
    answer = World().order("GetConfiguration", key=["heartbeatinterval", "Nonsense", "AuthorizationKey"])
    assert [entry["key"] for entry in answer["configurationKey"]] == ["HeartbeatInterval"]
    assert answer["unknownKey"] == ["Nonsense", "AuthorizationKey"]


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("MeterValueSampleInterval", "10", "Accepted"),
        ("MeterValueSampleInterval", "-1", "Rejected"),
        ("MeterValueSampleInterval", "often", "Rejected"),
        ("LocalPreAuthorize", "TRUE", "Accepted"),
        ("LocalPreAuthorize", "yes", "Rejected"),
        ("MeterValuesSampledData", "Energy.Active.Import.Register,SoC", "Accepted"),
        ("MeterValuesSampledData", "Temperature", "Rejected"),
        ("NumberOfConnectors", "9", "Rejected"),
        ("WebSocketPingInterval", "20", "RebootRequired"),
        ("WebSocketPingInterval", "x", "Rejected"),
        ("Nonsense", "1", "NotSupported"),
    ],
)
def test_a_change_is_answered_truthfully(key: str, value: str, status: str) -> None:
    assert World().order("ChangeConfiguration", key=key, value=value) == {"status": status}


def test_a_change_can_be_read_back() -> None:
    world = World()
    world.order("ChangeConfiguration", key="ConnectionTimeOut", value="15")
    assert _value(world, "ConnectionTimeOut") == "15"


def test_a_refused_change_changes_nothing() -> None:
    world = World()
    world.order("ChangeConfiguration", key="MeterValueSampleInterval", value="-5")
    assert _value(world, "MeterValueSampleInterval") == "60"


def test_what_requires_a_reboot_counts_after_it() -> None:
    world = World()
    world.order("ChangeConfiguration", key="WebSocketPingInterval", value="20")
    assert _value(world, "WebSocketPingInterval") == "0"
    world.order("Reset", type="Soft")
    world.disconnect()
    world.run(10)
    world.connect()
    assert _value(world, "WebSocketPingInterval") == "20"


def test_a_new_sample_interval_holds_for_the_session_that_runs() -> None:
    world = World()
    world.charger.plug_in(1, car.Car(battery_wh=1e6, soc=0.1))
    world.charger.present("TAG")
    world.run(5)
    world.order("ChangeConfiguration", key="MeterValueSampleInterval", value="10")
    world.order("ChangeConfiguration", key="MeterValuesSampledData", value="Power.Active.Import,Current.Import,Voltage")
    world.run(25)
    samples = world.calls("MeterValues")
    assert len(samples) == 2
    measurands = [value["measurand"] for value in samples[0]["meterValue"][0]["sampledValue"]]
    assert measurands == ["Power.Active.Import", "Current.Import", "Voltage"]


def test_a_new_heartbeat_interval_holds_at_once() -> None:
    world = World()
    world.order("ChangeConfiguration", key="HeartbeatInterval", value="10")
    world.run(35)
    assert len(world.calls("Heartbeat")) == 3


def test_the_stop_reports_begin_and_end_where_asked() -> None:
    world = World()
    world.order("ChangeConfiguration", key="StopTxnSampledData", value="Energy.Active.Import.Register")
    world.charger.plug_in(1, car.Car(battery_wh=1e6, soc=0.1))
    world.charger.present("TAG")
    world.run(600)
    world.charger.unplug()
    world.talk()
    [stop] = world.calls("StopTransaction")
    values = [reading["sampledValue"][0] for reading in stop["transactionData"]]
    assert [value["context"] for value in values] == ["Transaction.Begin", "Transaction.End"]
    assert int(values[1]["value"]) == stop["meterStop"]


def test_a_known_token_starts_without_a_question_where_asked() -> None:
    world = World()
    world.order("ChangeConfiguration", key="LocalPreAuthorize", value="true")
    for _ in range(2):
        world.charger.plug_in()
        world.charger.present("TAG")
        world.talk()
        world.charger.unplug()
        world.talk()
    assert len(world.calls("Authorize")) == 1
    assert len(world.calls("StartTransaction")) == 2


def test_without_the_cable_the_transaction_waits_where_asked() -> None:
    world = World()
    world.order("ChangeConfiguration", key="StopTransactionOnEVSideDisconnect", value="false")
    world.charger.plug_in()
    world.charger.present("TAG")
    world.run(30)
    world.charger.unplug()
    world.talk()
    assert world.statuses()[-1] == "SuspendedEV"
    assert world.calls("StopTransaction") == []
    world.charger.plug_in()
    world.talk()
    assert world.statuses()[-1] == "Charging"


@pytest.mark.parametrize(("sent", "password"), [("73656372657421", "secret!"), ("plain text key", "plain text key")])
def test_a_new_password_comes_as_hex_or_as_text(sent: str, password: str) -> None:
    world = World(password="old")
    assert world.order("ChangeConfiguration", key="AuthorizationKey", value=sent) == {"status": "Accepted"}
    assert world.charger.password == password
