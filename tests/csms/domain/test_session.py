"""The state of a session and how it looks to people."""

from datetime import timedelta
from decimal import Decimal

import pytest

from csms.domain import events, session
from tests.csms.domain.support import BEGIN, Stay, at, gauge, register, running, seen, started, stopping

WANTED = set(
    """
    id transaction_id charger_id station_id evse_id connector_id token_type driver_id tariff_id status flags started_at
    stopped_at stop_reason meter_start_wh meter_stop_wh energy_wh power_w soc_percent duration_s idle_since idle_s
    continues cost
    """.split()  # noqa: SIM905  a list of literals would be a page long
)


def test_a_pending_session_knows_who_ordered_it() -> None:
    state = Stay().request(5).state
    assert seen(state, "status", "token", "command_id", "requested_at") == ("pending", "t1", "c1", at(5))


def test_a_started_session_knows_its_start() -> None:
    state = running().state
    assert seen(state, "status", "transaction_id", "started_at", "meter_start_wh") == ("active", "7", BEGIN, 1000)
    assert seen(state, "version", "energy_wh") == (1, 0)


def test_energy_is_what_the_register_rose_since_the_start() -> None:
    stay = running()
    stay.sample(register("2.5", 60, unit="kWh"))
    assert stay.state.energy_wh == 1500


def test_a_session_without_a_start_register_begins_at_its_first_one() -> None:
    stay = running(None)
    stay.sample(register("5000", 60))
    stay.sample(register("5600", 120))
    assert seen(stay.state, "meter_start_wh", "energy_wh") == (5000, 600)


def test_energy_is_exact() -> None:
    stay = running(0)
    stay.sample(register("0.15003999999999998", 60, unit="kWh"))
    assert stay.state.energy_wh == Decimal("150.03999999999998")


def test_power_and_state_of_charge_are_live_and_power_ends_with_the_transaction() -> None:
    stay = running()
    stay.sample(gauge("Power.Active.Import", "7400", 60), gauge("SoC", "55", 60))
    assert seen(stay.state, "power_w", "soc_percent") == (7400, 55)
    stay.stop(stopping(2000, 600), 600)
    assert seen(stay.state, "power_w", "soc_percent") == (0, 55)


def test_the_log_gives_a_transaction_its_number() -> None:
    assert session.numbered(running().state, "42").transaction_id == "42"


def test_flags_come_once_each_in_the_order_of_their_coming() -> None:
    assert session.flagged(("a",), ("b", "a", "b")) == ("a", "b")


def test_a_stream_must_begin_with_a_start() -> None:
    with pytest.raises(ValueError, match=r"s1.*MeterSampled"):
        session.evolve(None, "s1", events.MeterSampled(readings=()), BEGIN)


def test_an_event_of_another_kind_of_stream_is_refused() -> None:
    with pytest.raises(ValueError, match=r"s1.*Connected"):
        session.evolve(running().state, "s1", events.Connected(epoch=1, protocol="ocpp1.6"), BEGIN)


def test_the_view_has_every_field_that_the_interface_promises_of_the_domain() -> None:
    assert set(session.view(running().state, BEGIN)) >= WANTED


def test_a_running_session_lasts_until_now() -> None:
    assert session.view(running().state, at(90.5))["duration_s"] == 90


def test_a_stopped_session_lasts_until_its_stop() -> None:
    stay = running()
    stay.stop(stopping(2000, 600), 601)
    assert session.view(stay.state, at(9000))["duration_s"] == 600


def test_a_session_that_never_ran_lasts_no_time() -> None:
    assert session.view(Stay().request().state, at(90))["duration_s"] == 0


def test_only_durations_of_the_view_depend_on_the_clock() -> None:
    stay = running()
    stay.status("Charging", 10)
    stay.status("SuspendedEV", 20)
    now, later = (session.view(stay.state, at(30) + timedelta(hours=hours)) for hours in (0, 1))
    assert {name for name in now if now[name] != later[name]} == {"duration_s", "idle_s"}


def test_nothing_of_a_completed_session_depends_on_the_clock() -> None:
    stay = running()
    stay.status("Charging", 10)
    stay.status("SuspendedEV", 20)
    stay.stop(stopping(2000, 600, reason="EVDisconnected"), 601)
    assert session.view(stay.state, at(700)) == session.view(stay.state, at(9000))


def test_the_summary_of_a_start_has_its_number() -> None:
    event = started()
    assert session.summary(running().state, event).transaction_id == "7"
