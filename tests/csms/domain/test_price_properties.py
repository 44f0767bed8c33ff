"""What holds for the price of every session, from what its charger said to the bill, whatever its tariff."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from csms.domain import events, money, session_cost, session_decisions, tariff
from tests.csms.domain.support import Stay, at, running, started, stopping
from tests.csms.domain.tariff.test_properties import BY_TIME, tariffs
from tests.csms.domain.test_session_cost import priced
from tests.csms.domain.test_usage import sampled

METER = 1000
ZONES = ["UTC", "Asia/Kolkata", "Pacific/Apia"]


class Leg(NamedTuple):
    """So many minutes at whole Wh a second, so that any second's register is a whole number."""

    minutes: int
    wh_a_second: int


class Drive(NamedTuple):
    """A session: legs of charging, then minutes with a car that has enough."""

    legs: tuple[Leg, ...]
    idle: int

    @property
    def charged(self) -> int:
        """Seconds until the car has enough."""
        return sum(leg.minutes * 60 for leg in self.legs)

    def register(self, second: int) -> int:
        """What the meter shows then."""
        wh = METER
        for leg in self.legs:
            wh += min(leg.minutes * 60, max(0, second)) * leg.wh_a_second
            second -= leg.minutes * 60
        return wh


LEGS = st.lists(st.builds(Leg, st.integers(1, 90), st.integers(1, 3)), min_size=1, max_size=4).map(tuple)
DRIVES = st.builds(Drive, LEGS, st.integers(0, 90))
KINDS = tariffs()


def driven(drive: Drive, what: tariff.Tariff, seconds: Sequence[int] = (), first: int = 0, last: int = 10**9) -> Stay:
    """The part of the session between two moments while it charges, told with the register at these seconds, too."""
    told = running(drive.register(first)) if not first else Stay()
    if first:
        told.took([events.SessionRequested(charger_id="CP-01", token="t1", command_id="c2", continues="s1")], first)
        begun = started(drive.register(first), first, digest=b"again")
        told.took(session_decisions.start(told.state, begun), first)
    told.status("Charging", first)
    bends = accumulate(leg.minutes * 60 for leg in drive.legs)
    for second in [*seconds, *bends]:  # in any order
        if first < second <= min(last, drive.charged):
            told.sample(sampled(drive.register(second), second), seconds=second)
    if last < drive.charged:
        told.stop(stopping(drive.register(last), last, reason="HardReset"), last)
        told.status("Finishing", last)
        told.status("Available", last + 600)
        return priced(told, what)
    end = drive.charged + drive.idle * 60
    told.status("SuspendedEV", drive.charged)
    told.stop(stopping(drive.register(drive.charged), end, reason="EVDisconnected"), end)
    return priced(told, what)


def bill(*stays: Stay, zone: str = "UTC") -> events.SessionPriced:
    """The one bill of all of them."""
    zoned = [session_cost.Stay(stay.state, [_in_zone(each, zone) for each in stay.log]) for stay in stays]
    [found] = session_cost.priced(zoned, at(10**7))
    return found


def _in_zone(told: Any, zone: str) -> Any:
    event, when = told
    known = isinstance(event, events.TariffApplied)
    return (msgspec.structs.replace(event, time_zone=zone) if known else event), when


def alike(one: events.SessionPriced, other: events.SessionPriced) -> bool:
    """Whether they differ by one rounding at most."""
    unit = money.unit(one.currency)
    return abs(one.total_incl - other.total_incl) <= unit and abs(one.total_excl - other.total_excl) <= unit


@settings(max_examples=40, deadline=None)
@given(KINDS, DRIVES, st.sampled_from(ZONES), st.lists(st.integers(1, 20_000), max_size=10))
def test_more_samples_change_nothing_but_a_rounding(
    what: tariff.Tariff, drive: Drive, zone: str, seconds: list[int]
) -> None:
    assert alike(bill(driven(drive, what), zone=zone), bill(driven(drive, what, seconds), zone=zone))


@settings(max_examples=40, deadline=None)
@given(KINDS, DRIVES, st.lists(st.integers(1, 20_000), min_size=2, max_size=10, unique=True), st.data())
def test_any_order_of_samples_gives_the_same_bill(
    what: tariff.Tariff, drive: Drive, seconds: list[int], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(seconds))
    assert bill(driven(drive, what, seconds)) == bill(driven(drive, what, shuffled))


@settings(max_examples=40, deadline=None)
@given(KINDS, DRIVES, st.sampled_from(ZONES), st.data())
def test_a_session_that_a_reset_cut_in_two_costs_what_it_would_have_cost_in_one(
    what: tariff.Tariff, drive: Drive, zone: str, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, drive.charged - 1))
    whole = bill(driven(drive, what, [cut]), zone=zone)
    halves = driven(drive, what, last=cut), driven(drive, what, first=cut)
    assert alike(whole, bill(*halves, zone=zone))


@settings(max_examples=40, deadline=None)
@given(tariffs(st.just(1), st.fixed_dictionaries({}, optional=BY_TIME)), DRIVES, st.integers(1, 3))
def test_more_energy_in_the_same_time_never_costs_less(what: tariff.Tariff, drive: Drive, more: int) -> None:
    """Unless the tariff rewards it: with steps, or other prices from so much energy or power on, it may."""
    fuller = drive._replace(legs=tuple(leg._replace(wh_a_second=leg.wh_a_second + more) for leg in drive.legs))
    assert bill(driven(drive, what)).total_incl <= bill(driven(fuller, what)).total_incl


@settings(max_examples=40, deadline=None)
@given(KINDS, DRIVES, st.decimals("0", "20", places=2), st.decimals("0", "20", places=2))
def test_every_bill_is_within_the_limits_and_adds_up(
    what: tariff.Tariff, drive: Drive, one: Decimal, other: Decimal
) -> None:
    least, most = (tariff.PriceLimit(excl_vat=each, incl_vat=each) for each in sorted([one, other]))
    limited = msgspec.structs.replace(what, currency="EUR", min_price=least, max_price=most)
    made = bill(driven(drive, limited))
    assert min(one, other) <= made.total_excl <= made.total_incl <= max(one, other)
    assert sum(line.amount_incl for line in made.lines) == made.total_incl
    assert sum(tax.excl + tax.amount for tax in made.taxes) == made.total_incl
