"""What holds for every tariff and every session."""

import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from csms.domain import money, tariff
from csms.domain.tariff.model import DAYS
from csms.domain.tariff.periods import span
from tests.csms.domain.tariff.support import component, element, made

ZONES = st.sampled_from(
    [ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata"), ZoneInfo("Pacific/Apia")]
)
STARTS = st.datetimes(datetime(2026, 3, 27), datetime(2026, 3, 30)).map(  # noqa: DTZ001 - hypothesis wants them naive
    lambda at: at.replace(tzinfo=UTC, microsecond=0)
)
PRICES = st.decimals("0", "5", places=4).map(str)
TAXES = st.sampled_from([None, "0", "7", "18", "19.6"])
TIMES = st.sampled_from(["00:00", "02:30", "06:00", "12:00", "18:45", "22:00"])
CURRENCIES = st.sampled_from(["EUR", "INR", "JPY", "KWD"])


STEPS = st.sampled_from([1, 60, 900, 1000])
BY_TIME: dict[str, st.SearchStrategy[Any]] = {
    "start_time": TIMES,
    "end_time": TIMES,
    "day_of_week": st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
    "min_duration": st.sampled_from([60, 1000]),
    "max_duration": st.sampled_from([1800, 3601]),
}
BY_ENERGY: dict[str, st.SearchStrategy[Any]] = {
    "min_kwh": st.sampled_from(["1", "2.5"]),
    "max_kwh": st.sampled_from(["3", "7.25"]),
    "max_power": st.sampled_from(["11", "22"]),
}
ONE_LIMIT = st.one_of(*(st.fixed_dictionaries({name: value}) for name, value in (BY_TIME | BY_ENERGY).items()))
LIMITS = st.one_of(ONE_LIMIT, ONE_LIMIT, st.fixed_dictionaries({}, optional=BY_TIME | BY_ENERGY))
"""Many at once hardly ever apply together."""


@st.composite
def tariffs(
    draw: st.DrawFn, steps: st.SearchStrategy[int] = STEPS, limits: st.SearchStrategy[dict[str, Any]] = LIMITS
) -> tariff.Tariff:
    """Some elements with restrictions, one without behind them."""
    elements = []
    for asked in [*draw(st.lists(limits, max_size=4)), {}]:
        priced = draw(st.lists(st.sampled_from(["ENERGY", "TIME", "PARKING_TIME", "FLAT"]), min_size=1, unique=True))
        parts = [component(each, draw(PRICES), draw(steps), draw(TAXES)) for each in priced]
        elements.append(element(*parts, **asked))
    return made(
        *elements,
        currency=draw(CURRENCIES),
        tax_included=draw(st.booleans()),
        idle_grace_s=draw(st.sampled_from([0, 0, 300])),
    )


PERIODS = st.lists(
    st.builds(
        lambda kind, seconds, wh: tariff.Period(
            kind=kind,
            start=datetime(2026, 1, 1, tzinfo=UTC),
            duration_s=Decimal(seconds),
            energy_wh=wh if kind == "charging" else Decimal(0),
        ),
        st.sampled_from(["charging", "charging", "parking", "withheld"]),
        st.integers(1, 10_000),
        st.decimals("0", "9000", places=1),
    ),
    min_size=1,
    max_size=6,
)


def cut(period: tariff.Period, at: Decimal) -> list[tariff.Period]:
    """A period in two; its energy is spread evenly."""
    energy = (period.energy_wh * at / period.duration_s).quantize(Decimal("1E-9"))
    first = msgspec.structs.replace(period, duration_s=at, energy_wh=energy, power_w=period.power)
    rest = msgspec.structs.replace(
        period,
        start=period.start + span(at),
        duration_s=period.duration_s - at,
        energy_wh=period.energy_wh - energy,
        power_w=period.power,
    )
    return [first, rest]


@settings(max_examples=70, deadline=None)
@given(tariffs(), PERIODS, STARTS, ZONES, st.data())
def test_splitting_a_session_changes_its_price_by_rounding_at_most(
    what: tariff.Tariff, periods: list[tariff.Period], start: datetime, zone: ZoneInfo, data: st.DataObject
) -> None:
    laid = tariff.in_a_row(start, periods)
    pieces = []
    for period in laid:
        at = data.draw(st.integers(0, int(period.duration_s)))
        pieces += cut(period, Decimal(at)) if 0 < at < period.duration_s else [period]
    whole, split = tariff.price(what, laid, zone), tariff.price(what, pieces, zone)
    one = money.unit(what.currency)
    assert abs(whole.total_incl - split.total_incl) <= one
    assert abs(whole.total_excl - split.total_excl) <= one


@settings(max_examples=50, deadline=None)
@given(tariffs(), PERIODS, STARTS, ZONES)
def test_lines_and_taxes_add_up_to_the_totals_and_nothing_is_negative(
    what: tariff.Tariff, periods: list[tariff.Period], start: datetime, zone: ZoneInfo
) -> None:
    bill = tariff.price(what, tariff.in_a_row(start, periods), zone)
    assert sum(line.amount_excl for line in bill.lines) == bill.total_excl
    assert sum(line.amount_incl for line in bill.lines) == bill.total_incl
    assert sum(tax.excl for tax in bill.taxes) == bill.total_excl
    assert sum(tax.excl + tax.amount for tax in bill.taxes) == bill.total_incl
    assert 0 <= bill.total_excl <= bill.total_incl
    assert str(bill.total_incl) == money.text(bill.total_incl, what.currency)


@settings(max_examples=50, deadline=None)
@given(tariffs(st.just(1), st.fixed_dictionaries({}, optional=BY_TIME)), PERIODS, STARTS, ZONES, st.integers(1, 5000))
def test_more_energy_never_costs_less(
    what: tariff.Tariff, periods: list[tariff.Period], start: datetime, zone: ZoneInfo, more: int
) -> None:
    """Unless the tariff rewards it: with steps, or other prices from so much energy or power on, it may."""
    larger = [
        msgspec.structs.replace(each, energy_wh=each.energy_wh + more) if each.kind == "charging" else each
        for each in periods
    ]
    less, dearer = (tariff.price(what, tariff.in_a_row(start, each), zone) for each in (periods, larger))
    assert less.total_incl <= dearer.total_incl
    assert less.total_excl <= dearer.total_excl


@settings(max_examples=50, deadline=None)
@given(tariffs(), PERIODS, STARTS, st.decimals("0", "10", places=2), st.decimals("0", "10", places=2))
def test_the_least_and_the_most_are_respected(
    what: tariff.Tariff, periods: list[tariff.Period], start: datetime, one: Decimal, other: Decimal
) -> None:
    least, most = sorted([one, other])
    limited = msgspec.structs.replace(
        what,
        currency="EUR",
        min_price=tariff.PriceLimit(excl_vat=least, incl_vat=least),
        max_price=tariff.PriceLimit(excl_vat=most, incl_vat=most),
    )
    bill = tariff.price(limited, tariff.in_a_row(start, periods), UTC)
    assert least <= bill.total_excl <= most
    assert least <= bill.total_incl <= most
    assert sum(line.amount_incl for line in bill.lines) == bill.total_incl
    assert sum(tax.excl + tax.amount for tax in bill.taxes) == bill.total_incl


@settings(max_examples=30, deadline=None)
@given(tariffs(), PERIODS, STARTS, ZONES, st.randoms(use_true_random=False))
def test_periods_may_come_in_any_order(
    what: tariff.Tariff, periods: list[tariff.Period], start: datetime, zone: ZoneInfo, dice: random.Random
) -> None:
    ordered = list(tariff.in_a_row(start, periods))
    shuffled = dice.sample(ordered, len(ordered))
    assert tariff.price(what, shuffled, zone) == tariff.price(what, ordered, zone)


@settings(max_examples=40, deadline=None)
@given(tariffs(), PERIODS, STARTS, ZONES)
def test_a_line_can_be_checked_by_hand(
    what: tariff.Tariff, periods: list[tariff.Period], start: datetime, zone: ZoneInfo
) -> None:
    """Quantity times price is the amount, but for what a millionth of the quantity and one rounding may do."""
    for line in tariff.price(what, tariff.in_a_row(start, periods), zone).lines:
        if line.price is not None:
            per = {"Wh": 1000, "s": 3600, "piece": 1}[line.unit]
            told = line.amount_incl if what.tax_included else line.amount_excl
            assert abs(line.quantity * line.price / per - told) <= money.unit(what.currency)


def test_the_same_session_has_the_same_bill_whatever_the_samples_were() -> None:
    """An hour in one piece, in minutes, in seconds: one bill."""
    what = made(
        element(component("ENERGY", "0.40", 100), component("TIME", "1.80", 60), end_time="10:20", max_kwh="3"),
        element(component("ENERGY", "0.55", 100), component("TIME", "2.40", 60)),
    )
    start = datetime(2026, 3, 2, 10, tzinfo=UTC)

    def sampled(pieces: int) -> tariff.Bill:
        length, energy = Decimal(3600) / pieces, Decimal(7200) / pieces
        samples = [tariff.Period(kind="charging", start=start, duration_s=length, energy_wh=energy)] * pieces
        return tariff.price(what, tariff.in_a_row(start, samples), UTC)

    assert sampled(1) == sampled(2) == sampled(60) == sampled(3600)
