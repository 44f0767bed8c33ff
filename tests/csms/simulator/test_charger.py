"""A charger in simulated time: sessions, authorisation, offline, timers. Every frame is checked against the schemas."""

from collections.abc import Callable
from typing import Any

import pytest

from csms.simulator import car
from tests.csms.simulator.world import Payload, World, be_silent, refuse


def _big() -> car.Car:
    return car.Car(battery_wh=1e6, soc=0.1, max_power_w=11_000)


def _charging(**settings: Any) -> World:
    world = World(**settings)
    world.charger.plug_in(1, _big())
    world.charger.present("TAG")
    world.talk()
    return world


def test_after_its_boot_it_reports_every_connector() -> None:
    world = World(register=False, connectors=2)
    world.connect()
    assert [action for action, _ in world.sent] == ["BootNotification", *["StatusNotification"] * 3]
    assert [call["connectorId"] for call in world.calls("StatusNotification")] == [0, 1, 2]


def test_a_whole_session() -> None:
    world = World(sample_interval=60)
    world.charger.plug_in(1, _big())
    world.talk()
    world.charger.present("TAG")
    world.run(3600)
    world.charger.present("tag")
    world.talk()
    world.charger.unplug()
    world.talk()
    assert [action for action, _ in world.sent if action not in ("Heartbeat", "MeterValues")] == [
        "StatusNotification",
        "Authorize",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
        "StatusNotification",
        "StatusNotification",
    ]
    assert world.statuses() == ["Preparing", "Charging", "Finishing", "Available"]
    entry = world.entry
    [stop] = world.calls("StopTransaction")
    assert entry.state == "completed"
    assert (entry.transaction_id, entry.id_token, entry.reason, entry.stop_token) == ("101", "TAG", "Local", "tag")
    assert (stop["transactionId"], stop["meterStop"]) == (101, entry.meter_stop_wh)
    assert entry.meter_stop_wh == pytest.approx(11_000, rel=0.01)
    assert entry.samples == 60
    assert entry.unacknowledged == 0
    assert world.ledger.unacknowledged() == []


def test_samples_come_at_the_interval_with_a_register_that_grows() -> None:
    world = _charging(sample_interval=30)
    world.run(150)
    samples = [call["meterValue"][0] for call in world.calls("MeterValues")]
    assert [sample["timestamp"] for sample in samples] == [
        "2027-01-15T08:00:30.000Z",
        "2027-01-15T08:01:00.000Z",
        "2027-01-15T08:01:30.000Z",
        "2027-01-15T08:02:00.000Z",
        "2027-01-15T08:02:30.000Z",
    ]
    registers = [int(sample["sampledValue"][0]["value"]) for sample in samples]
    assert registers == sorted(set(registers))
    assert all(call["transactionId"] == 101 for call in world.calls("MeterValues"))
    assert world.entry.last_register_wh == registers[-1]


def test_the_meter_goes_on_where_the_last_session_ended() -> None:
    world = _charging(meter_start_wh=5_000)
    world.run(600)
    world.charger.unplug()
    world.charger.plug_in(1, _big())
    world.charger.present("OTHER")
    world.talk()
    first, second = world.calls("StartTransaction")
    assert first["meterStart"] == 5_000
    assert second["meterStart"] == world.calls("StopTransaction")[0]["meterStop"]


def test_a_car_that_has_enough_is_reported_and_takes_no_more() -> None:
    world = World()
    world.charger.plug_in(1, car.Car(battery_wh=1_000, soc=0.5, target_soc=0.8))
    world.charger.present("TAG")
    world.run(3600)
    assert world.statuses()[-1] == "SuspendedEV"
    world.charger.unplug()
    world.talk()
    assert world.entry.meter_stop_wh == pytest.approx(300, abs=1)
    assert world.entry.reason == "EVDisconnected"


def test_energy_that_is_withheld() -> None:
    world = _charging()
    world.charger.withhold()
    world.run(60)
    world.charger.withhold(False)
    world.run(60)
    assert world.statuses()[-2:] == ["SuspendedEVSE", "Charging"]


def test_the_card_may_come_before_the_cable() -> None:
    world = World()
    world.charger.present("TAG")
    world.run(10)
    assert world.statuses() == ["Preparing"]
    world.charger.plug_in()
    world.talk()
    assert len(world.calls("StartTransaction")) == 1


def test_a_card_without_a_cable_is_forgotten_after_the_connection_timeout() -> None:
    world = World()
    world.charger.present("TAG")
    world.run(60)
    assert world.statuses() == ["Preparing", "Available"]
    world.charger.plug_in()
    world.run(10)
    assert world.calls("StartTransaction") == []


