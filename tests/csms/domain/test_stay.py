"""How a stay goes on and ends: connector statuses, idle time, limits (rules 23, 25, 38, 41, 51)."""

import pytest

from csms.domain import events, session, session_decisions
from tests.csms.domain.support import Stay, at, of_type, register, running, seen, stopping


def stopped(seconds: float = 600, meter: int = 2500) -> Stay:
    """A stay whose transaction was stopped while the car was charging."""
    stay = running()
    stay.status("Charging", 10)
    stay.stop(stopping(meter, seconds), seconds)
    return stay


# -- the end of the stay ---------------------------------------------------------------------------------------------


def test_a_free_connector_completes_the_stay() -> None:
    stay = stopped()
    assert of_type(stay.status("Available", 630), events.ConnectorStatusNoted, events.SessionCompleted)
    assert seen(stay.state, "status", "completed_at") == ("completed", at(630))


def test_a_free_connector_during_the_transaction_completes_nothing_before_the_stop() -> None:
    stay = running()
    stay.status("Charging", 10)
    assert of_type(stay.status("Available", 590), events.ConnectorStatusNoted)
    stay.stop(stopping(2500, 600), 600)
    assert stay.state.status == "completed"


def test_a_stop_that_says_the_car_has_left_completes_the_stay() -> None:
    stay = running()
    assert of_type(
        stay.stop(stopping(2500, 600, reason="EVDisconnected"), 601), events.SessionStopped, events.SessionCompleted
    )
    assert stay.state.completed_at == at(600)


def test_a_stop_that_is_history_completes_the_stay_and_was_offline() -> None:
    stay = running()
    stay.stop(stopping(2500, 600), 1201)
    assert seen(stay.state, "status", "completed_at") == ("completed", at(600))
    assert stay.state.flags == ("offline",)


def test_rule_43_a_stop_that_says_it_was_offline_is_flagged() -> None:
    stay = running()
    stay.stop(stopping(2500, 600, offline=True), 601)
    assert stay.state.flags == ("offline",)


def test_the_next_transaction_completes_the_stay() -> None:
    stay = stopped()
    stay.took(session_decisions.superseded(stay.state, at(660)), 660)
    assert seen(stay.state, "status", "completed_at") == ("completed", at(660))


def test_a_stay_is_never_over_before_its_stop() -> None:
    stay = stopped()
    stay.took(session_decisions.superseded(stay.state, at(590)), 660)
    assert stay.state.completed_at == at(600)


def test_a_cable_that_stays_in_ends_the_stay_a_minute_after_the_stop() -> None:
    stay = stopped()
    assert session_decisions.due(stay.state) == at(660)
    assert stay.wait(659) == []
    stay.wait(7200)
    assert seen(stay.state, "status", "completed_at") == ("completed", at(660))


def test_what_still_comes_does_not_move_that_limit() -> None:
    stay = stopped()
    stay.status("Finishing", 601)
    stay.sample(register("2500", 650), seconds=650)
    assert session_decisions.due(stay.state) == at(660)


def test_when_the_stay_is_over_its_connector_is_somebody_elses() -> None:
    stay = stopped()
    stay.status("Available", 630)
    assert stay.status("Preparing", 700) == []
    assert session_decisions.due(stay.state) is None
    assert session_decisions.superseded(stay.state, at(700)) == []


# -- statuses --------------------------------------------------------------------------------------------------------


def test_a_status_that_repeats_records_nothing() -> None:
    stay = running()
    stay.status("Charging", 10)
    assert stay.status("Charging", 20) == []


def test_rule_26_the_status_of_the_whole_charger_is_none_of_a_session() -> None:
    assert running().status("Faulted", 10, connector_id=0) == []


def test_a_pending_session_has_no_connector_yet() -> None:
    assert Stay().request().status("Preparing", 10) == []


def test_rule_22_a_status_of_1970_is_noted_when_it_arrives() -> None:
    stay = running()
    stay.status("Charging", -56 * 365 * 86400, arrived=10)
    assert stay.log[-1][0] == events.ConnectorStatusNoted(status="Charging", noted_at=at(10))


# -- idle time -------------------------------------------------------------------------------------------------------


def test_a_car_that_stops_drawing_is_idle_until_it_leaves() -> None:
    stay = running()
    stay.status("Charging", 10)
    stay.status("SuspendedEV", 300)
    assert (stay.state.idle_since, session.view(stay.state, at(400))["idle_s"]) == (at(300), 100)
    stay.stop(stopping(2500, 600), 600)
    stay.status("Finishing", 601)
    assert stay.state.idle_since == at(300)
    stay.status("Available", 900)
    assert seen(stay.state, "idle_since", "idle_s") == (None, 600)


