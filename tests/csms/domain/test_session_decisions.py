"""What is recorded of a session: starts, stops and what is odd about them (rules 33-41, 46, 11, 22, 43)."""

from decimal import Decimal

import pytest

from csms.domain import events, facts, session_decisions
from tests.csms.domain.support import BEGIN, Stay, at, of_type, register, running, seen, started, stopping


def end(value: str, seconds: float = 3600, unit: str | None = None) -> tuple[facts.Reading, ...]:
    return (register(value, seconds, unit=unit, context="Transaction.End"),)


# -- start -----------------------------------------------------------------------------------------------------------


def test_rule_33_a_start_makes_a_session_even_when_the_token_is_refused() -> None:
    event = events.SessionStarted(charger_id="CP-01", authorization="Invalid", authorization_reason="unknown token")
    assert session_decisions.start(None, event) == [event]


def test_rule_34_the_same_start_again_records_nothing() -> None:
    assert running().start() == []


def test_rule_34_the_same_start_after_the_stop_records_nothing() -> None:
    stay = running()
    stay.stop(stopping(2000, 600), 600)
    assert stay.start() == []


def test_rule_11_the_same_key_with_other_content_is_kept_and_flagged() -> None:
    stay = running()
    assert of_type(stay.start(digest=b"other"), events.SessionFlagged)
    assert stay.state.flags == ("start_repeated",)
    assert stay.start(digest=b"other") == []


def test_rule_51_the_start_that_was_ordered_is_the_pending_session() -> None:
    stay = Stay().request()
    stay.start()
    assert seen(stay.state, "status", "command_id") == ("active", "c1")


def test_rule_51_a_start_after_we_gave_up_is_taken_and_flagged() -> None:
    stay = Stay().request()
    stay.wait(121)
    stay.start(seconds=200)
    assert seen(stay.state, "status", "failure", "flags") == ("active", None, ("late_start",))
    assert stay.state.completed_at is None


# -- stop ------------------------------------------------------------------------------------------------------------


def test_rule_41_a_stop_ends_the_transaction_and_not_the_stay() -> None:
    stay = running()
    assert of_type(stay.stop(stopping(2500, 600, reason="Remote"), 601), events.SessionStopped)
    state = stay.state
    assert seen(state, "status", "energy_wh", "stopped_at", "stop_reason") == (
        "finishing",
        1500,
        at(600),
        "Remote",
    )
    assert state.flags == ()


def test_the_reason_is_local_when_none_is_given() -> None:
    stay = running()
    stay.stop(stopping(2500, 600), 601)
    assert stay.state.stop_reason == "Local"


def test_rule_36_the_same_stop_again_records_nothing() -> None:
    stay = running()
    stay.stop(stopping(2500, 600), 601)
    assert stay.stop(stopping(2500, 600), 660) == []


def test_rule_36_the_same_stop_after_the_stay_records_nothing() -> None:
    stay = running()
    stay.stop(stopping(2500, 600, reason="EVDisconnected"), 601)
    assert stay.stop(stopping(2500, 600, reason="EVDisconnected"), 660) == []


def test_rule_11_another_stop_is_kept_and_flagged_and_counts_nothing() -> None:
    stay = running()
    stay.stop(stopping(2500, 600), 601)
    again = stay.stop(stopping(9000, 700, digest=b"second"), 701)
    assert isinstance(again[0], events.SessionFlagged)
    assert "9000" in again[0].detail
    assert seen(stay.state, "energy_wh", "flags") == (1500, ("stop_repeated",))
    assert stay.stop(stopping(9000, 700, digest=b"second"), 702) == []
    assert of_type(stay.stop(stopping(9001, 700, digest=b"third"), 703), events.SessionFlagged)


@pytest.mark.parametrize("meter", [999, 0])
def test_rule_40_a_stop_below_the_start_is_flagged_and_never_negative(meter: int) -> None:
    stay = running()
    stay.stop(stopping(meter, 600), 601)
    assert seen(stay.state, "energy_wh", "meter_stop_wh") == (0, meter)
    assert stay.state.flags == ("suspect",)


