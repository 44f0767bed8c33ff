"""What is recorded of 2.x TransactionEvents (rules 25, 38, 41-46, 51)."""

from collections.abc import Sequence
from typing import Any

import pytest

from csms.domain import events, facts, session, session_decisions, transaction_decisions
from tests.csms.domain.support import at, of_type, seen
from tests.csms.domain.transactions import Transaction, ended, event, register, started, updated


def charging() -> Transaction:
    """A transaction that runs and charges since second 0."""
    return Transaction().all([started(charging_state="Charging", trigger="Authorized")])


# -- In order --------------------------------------------------------------------------------------------------------


def test_a_whole_transaction_is_a_session() -> None:
    stay = charging()
    assert of_type(stay.log, events.SessionStarted)
    assert of_type(stay.tell(updated(1, 60, register(1400, 60))), events.MeterSampled)
    assert of_type(stay.tell(ended(2, 120, register(1900, 120), token="CARD")), events.SessionStopped)
    assert seen(stay.state, "status", "energy_wh", "meter_start_wh", "meter_stop_wh") == ("finishing", 900, 1000, 1900)
    assert seen(stay.state, "started_at", "stopped_at", "stop_reason") == (at(0), at(120), "Local")
    assert seen(stay.state, "token", "driver_id", "stop_token", "flags") == ("t1", "d1", "t1", ())
    assert stay.log[-1].energy_wh == 900  # type: ignore[union-attr]


def test_the_same_event_again_is_nothing_new_for_the_log() -> None:
    assert updated(1, 60, register(1400, 60)).digest == updated(1, 60, register(1400, 60)).digest
    stay = charging()
    stay.tell(updated(1, 60, register(1400, 60)))
    assert stay.tell(updated(1, 60, register(1400, 60))) == ()


def test_an_event_that_says_nothing_new_is_still_recorded_with_its_number() -> None:
    [recorded] = charging().tell(updated(1, 60, trigger="Trigger"))
    assert isinstance(recorded, events.TransactionUpdated)
    assert (recorded.seq_no, recorded.trigger) == (1, "Trigger")


def test_a_periodic_sample_is_stored_small() -> None:
    [recorded] = charging().tell(updated(1, 60, register(1400, 60)))
    assert recorded == events.MeterSampled(readings=(register(1400, 60),), seq_no=1)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"stopped_reason": "EmergencyStop"}, "EmergencyStop"),
        ({"trigger": "StopAuthorized"}, "Local"),
        ({"trigger": "RemoteStop"}, "Remote"),
        ({"trigger": "EVDeparted"}, "EVDisconnected"),
        ({"trigger": "ResetCommand"}, "ImmediateReset"),
        ({"trigger": None}, "Local"),
    ],
)
def test_why_it_ended_is_what_it_says_or_what_triggered_the_end(told: dict[str, Any], reason: str) -> None:
    stay = charging()
    stay.tell(ended(1, 60, **told))
    assert stay.state.stop_reason == reason


# -- The end of the stay (rules 25, 41) ------------------------------------------------------------------------------


def test_rule_41_the_stay_goes_on_until_the_connector_is_free() -> None:
    stay = charging()
    stay.tell(ended(1, 60, register(1500, 60)))
    assert seen(stay.state, "status", "connector_status", "idle_since") == ("finishing", "Finishing", at(60))
    stay.status("Available", 90)
    assert seen(stay.state, "status", "completed_at", "idle_s", "idle_since") == ("completed", at(90), 30, None)


def test_a_car_that_left_completes_the_stay() -> None:
    stay = charging()
    assert of_type(
        stay.tell(ended(1, 60, stopped_reason="EVDisconnected")), events.SessionStopped, events.SessionCompleted
    )
    assert seen(stay.state, "status", "completed_at", "idle_s") == ("completed", at(60), 0)


def test_that_the_connector_is_occupied_says_nothing_that_the_transaction_does_not() -> None:
    stay = charging()
    stay.status("Finishing", 30)
    assert stay.state.connector_status == "Charging"
    stay.status("Faulted", 40)
    assert stay.state.connector_status == "Faulted"


def test_a_connector_that_is_free_again_completes_the_stay_also_where_it_said_so_before() -> None:
    stay = charging()
    stay.status("Available", 30)
    stay.tell(updated(1, 60, charging_state="SuspendedEV"))
    stay.tell(ended(2, 90))
    stay.status("Available", 100)
    assert seen(stay.state, "status", "completed_at") == ("completed", at(100))


