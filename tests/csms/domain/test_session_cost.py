"""What a session costs follows from its own events, to the paisa, and is recorded once it is over."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from csms.domain import events, session, session_cost, session_decisions
from csms.domain.session_cost import Stay as Priced
from csms.domain.tariff import model
from tests.csms.domain import test_usage
from tests.csms.domain.support import Stay, at, of_type, running, started, stopping

STORY = model.Tariff(
    id="tf1",
    currency="INR",
    tax_included=True,
    elements=(
        model.Element(
            price_components=(
                model.PriceComponent(type="ENERGY", price=Decimal("18.00")),
                model.PriceComponent(type="PARKING_TIME", price=Decimal("180.00"), step_size=60),
            )
        ),
    ),
)


def terms(tariff: model.Tariff = STORY, **more: Any) -> events.TariffApplied:
    """What is recorded with a start."""
    told: dict[str, Any] = {"tariff_id": "tf1", "version": 1, "time_zone": "Asia/Kolkata", "by": "station"} | more
    return events.TariffApplied(tariff=tariff, idle_priced=session_cost.idle_priced(tariff), **told)


def priced(stay: Stay, tariff: model.Tariff = STORY) -> Stay:
    """The same stay with a tariff."""
    under = Stay()
    for event, when in stay.log:
        under.took([event], (when - at(0)).total_seconds())
        if isinstance(event, events.SessionStarted):
            under.took([terms(tariff)], (when - at(0)).total_seconds())
    return under


def bills(*stays: Stay, until: float = 9999) -> list[events.SessionPriced]:
    """What is recorded of the last of them."""
    return session_cost.priced([Priced(stay.state, stay.log) for stay in stays], at(until))


def test_the_story_costs_22_kwh_and_ten_minutes() -> None:
    [bill] = bills(priced(test_usage.story()))
    assert (bill.total_incl, bill.currency, bill.revision, bill.covers) == (Decimal("426.00"), "INR", 1, ("s1",))
    assert [(line.dimension, line.amount_incl) for line in bill.lines] == [
        ("ENERGY", Decimal("396.00")),
        ("PARKING_TIME", Decimal("30.00")),
    ]
    assert bill.idle_s == 600


def test_what_a_running_session_costs_so_far_ends_as_its_bill() -> None:
    stay = priced(test_usage.story())
    early = Stay()
    for event, when in stay.log:
        if isinstance(event, events.SessionStopped):
            break
        early.took([event], (when - at(0)).total_seconds())
    costs = [session_cost.cost([Priced(early.state, early.log)], at(seconds)) for seconds in (3600, 3660, 3720)]
    assert [cost.bill.total_incl for cost in costs if cost] == [Decimal(396), Decimal(399), Decimal(402)]
    shown = session.view(early.state, at(3720), session_cost.so_far(costs[-1])) if costs[-1] else {}
    assert (shown["cost"], shown["idle_since"], shown["idle_s"]) == (
        {"amount": "402.00", "currency": "INR"},
        at(3600),
        120,
    )


def test_a_session_without_a_tariff_has_no_bill() -> None:
    stay = test_usage.story()
    assert bills(stay) == [] and session_cost.cost([Priced(stay.state, stay.log)], at(9999)) is None
    assert session.view(stay.state, at(9999))["cost"] is None


def test_a_session_that_goes_on_has_no_bill_yet() -> None:
    stay = priced(running(1000))
    assert bills(stay) == []
    assert session.view(stay.state, at(0))["tariff_id"] == "tf1"


def test_evolve_takes_the_amount_as_it_was_recorded() -> None:
    stay = priced(test_usage.story())
    [bill] = bills(stay)
    stay.took([msgspec.structs.replace(bill, total_incl=Decimal("1.00"), idle_s=7)], 4200)
    shown = session.view(stay.state, at(99_999))
    assert (shown["cost"], shown["idle_s"], shown["idle_since"]) == ({"amount": "1.00", "currency": "INR"}, 7, None)


def test_a_late_record_makes_another_bill_only_if_it_changes_something() -> None:
    stay = priced(test_usage.story())
    stay.took(bills(stay), 4200)
    stay.sample(test_usage.sampled(12_000, 1800, 22_000), seconds=5000)
    assert bills(stay) == []
    stay.took([events.SessionStopped(stopped_at=at(3660), energy_wh=Decimal(23_000), digest=b"again")], 5000)
    stay.took([events.SessionCompleted(completed_at=at(4200), cause="history")], 5000)
    [bill] = bills(stay)
    assert (bill.revision, bill.total_incl) == (2, Decimal("444.00"))


def test_a_session_that_goes_on_after_a_reset_is_priced_as_one_with_its_first() -> None:
    """Rule 52: the tariff and the fee for the start are those of the first; what lay between is nobody's."""
    flat = model.Element(price_components=(model.PriceComponent(type="FLAT", price=Decimal(10)),))
    tariff = msgspec.structs.replace(STORY, elements=(*STORY.elements, flat))
    first = running(1000)
    first.status("Charging", 0)
    first.stop(stopping(11_000, 1800, reason="HardReset"), 1800)
    first.status("Finishing", 1800)
    first.status("Available", 2400)
    second = Stay()
    second.took([events.SessionRequested(charger_id="CP-01", token="t1", command_id="c2", continues="s1")], 2500)
    second.took(session_decisions.start(second.state, started(11_000, 2600, digest=b"other")), 2600)
    assert second.state.continues == "s1"
    second.took([terms(msgspec.structs.replace(tariff, currency="EUR"), tariff_id="other")], 2600)
    second.status("Charging", 2600)
    second.stop(stopping(23_000, 3600, reason="EVDisconnected"), 3600)
    [bill] = bills(priced(first, tariff), second)
    assert (bill.total_incl, bill.currency, bill.covers) == (Decimal("406.00"), "INR", ("s1", "s1"))


@pytest.mark.parametrize(("price", "seconds"), [("180", 12 * 3600), ("0", 60)])
def test_a_cable_that_stays_in_is_waited_for_longer_where_idle_time_is_paid(price: str, seconds: int) -> None:
    part = model.PriceComponent(type="PARKING_TIME", price=Decimal(price))
    tariff = msgspec.structs.replace(STORY, elements=(model.Element(price_components=(part,)),))
    begun = running(1000)
    stay = priced(begun, tariff)
    stay.stop(stopping(2000, 600), 600)
    assert session_decisions.due(stay.state) == at(600 + seconds)
    assert of_type(stay.wait(600 + seconds), events.SessionCompleted)


def test_another_tariff_counts_until_there_is_a_bill() -> None:
    stay = priced(test_usage.story())
    assert not session_decisions.applies(stay.state, terms())
    assert session_decisions.applies(stay.state, terms(version=2))
    stay.took(bills(stay), 4200)
    assert not session_decisions.applies(stay.state, terms(version=2))


def test_a_cap_is_recorded_once_and_not_after_the_end() -> None:
    stay = priced(running(1000))
    [event] = stay.took(session_decisions.capped(stay.state, Decimal(100)), 10)
    assert event == events.CapSet(amount=Decimal(100)) and stay.state.cap == Decimal(100)
    assert session_decisions.capped(stay.state, Decimal(100)) == []
    stay.stop(stopping(2000, 600, reason="EVDisconnected"), 600)
    assert session_decisions.capped(stay.state, None) == []