def test_rule_46_a_stop_below_the_last_register_keeps_the_last_and_is_flagged() -> None:
    stay = running()
    stay.sample(register("2000", 300))
    stay.stop(stopping(1400, 600), 601)
    assert seen(stay.state, "energy_wh", "flags") == (1000, ("suspect",))


def test_a_stop_in_whole_wh_below_a_fractional_register_is_a_rounding() -> None:
    stay = running()
    stay.sample(register("1500.7", 300))
    stay.stop(stopping(1500, 600), 601)
    assert seen(stay.state, "energy_wh", "flags") == (Decimal("500.7"), ())


def test_rule_40_the_final_register_is_the_cross_check_of_a_wrong_stop() -> None:
    stay = running()
    stay.sample(register("2000", 300))
    stay.stop(stopping(0, 600, readings=end("2400")), 601)
    assert seen(stay.state, "energy_wh", "flags") == (1400, ("suspect",))


def test_rule_40_a_final_register_that_is_as_wrong_counts_nothing() -> None:
    stay = running()
    stay.sample(register("2000", 300))
    stay.stop(stopping(0, 600, readings=end("5")), 601)
    assert seen(stay.state, "energy_wh", "flags") == (1000, ("suspect",))


def test_a_stop_without_a_register_takes_the_final_one_of_its_data() -> None:
    stay = running()
    stay.stop(stopping(None, 600, readings=end("1.8", unit="kWh")), 601)
    assert seen(stay.state, "energy_wh", "meter_stop_wh", "flags") == (800, 1800, ())


def test_a_stop_without_a_register_takes_the_last_one_of_its_data_whatever_its_context() -> None:
    stay = running()
    stay.stop(stopping(None, 600, readings=(register("1200", 300), register("1800", 600))), 601)
    assert seen(stay.state, "energy_wh", "flags") == (800, ())


def test_rule_46_a_final_register_without_a_unit_after_a_kwh_series_keeps_the_last_and_is_flagged() -> None:
    stay = running(0)
    stay.sample(register("0.15", 300, unit="kWh"))
    stay.stop(stopping(None, 600, readings=end("225")), 601)
    assert seen(stay.state, "energy_wh", "flags") == (150, ("suspect",))


def test_the_meter_stop_of_ocpp_1_6_is_in_wh_whatever_the_series_was_in() -> None:
    stay = running(0)
    stay.sample(register("0.15", 300, unit="kWh"))
    stay.stop(stopping(223, 600), 601)
    assert seen(stay.state, "energy_wh", "flags") == (223, ())


def test_a_stop_without_any_register_keeps_the_last_and_is_flagged() -> None:
    stay = running()
    stay.sample(register("2000", 300))
    stay.stop(stopping(None, 600), 601)
    assert seen(stay.state, "energy_wh", "flags") == (1000, ("suspect",))


def test_a_session_without_any_register_is_flagged_and_free() -> None:
    stay = running(None)
    stay.stop(stopping(5000, 600), 601)
    assert seen(stay.state, "energy_wh", "flags") == (0, ("suspect",))


def test_rule_40_a_start_without_a_register_takes_it_from_the_begin_of_the_data() -> None:
    stay = running(None)
    begin = register("4000", 0, context="Transaction.Begin")
    stay.stop(stopping(5000, 600, readings=(begin,)), 601)
    assert stay.state.energy_wh == 1000


def test_rule_13_a_stop_that_was_not_quite_readable_is_flagged() -> None:
    stay = running()
    stay.stop(stopping(2500, 600, suspect=("reason_unknown",)), 601)
    assert stay.state.flags == ("suspect",)


def test_flags_of_the_caller_are_kept() -> None:
    stay = running()
    stay.stop(stopping(2500, 600), 601, flags=("matched",))
    assert stay.state.flags == ("matched",)