def test_rule_25_idle_time_counts_from_the_charging_states_own_times() -> None:
    stay = charging()
    stay.tell(updated(1, 100, register(1400, 100), charging_state="SuspendedEV"), 5000)
    stay.tell(updated(2, 160, register(1400, 160), charging_state="Charging"), 5000)
    assert seen(stay.state, "idle_s", "connector_status") == (60, "Charging")


def test_a_transaction_that_ends_history_is_completed_at_its_end() -> None:
    stay = Transaction().all([started(offline=True), ended(1, 60, register(1500, 60), offline=True)], 7000)
    assert seen(stay.state, "status", "completed_at", "flags") == ("completed", at(60), ("offline",))


def test_the_next_transaction_completes_the_stay_and_flags_one_that_never_ended() -> None:
    stay = charging()
    stay.take(session_decisions.superseded(stay.state, at(600)), 600)
    assert seen(stay.state, "status", "flags") == ("active", ("superseded",))
    stay.wait(600 + 86_400)
    assert seen(stay.state, "status", "stop_reason", "energy_wh", "meter_stop_wh") == ("completed", "Lost", 0, 1000)


def test_an_end_that_comes_after_all_takes_back_that_it_was_superseded() -> None:
    stay = charging()
    stay.take(session_decisions.superseded(stay.state, at(600)), 600)
    stay.tell(ended(1, 60, register(1500, 60), stopped_reason="EVDisconnected"), 650)
    assert seen(stay.state, "status", "stop_reason", "energy_wh", "flags") == ("completed", "EVDisconnected", 500, ())


def test_an_end_that_comes_after_it_was_given_up_counts() -> None:
    stay = charging()
    stay.take(session_decisions.superseded(stay.state, at(600)), 600)
    stay.wait(600 + 86_400)
    stay.tell(ended(1, 60, register(1500, 60)), 90_000)
    assert seen(stay.state, "status", "stop_reason", "stopped_at", "energy_wh") == ("completed", "Local", at(60), 500)


# -- Out of order, with gaps, again (rules 42, 44) -------------------------------------------------------------------


def test_rule_42_an_end_before_its_start_is_an_orphan_until_the_start_comes() -> None:
    stay = Transaction().all([ended(2, 120, register(1900, 120), token="CARD")], 130)
    assert seen(stay.state, "status", "energy_wh", "token") == ("finishing", 0, "t1")
    assert set(stay.state.flags) == {"orphan", "gaps"}
    stay.all([updated(1, 60, register(1400, 60)), started()], 131)
    assert seen(stay.state, "status", "energy_wh", "started_at", "flags") == ("finishing", 900, at(0), ())


def test_rule_42_lower_numbers_after_the_end_are_filled_in() -> None:
    stay = charging()
    stay.tell(ended(3, 180))
    assert seen(stay.state, "energy_wh", "flags") == (0, ("gaps",))
    stay.tell(updated(2, 120, register(1900, 120)), 181)
    [filled] = stay.tell(updated(1, 60, register(1400, 60)), 182)
    assert seen(stay.state, "energy_wh", "meter_stop_wh", "flags") == (900, 1900, ())
    assert isinstance(filled, events.MeterSampled) and filled.late, "its row must be written whole"


def test_rule_42_a_second_end_is_taken_and_flagged_and_the_first_one_counts() -> None:
    first, second = ended(1, 60, register(1500, 60)), ended(2, 70, register(1600, 70), stopped_reason="Other")
    for order in ([first, second], [second, first]):
        stay = charging().all(order, 80)
        assert seen(stay.state, "stopped_at", "stop_reason", "energy_wh") == (at(60), "Local", 600)
        assert stay.state.flags == ("stop_repeated",)


def test_another_start_of_the_same_transaction_is_flagged_and_begins_nothing() -> None:
    stay = charging()
    stay.tell(started(0, 5, register(1100, 5)))
    assert seen(stay.state, "started_at", "meter_start_wh", "flags") == (at(0), 1000, ("start_repeated",))


def test_a_start_that_goes_on_counting_is_the_same_transaction() -> None:
    stay = Transaction().all([started(0, token=None)])
    assert not transaction_decisions.used_again(stay.state, started(1, 30))
    assert transaction_decisions.used_again(stay.state, started(0, 30))
    stay.tell(started(1, 30))
    assert seen(stay.state, "token", "flags") == ("t1", ("start_repeated",))