def test_a_refused_card_does_not_charge() -> None:
    world = World()
    world.answers["Authorize"] = {"idTagInfo": {"status": "Blocked"}}
    world.charger.plug_in()
    world.charger.present("TAG")
    world.run(60)
    assert world.calls("StartTransaction") == []


@pytest.mark.parametrize("trouble", [refuse, be_silent])
def test_a_central_system_that_does_not_answer_gives_no_permission(trouble: Callable[[Payload], Payload]) -> None:
    world = World()
    world.answers["Authorize"] = trouble
    world.charger.plug_in()
    world.charger.present("TAG")
    world.run(40)
    assert world.calls("StartTransaction") == []


def test_a_token_that_turns_out_invalid_ends_the_transaction() -> None:
    world = World()
    world.answers["StartTransaction"] = {"transactionId": 9, "idTagInfo": {"status": "ConcurrentTx"}}
    world.charger.plug_in()
    world.charger.present("TAG")
    world.talk()
    [stop] = world.calls("StopTransaction")
    assert (stop["transactionId"], stop["reason"]) == (9, "DeAuthorized")
    assert world.statuses()[-1] == "Finishing"


def test_an_invalid_token_only_loses_its_energy_where_the_charger_is_set_so() -> None:
    world = World()
    world.charger.settings.stop_on_invalid = False
    world.answers["StartTransaction"] = {"transactionId": 9, "idTagInfo": {"status": "Invalid"}}
    world.charger.plug_in()
    world.charger.present("TAG")
    world.talk()
    assert world.calls("StopTransaction") == []
    assert world.statuses()[-1] == "SuspendedEVSE"