def test_idle_time_counts_by_the_chargers_clock_and_not_by_arrival() -> None:
    stay = running()
    stay.status("Charging", 10, arrived=500)
    stay.status("SuspendedEV", 100, arrived=501)
    stay.status("Charging", 160, arrived=502)
    assert stay.state.idle_s == 60


def test_idle_times_add_up() -> None:
    stay = running()
    for status, seconds in [("Charging", 10), ("SuspendedEV", 100), ("Charging", 110), ("SuspendedEV", 200)]:
        stay.status(status, seconds)
    stay.status("Charging", 230)
    assert stay.state.idle_s == 40


def test_a_charger_that_pauses_makes_no_idle_time() -> None:
    stay = running()
    stay.status("Charging", 10)
    stay.status("SuspendedEVSE", 100)
    assert stay.state.idle_since is None


def test_a_car_that_has_not_begun_to_draw_is_not_idle() -> None:
    stay = running()
    stay.status("SuspendedEV", 10)
    assert stay.state.idle_since is None


def test_a_car_that_drew_before_its_status_was_told_is_idle() -> None:
    stay = running()
    stay.sample(register("1500", 60))
    stay.status("SuspendedEV", 300)
    assert stay.state.idle_since == at(300)


def test_a_cable_left_in_after_the_stop_is_idle_though_nothing_was_charged() -> None:
    stay = running()
    stay.stop(stopping(1000, 60), 60)
    stay.status("Finishing", 61)
    stay.status("Available", 91)
    assert stay.state.idle_s == 30


def test_a_clock_that_jumps_back_makes_no_negative_idle_time() -> None:
    stay = running()
    stay.status("Charging", 10)
    stay.status("SuspendedEV", 300)
    stay.status("Charging", 200, arrived=310)
    assert stay.state.idle_s == 0


# -- what time alone decides -----------------------------------------------------------------------------------------


def test_rule_51_a_remote_start_that_nobody_follows_fails_after_two_minutes() -> None:
    stay = Stay().request()
    assert stay.wait(119) == []
    assert of_type(stay.wait(120), events.SessionFailed)
    assert seen(stay.state, "status", "completed_at") == ("failed", at(120))
    assert "in time" in (stay.state.failure or "")


def test_rule_51_a_remote_start_that_was_refused_fails_with_the_reason() -> None:
    stay = Stay().request()
    stay.took(session_decisions.failed(stay.state, "Rejected"), 5)
    assert seen(stay.state, "status", "failure") == ("failed", "Rejected")
    assert session_decisions.failed(stay.state, "Rejected") == []


def test_a_remote_start_that_became_a_transaction_cannot_fail() -> None:
    assert session_decisions.failed(running().state, "late answer") == []


def test_rule_38_a_running_session_is_flagged_once_when_another_starts_there() -> None:
    stay = running()
    stay.took(session_decisions.superseded(stay.state, at(60)), 60)
    assert seen(stay.state, "status", "flags") == ("active", ("superseded",))
    assert session_decisions.superseded(stay.state, at(70)) == []


def test_rule_23_a_transaction_that_nothing_contradicts_is_never_closed() -> None:
    stay = running()
    stay.status("Charging", 10)
    assert session_decisions.due(stay.state) is None
    assert stay.wait(400 * 86400) == []


def lost() -> Stay:
    stay = running()
    stay.sample(register("1800", 300), seconds=300)
    stay.status("Available", 400)
    stay.wait(400 + 86400)
    return stay


def test_rule_23_a_transaction_whose_connector_is_free_is_closed_after_a_day_with_what_was_known() -> None:
    state = lost().state
    assert seen(state, "status", "energy_wh", "meter_stop_wh", "stopped_at") == ("completed", 800, 1800, at(300))
    assert seen(state, "stop_reason", "flags") == ("Lost", ("suspect", "lost"))


def test_rule_23_a_stop_that_still_comes_corrects_a_lost_session() -> None:
    stay = lost()
    stay.stop(stopping(2600, 390), 100000)
    assert seen(stay.state, "status", "energy_wh", "stopped_at") == ("completed", 1600, at(390))
    assert stay.state.flags == ("suspect", "lost", "offline")


@pytest.mark.parametrize("status", ["SuspendedEV", "Faulted", "Finishing"])
def test_rule_23_a_status_that_a_transaction_may_have_closes_nothing(status: str) -> None:
    stay = running()
    stay.status(status, 10)
    assert session_decisions.due(stay.state) is None