def test_rule_42_clients_that_number_nothing_have_no_gaps() -> None:
    stay = Transaction().all([started(0), updated(0, 60, register(1400, 60)), ended(0, 120, register(1900, 120))])
    assert seen(stay.state, "energy_wh", "stopped_at", "flags") == (900, at(120), ())


def test_rule_44_a_stay_with_a_gap_waits_for_what_the_charger_says() -> None:
    stay = charging()
    stay.tell(ended(2, 120, stopped_reason="EVDisconnected"))
    assert stay.state.status == "finishing"
    assert transaction_decisions.unclear(stay.state)
    stay.queue(in_queue=True, ongoing=False, seconds=130)
    stay.wait(1000)
    assert stay.state.status == "finishing", "more is to come"
    stay.tell(updated(1, 60, register(1400, 60)), 1001)
    assert seen(stay.state, "status", "completed_at", "flags") == ("completed", at(120), ())


def test_rule_44_what_the_charger_does_not_keep_is_missing_for_ever() -> None:
    stay = charging()
    stay.tell(ended(2, 120, stopped_reason="EVDisconnected"))
    stay.queue(in_queue=False, ongoing=False, seconds=130)
    assert seen(stay.state, "status", "completed_at", "flags") == ("completed", at(120), ("gaps",))
    assert not transaction_decisions.unclear(stay.state)


def test_a_gap_that_nobody_tells_of_holds_the_stay_for_a_minute() -> None:
    stay = charging()
    stay.tell(ended(2, 120, stopped_reason="EVDisconnected"))
    stay.wait(179)
    assert stay.state.status == "finishing"
    stay.wait(180)
    assert seen(stay.state, "status", "completed_at") == ("completed", at(120))


def test_a_charger_that_promises_more_and_never_sends_it_holds_the_stay_for_a_day() -> None:
    stay = charging()
    stay.tell(ended(2, 120))
    stay.queue(in_queue=True, ongoing=False, seconds=130)
    stay.wait(120 + 86_399)
    assert stay.state.status == "finishing"
    stay.wait(120 + 86_400)
    assert stay.state.status == "completed"


def test_a_running_transaction_that_the_charger_knows_nothing_of_is_lost() -> None:
    stay = charging()
    stay.queue(in_queue=False, ongoing=True, seconds=100)
    assert stay.state.status == "active"
    stay.queue(in_queue=False, ongoing=False, seconds=200)
    assert seen(stay.state, "status", "stop_reason", "flags") == ("completed", "Lost", ("lost", "suspect"))


@pytest.mark.parametrize(("order", "count"), [("in order", 10_000), ("backwards", 2_000), ("shuffled", 2_000)])
def test_ten_thousand_events_of_a_week_offline_are_one_session_in_bounded_space(order: str, count: int) -> None:
    week = 7 * 86_400
    happened: list[facts.TransactionEvent] = [started(charging_state="Charging", offline=True)]
    for number in range(1, count - 1):
        state = "SuspendedEV" if number % 100 > 90 else "Charging"
        reading = register(1000 + number, 60 * number)
        happened.append(updated(number, 60 * number, reading, charging_state=state, offline=True))
    happened.append(ended(count - 1, 60 * (count - 1), stopped_reason="EVDisconnected", offline=True))
    stay = Transaction()
    largest = 0
    for fact in _ordered(happened, order):
        stay.tell(fact, week)
        ledger = stay.state.ledger
        largest = max(largest, len(ledger.sequence.ahead) if ledger is not None else 0)
    stay.wait(week + 86_400)
    assert seen(stay.state, "status", "energy_wh", "stopped_at") == ("completed", count - 2, at(60 * (count - 1)))
    assert largest <= 64
    if order == "in order":
        assert seen(stay.state, "flags", "idle_s") == (("offline",), (99 * 9 + 8) * 60)


def _ordered(happened: Sequence[facts.TransactionEvent], order: str) -> list[facts.TransactionEvent]:
    match order:
        case "in order":
            return list(happened)
        case "backwards":
            return list(reversed(happened))
        case _:
            return sorted(happened, key=lambda fact: hash(fact.digest) % 1009)


# -- Tokens and places (rules 44, 46) --------------------------------------------------------------------------------


def test_rule_46_a_transaction_may_begin_with_the_cable_and_be_authorized_later() -> None:
    stay = Transaction().all([started(token=None, charging_state="EVConnected", trigger="CablePluggedIn")])
    shown = session.view(stay.state, at(1))
    assert (shown["status"], shown["token_type"], shown["authorization"]) == ("active", None, None)
    [recorded] = stay.tell(updated(1, 30, token="CARD", trigger="Authorized"))
    assert isinstance(recorded, events.TransactionUpdated)
    assert seen(stay.state, "token", "driver_id", "token_type", "authorization") == ("t1", "d1", "ISO14443", "Accepted")