def test_rule_22_a_stop_in_1970_ends_when_it_arrives() -> None:
    stay = running()
    stay.stop(stopping(2500, -56 * 365 * 86400), 601)
    assert seen(stay.state, "stopped_at", "flags") == (at(601), ("clock", "suspect"))


def test_a_stop_without_a_time_ends_when_it_arrives() -> None:
    stay = running()
    stay.stop(stopping(2500, None), 601)
    assert seen(stay.state, "stopped_at", "flags") == (at(601), ("clock", "suspect"))


def test_a_stop_before_its_start_lasts_no_time_and_is_flagged() -> None:
    stay = running()
    stay.stop(stopping(2500, -30), 301)
    assert seen(stay.state, "stopped_at", "flags") == (at(0), ("clock", "suspect"))


# -- orphans ---------------------------------------------------------------------------------------------------------


def orphaned(**fields: object) -> Stay:
    stay = Stay()
    fact = stopping(**({"meter": 5000, "seconds": 600, "transaction_id": "-1"} | fields))  # type: ignore[arg-type]
    stay.took(session_decisions.orphan("CP-01", "st1", fact, "t9", at(601)), 601)
    return stay


def test_rule_35_a_stop_without_a_start_is_a_session_with_the_id_as_sent() -> None:
    state = orphaned().state
    assert seen(state, "transaction_id", "flags", "status") == ("-1", ("orphan",), "completed")
    assert seen(state, "meter_stop_wh", "energy_wh", "token", "stopped_at") == (5000, 0, "t9", at(600))


def test_rule_40_an_orphan_that_brings_its_begin_has_energy() -> None:
    begin = register("4.2", 0, unit="kWh", context="Transaction.Begin")
    assert orphaned(readings=(begin,)).state.energy_wh == 800


def test_an_orphan_whose_registers_fall_has_none() -> None:
    begin = register("9000", 0, context="Transaction.Begin")
    assert orphaned(readings=(begin,)).state.energy_wh == 0


def test_rule_22_an_orphan_of_1970_says_so() -> None:
    state = orphaned(seconds=-56 * 365 * 86400).state
    assert seen(state, "stopped_at", "flags") == (at(601), ("orphan", "clock"))


def test_rule_36_the_same_orphan_again_records_nothing() -> None:
    stay = orphaned()
    assert stay.stop(stopping(5000, 600, transaction_id="-1"), 660) == []


# -- samples ---------------------------------------------------------------------------------------------------------


def test_a_record_of_meter_values_is_one_event_as_sent() -> None:
    reading = register("1,5", 300, unit="kWh")
    assert running().sample(reading) == [events.MeterSampled(readings=(reading,))]


def test_rule_46_a_register_that_fell_is_recorded_and_flagged() -> None:
    stay = running()
    decided = stay.sample(register("900", 300), suspect=("schema",))
    assert decided == [events.MeterSampled(readings=(register("900", 300),), suspect=("schema", "register_fell"))]
    assert seen(stay.state, "register_wh", "flags") == (1000, ("suspect",))


def test_rule_50_a_late_register_is_nothing_odd() -> None:
    stay = running()
    stay.sample(register("1500", 300))
    assert stay.sample(register("1200", 200)) == [events.MeterSampled(readings=(register("1200", 200),))]


def test_rule_37_what_comes_after_the_stop_is_kept_and_counts_nothing() -> None:
    stay = running()
    stay.stop(stopping(2500, 600), 601)
    assert of_type(stay.sample(register("0", 660)), events.MeterSampled)
    stay.sample(register("9999", 700))
    assert seen(stay.state, "energy_wh", "flags", "samples") == (1500, (), 2)


def test_a_time_can_be_believed_by_the_name_that_the_actors_use() -> None:
    assert session_decisions.plausible(BEGIN, BEGIN)
    assert started().started_at == BEGIN