def test_another_card_ends_the_transaction_only_in_the_same_group() -> None:
    world = World()
    world.answers["Authorize"] = {"idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}
    world.charger.plug_in()
    world.charger.present("TAG")
    world.talk()
    world.answers["Authorize"] = {"idTagInfo": {"status": "Accepted", "parentIdTag": "OTHERS"}}
    world.charger.present("STRANGER")
    world.talk()
    assert world.calls("StopTransaction") == []
    world.answers["Authorize"] = {"idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}
    world.charger.present("SISTER")
    world.talk()
    assert world.calls("StopTransaction")[0]["idTag"] == "SISTER"


def test_a_fault_ends_the_transaction() -> None:
    world = _charging()
    world.charger.fault("GroundFailure")
    world.talk()
    assert world.calls("StopTransaction")[0]["reason"] == "Other"
    assert world.calls("StatusNotification")[-1]["errorCode"] == "GroundFailure"
    world.charger.fault("NoError")
    world.talk()
    assert world.statuses()[-2:] == ["Faulted", "Finishing"]


# -- offline ---------------------------------------------------------------


def test_what_happens_offline_is_delivered_in_order_with_its_own_times() -> None:
    world = World(sample_interval=60)
    world.disconnect()
    world.charger.plug_in(1, _big())
    world.charger.present("TAG")
    world.run(180)
    world.charger.unplug()
    assert world.sent == []
    assert world.entry.unacknowledged == 5
    world.run(1000)
    world.connect()
    assert [action for action, _ in world.sent if action != "StatusNotification"] == [
        "StartTransaction",
        *["MeterValues"] * 3,
        "StopTransaction",
    ]
    [start], [stop] = world.calls("StartTransaction"), world.calls("StopTransaction")
    assert start["timestamp"] == "2027-01-15T08:00:00.000Z"
    assert stop["timestamp"] == "2027-01-15T08:03:00.000Z"
    assert stop["transactionId"] == 101
    assert world.entry.state == "completed"


def test_a_mere_reconnect_boots_nothing_and_reports_only_what_changed() -> None:
    world = World(connectors=2)
    world.disconnect()
    world.charger.plug_in(2)
    world.run(60)
    world.connect()
    assert world.sent == [
        (
            "StatusNotification",
            {
                "connectorId": 2,
                "errorCode": "NoError",
                "status": "Preparing",
                "timestamp": "2027-01-15T08:01:00.000Z",
            },
        )
    ]


def test_a_start_whose_answer_was_lost_is_sent_again_with_another_id() -> None:
    world = World()
    world.answers["StartTransaction"] = be_silent
    world.charger.plug_in()
    world.charger.present("TAG")
    world.talk()
    world.disconnect()
    world.answers["StartTransaction"] = {"transactionId": 7, "idTagInfo": {"status": "Accepted"}}
    world.connect()
    first, second = world.calls("StartTransaction")
    assert first == second
    sent = [action for action, _ in world.sent]
    ids = [one for action, one in zip(sent, world.ids[-len(sent) :], strict=True) if action == "StartTransaction"]
    assert len(set(ids)) == 2
    assert world.entry.transaction_id == "7"
    assert world.ledger.counts["start"] == 1


def test_a_stop_waits_for_the_transaction_id_of_its_start() -> None:
    world = World()
    world.answers["StartTransaction"] = refuse
    world.charger.plug_in()
    world.charger.present("TAG")
    world.run(30)
    world.charger.unplug()
    world.run(20)
    assert world.calls("StopTransaction") == []
    world.answers["StartTransaction"] = {"transactionId": 77, "idTagInfo": {"status": "Accepted"}}
    world.run(60)
    assert [call["transactionId"] for call in world.calls("StopTransaction")] == [77]


def test_a_record_that_is_refused_for_good_is_counted_as_dropped() -> None:
    world = World()
    world.answers["StartTransaction"] = refuse
    world.charger.plug_in()
    world.charger.present("TAG")
    world.run(30)
    world.charger.unplug()
    world.run(600)
    assert len(world.calls("StartTransaction")) == 3
    assert world.calls("StopTransaction")[0]["transactionId"] == -1
    assert (world.entry.state, world.entry.dropped, world.entry.unacknowledged) == ("dropped", 1, 0)
    assert world.ledger.unacknowledged() == [world.entry]


def test_offline_a_known_token_counts_and_an_unknown_one_by_the_settings() -> None:
    world = World(connectors=2)
    world.answers["Authorize"] = {"idTagInfo": {"status": "Expired"}}
    world.charger.present("OLD")
    world.talk()
    world.disconnect()
    world.charger.settings.offline_unknown = False
    for number, token in ((1, "OLD"), (2, "NEW")):
        world.charger.plug_in(number)
        world.charger.present(token, number)
    assert not world.ledger.entries
    world.charger.settings.offline_unknown = True
    world.charger.present("NEW", 2)
    assert world.entry.id_token == "NEW"


def test_an_authorisation_that_the_broken_link_took_along_is_decided_offline() -> None:
    world = World()
    world.answers["Authorize"] = be_silent
    world.charger.plug_in()
    world.charger.present("TAG")
    world.talk()
    world.disconnect()
    assert world.entry.id_token == "TAG"


# -- time ------------------------------------------------------------------


def test_heartbeats_come_at_the_interval_of_the_central_system() -> None:
    world = World(register=False)
    world.answers["BootNotification"] = {"status": "Accepted", "interval": 20, "currentTime": "2027-01-15T08:00:00Z"}
    world.connect()
    world.run(100)
    assert len(world.calls("Heartbeat")) == 5


def test_a_refused_status_is_not_repeated_without_end() -> None:
    world = World()
    world.answers["StatusNotification"] = refuse
    world.charger.plug_in()
    world.run(10)
    assert world.statuses() == ["Preparing"]


def test_clock_aligned_values_come_on_the_minute() -> None:
    world = World()
    world.run(17)
    world.charger.settings.aligned_interval = 60
    world.charger.retime()
    world.run(120)
    times = [call["meterValue"][0]["timestamp"][14:19] for call in world.calls("MeterValues")]
    assert times == ["01:00", "02:00"]
    assert all("transactionId" not in call for call in world.calls("MeterValues"))


def test_links_that_drop_at_random_do_so_about_as_often_as_asked() -> None:
    world = World(drop_every=100)
    drops = 0
    for _ in range(3600):
        world.run(10)
        if world.charger.hang_up == "drop":
            drops += 1
            world.disconnect()
            world.connect()
    assert 280 < drops < 440


def test_for_measurements_a_new_sample_follows_each_answer() -> None:
    world = World(profile="meter-only", register=False)
    answered = 0

    def count(call: Payload) -> Payload:
        nonlocal answered
        answered += 1
        return be_silent(call) if answered >= 50 else {}

    world.answers["MeterValues"] = count
    world.connect()
    assert len(world.calls("MeterValues")) == 50
    times = [call["meterValue"][0]["timestamp"] for call in world.calls("MeterValues")]
    assert len(set(times)) == 50


def test_shutting_down_ends_sessions_and_delivers_them() -> None:
    world = _charging()
    world.run(120)
    world.charger.shut_down()
    assert world.entry.unacknowledged == 1
    world.talk()
    assert world.charger.settled
    assert world.entry.state == "completed"
    assert world.statuses()[-1] == "Available"


def test_the_same_seed_gives_the_same_frames() -> None:
    def story(seed: int) -> list[tuple[str, object]]:
        world = World(profile="steady", seed=seed, connectors=2, tokens=("A", "B", "C"))
        world.run(6 * 3600)
        return [*world.sent, *[("id", one) for one in world.ids]]

    assert story(1) == story(1)
    assert story(1) != story(2)