def test_rule_44_the_evse_may_be_unknown_at_first() -> None:
    stay = Transaction().all([started(evse_id=None)])
    assert seen(stay.state, "evse_id", "connector_id") == (None, None)
    assert of_type(
        stay.tell(updated(1, 30, register(1400, 30), evse_id=1)), events.MeterSampled, events.TransactionUpdated
    )
    assert seen(stay.state, "evse_id", "connector_id", "energy_wh") == (1, 1, 400)


def test_the_token_of_the_session_is_not_the_one_that_ends_it() -> None:
    stay = charging()
    stay.tell(updated(1, 30, token="OTHER", trigger="StopAuthorized"))
    stay.tell(ended(2, 60, trigger="EVDeparted"))
    assert seen(stay.state, "token", "stop_token") == ("t1", "t2")


def test_a_remote_start_becomes_the_transaction_that_follows_it() -> None:
    requested = events.SessionRequested(charger_id="CP-01", token="t1", command_id="c1", remote_start_id=7)
    stay = Transaction(session.evolve(None, "s1", requested, at(0)))
    stay.tell(started(remote_start_id=7), 5)
    assert seen(stay.state, "status", "command_id", "transaction_id") == ("active", "c1", "T1")


def test_a_start_after_it_was_given_up_is_a_session_all_the_same() -> None:
    requested = events.SessionRequested(charger_id="CP-01", token="t1", command_id="c1", remote_start_id=7)
    stay = Transaction(session.evolve(None, "s1", requested, at(0)))
    stay.wait(121)
    assert stay.state.status == "failed"
    stay.tell(started(0, 200), 200)
    assert seen(stay.state, "status", "failure", "flags") == ("active", None, ("late_start",))


# -- What is odd -----------------------------------------------------------------------------------------------------


def test_rule_13_what_was_odd_about_an_event_is_flagged() -> None:
    stay = charging()
    [recorded] = stay.tell(updated(1, 60, register(1400, 60), suspect=("value_type",)))
    assert isinstance(recorded, events.MeterSampled)
    assert (recorded.suspect, stay.state.flags) == (("value_type",), ("suspect",))


def test_rule_46_a_falling_register_is_told_and_flagged_and_taken_back_when_it_recovers() -> None:
    stay = charging()
    stay.tell(updated(1, 60, register(1900, 60)))
    [fell] = stay.tell(updated(2, 120, register(1200, 120)))
    assert isinstance(fell, events.MeterSampled)
    assert (fell.suspect, seen(stay.state, "flags", "energy_wh")) == (("register_fell",), (("suspect",), 900))
    [recovered] = stay.tell(updated(3, 180, register(2000, 180)))
    assert isinstance(recovered, events.MeterSampled)
    assert (recovered.late, seen(stay.state, "flags", "energy_wh")) == (True, ((), 1000))


@pytest.mark.parametrize("kind", ["Started", "Ended"])
def test_rule_22_a_clock_that_was_never_set_is_flagged_and_arrival_counts(kind: str) -> None:
    wrong = event(kind, 1, -2_000_000_000, register(1400, 60), token="CARD")
    stay = Transaction().all([] if kind == "Started" else [started()], 10)
    stay.tell(wrong, 120)
    assert "clock" in stay.state.flags
    assert (stay.state.started_at if kind == "Started" else stay.state.stopped_at) == at(120)


def test_power_is_nothing_when_the_transaction_has_ended() -> None:
    power = facts.Reading(at(60), (facts.Sampled("7200", measurand="Power.Active.Import", unit="W"),))
    stay = charging()
    stay.tell(updated(1, 60, power))
    assert stay.state.power_w == 7200
    stay.tell(ended(2, 120))
    assert stay.state.power_w == 0


def test_rule_46_meter_values_of_the_evse_count_while_the_events_carry_none() -> None:
    stay = Transaction().all([event("Started", 0, 0, evse_id=1, token="CARD")])
    for seconds, wh in ((30, 5000), (90, 5600)):
        _, after = transaction_decisions.metered(stay.state, (register(wh, seconds),), (), at(seconds))
        stay = Transaction(after)
    assert seen(stay.state, "energy_wh", "meter_start_wh", "samples") == (600, 5000, 2)
