"""The connector: its status follows from what happens on it."""

import pytest

from csms.simulator import authorization, car, connector, meter, session


def _connector() -> connector.Connector:
    return connector.Connector(1, 22_000, meter.Meter(), 0.0)


def _session() -> session.Session:
    return session.Session(key="CP/1", connector_id=1, id_token="A", started_at=0.0, meter_start_wh=0)


def test_a_visit_from_the_cable_to_its_removal() -> None:
    one = _connector()
    seen = [one.status]
    one.plug_in(car.Car())
    seen.append(one.status)
    one.begin(_session())
    seen.append(one.status)
    one.end()
    seen.append(one.status)
    one.unplug()
    seen.append(one.status)
    assert seen == ["Available", "Preparing", "Charging", "Finishing", "Available"]


def test_an_accepted_token_without_a_cable_is_preparing() -> None:
    one = _connector()
    one.grant = authorization.Grant(token="A")
    assert one.status == "Preparing"


def test_a_car_that_stops_drawing_is_suspended_by_the_car() -> None:
    one = _connector()
    one.plug_in(car.Car(battery_wh=100, soc=0.9))
    one.begin(_session())
    one.advance(3600)
    assert one.status == "SuspendedEV"
    assert one.meter.register_wh == pytest.approx(10, abs=1)


def test_energy_that_is_withheld_is_suspended_by_the_charger_and_does_not_flow() -> None:
    one = _connector()
    one.plug_in(car.Car())
    one.begin(_session())
    one.withheld = True
    one.advance(3600)
    assert one.status == "SuspendedEVSE"
    assert one.meter.register_wh == 0


def test_no_energy_flows_without_a_transaction() -> None:
    one = _connector()
    one.plug_in(car.Car())
    one.advance(3600)
    assert one.meter.register_wh == 0


def test_energy_is_power_over_time() -> None:
    one = _connector()
    one.plug_in(car.Car(battery_wh=1e6, max_power_w=11_000, soc=0.1))
    one.begin(_session())
    for minute in range(1, 61):
        one.advance(minute * 60)
    assert one.meter.energy_wh == pytest.approx(11_000, rel=0.01)
    assert one.meter.power_w == 11_000


def test_out_of_service_and_broken() -> None:
    one = _connector()
    one.operative = False
    assert one.status == "Unavailable"
    one.error_code = "GroundFailure"
    assert one.status == "Faulted"


def test_scheduled_unavailability_begins_with_the_end_of_the_transaction() -> None:
    one = _connector()
    one.plug_in(car.Car())
    one.begin(_session())
    one.scheduled = False
    assert one.status == "Charging"
    one.end()
    assert one.status == "Unavailable"


def test_a_cable_that_is_in_stays_in() -> None:
    one, first = _connector(), car.Car()
    one.plug_in(first)
    one.plug_in(car.Car())
    assert one.car is first
