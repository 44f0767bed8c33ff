"""The composite schedule: by examples, and against a second-by-second evaluator of its own."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from csms.domain import schedule
from csms.domain.charging_profile import Kind, Period, Profile, Rate, Schedule

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
OUTLET = schedule.Outlet(connector_id=1, maximum_w=Decimal(22000))
RUNNING = schedule.Transaction("17", NOW - timedelta(minutes=5))


def at(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def profile(*limits: tuple[int, int], **fields: Any) -> Profile:
    """A profile of (start, watts) periods, absolute from NOW unless told otherwise."""
    own: dict[str, Any] = {name: fields.pop(name) for name in ("starts_at", "duration_s", "unit") if name in fields}
    if fields.get("kind") not in ("relative", "dynamic"):
        own.setdefault("starts_at", NOW)
    periods = tuple(Period(start_s=start, limit=Decimal(limit)) for start, limit in limits)
    return Profile(
        schedules=(Schedule(periods=periods, **({"unit": "W"} | own)),), **({"purpose": "tx_default"} | fields)
    )


def allowed(
    *profiles: Profile | schedule.Installed,
    transaction: schedule.Transaction | None = RUNNING,
    seconds: int = 3600,
    unit: Any = "W",
) -> list[tuple[int, float]]:
    installed = [each if isinstance(each, schedule.Installed) else schedule.Installed(each) for each in profiles]
    found = schedule.composite(installed, OUTLET, transaction, start=NOW, duration_s=seconds, unit=unit)
    return [(period.start_s, float(period.limit or 0)) for period in found]


def test_without_a_profile_the_connectors_maximum_counts() -> None:
    assert allowed() == [(0, 22000)]
    assert allowed(profile((0, 99000))) == [(0, 22000)]


def test_the_highest_stack_level_counts_where_it_is_valid() -> None:
    below, above = profile((0, 7000)), profile((0, 3000), stack_level=2, valid_from=at(600), valid_to=at(1200))
    assert allowed(below, above) == [(0, 7000), (600, 3000), (1200, 7000)]


def test_a_profile_of_the_connector_goes_before_one_of_all_at_the_same_level() -> None:
    assert allowed(schedule.Installed(profile((0, 7000)), 1), profile((0, 3000))) == [(0, 7000)]
    assert allowed(schedule.Installed(profile((0, 7000)), 2), profile((0, 3000))) == [(0, 3000)]


def test_rule_58_a_tx_profile_replaces_the_default_of_its_transaction_only() -> None:
    default, own = profile((0, 7000), stack_level=5), profile((0, 11000), purpose="tx", transaction_id="17")
    assert allowed(default, own) == [(0, 11000)]
    assert allowed(default, own, transaction=schedule.Transaction("18", NOW)) == [(0, 7000)]
    assert allowed(default, own, transaction=None) == [(0, 7000)]


def test_the_least_of_transaction_charger_and_site_counts() -> None:
    caps = profile((0, 8000), purpose="max"), profile((0, 12000), (900, 4000), purpose="external")
    assert allowed(profile((0, 11000), purpose="tx"), *caps) == [(0, 8000), (900, 4000)]


def test_a_relative_schedule_begins_with_the_transaction() -> None:
    relative = profile((0, 11000), (600, 6000), kind="relative", purpose="tx")
    assert allowed(relative) == [(0, 11000), (300, 6000)]
    assert allowed(relative, transaction=None) == [(0, 22000)]


def test_a_recurring_schedule_is_its_newest_occurrence() -> None:
    night = profile((0, 5000), (3600, 9000), kind="recurring", recurrency="daily", starts_at=NOW - timedelta(days=9))
    assert allowed(night, seconds=2 * 86400) == [(0, 5000), (3600, 9000), (86400, 5000), (90000, 9000)]
    future = profile((0, 5000), kind="recurring", recurrency="weekly", starts_at=at(1800))
    assert allowed(future) == [(0, 22000), (1800, 5000)]


def test_outside_its_duration_a_schedule_says_nothing() -> None:
    assert allowed(profile((0, 5000), duration_s=60), profile((0, 9000), stack_level=0, purpose="max")) == [
        (0, 5000),
        (60, 9000),
    ]


def test_a_dynamic_profile_counts_until_it_is_changed() -> None:
    assert allowed(profile((0, 5000), kind="dynamic", purpose="tx")) == [(0, 5000)]


def test_priority_counts_only_while_it_is_used() -> None:
    fast = profile((0, 20000), purpose="priority")
    assert allowed(profile((0, 5000), purpose="tx"), fast) == [(0, 5000)]
    hurried = schedule.Transaction("17", NOW, priority=True)
    assert allowed(profile((0, 5000), purpose="tx"), fast, transaction=hurried) == [(0, 20000)]


def test_local_generation_limits_nothing() -> None:
    assert allowed(profile((0, 1000), purpose="local_generation")) == [(0, 22000)]


def test_watts_and_amperes_convert_by_voltage_and_phases_and_round_down() -> None:
    assert allowed(profile((0, 16), unit="A")) == [(0, 11040)]
    assert allowed(profile((0, 11000)), unit="A") == [(0, 15.9)]
    one = Profile(
        purpose="tx_default",
        schedules=(Schedule(unit="A", starts_at=NOW, periods=(Period(start_s=0, limit=Decimal(16), phases=1),)),),
    )
    [period] = schedule.composite([schedule.Installed(one)], OUTLET, None, start=NOW, duration_s=60)
    assert (period.limit, period.phases) == (Decimal(3680), 1)


def test_equal_neighbours_are_one_period() -> None:
    assert allowed(profile((0, 5000), (60, 5000), (120, 6000))) == [(0, 5000), (120, 6000)]


# -- against an evaluator that asks every second -----------------------------------------------------------------------

_span = st.integers(-120, 240)
_moment = st.none() | _span.map(at)


@st.composite
def _profiles(draw: st.DrawFn) -> schedule.Installed:
    kind: Kind = draw(st.sampled_from(["absolute", "recurring", "relative", "dynamic"]))
    starts = sorted(draw(st.sets(st.integers(1, 90), max_size=3)))
    periods = tuple(Period(start_s=s, limit=Decimal(draw(st.integers(0, 30)) * 1000)) for s in (0, *starts))
    begun = at(draw(_span) - draw(st.sampled_from([0, 86400, 9 * 86400])))
    own = Schedule(
        unit="W",
        periods=periods,
        starts_at=begun if kind in ("absolute", "recurring") else None,
        duration_s=draw(st.none() | st.integers(1, 200)),
    )
    return schedule.Installed(
        Profile(
            purpose=draw(st.sampled_from(["max", "tx_default", "tx", "external", "priority"])),
            kind=kind,
            stack_level=draw(st.integers(0, 2)),
            recurrency=draw(st.sampled_from(["daily", "weekly"])) if kind == "recurring" else None,
            valid_from=draw(_moment),
            valid_to=draw(_moment),
            transaction_id=draw(st.sampled_from([None, "17", "18"])),
            schedules=(own,),
        ),
        draw(st.integers(0, 2)),
    )


def _says(each: schedule.Installed, running: schedule.Transaction | None, now: datetime) -> Rate | None:
    """What one profile says of one second."""
    one, [own] = each.profile, each.profile.schedules
    if each.connector_id == 2 or not (one.valid_from or now) <= now < (one.valid_to or now + timedelta(1)):
        return None
    if one.purpose == "tx" and (running is None or one.transaction_id not in (None, running.id)):
        return None
    if one.purpose == "priority" and (running is None or not running.priority):
        return None
    match one.kind:
        case "dynamic":
            elapsed = 0
        case "relative":
            elapsed = -1 if running is None else int((now - running.started_at).total_seconds())
        case _:
            assert own.starts_at is not None
            elapsed = int((now - own.starts_at).total_seconds())
    if elapsed >= 0 and one.kind == "recurring":
        elapsed %= 86400 if one.recurrency == "daily" else 604800
    if elapsed < 0 or (own.duration_s is not None and elapsed >= own.duration_s):
        return None
    return [period.limit for period in own.periods if period.start_s <= elapsed][-1]


def _slowly(profiles: list[schedule.Installed], running: schedule.Transaction | None, now: datetime) -> set[Rate]:
    """What all say of one second; several where equals disagree."""
    said: dict[str, list[tuple[tuple[int, bool], Rate]]] = {}
    for each in profiles:
        limit = _says(each, running, now)
        if limit is not None:
            said.setdefault(each.profile.purpose, []).append(
                ((each.profile.stack_level, each.connector_id == 1), limit)
            )
    best = {
        purpose: {limit for rank, limit in found if rank == max(rank for rank, _ in found)}
        for purpose, found in said.items()
    }
    wanted = best.get("priority") or best.get("tx") or best.get("tx_default") or {Decimal(22000)}
    caps = [best.get(cap, {Decimal(22000)}) for cap in ("max", "external")]
    return {min(a, b, c, Decimal(22000)) for a in wanted for b in caps[0] for c in caps[1]}


@settings(deadline=None, max_examples=80)
@given(
    profiles=st.lists(_profiles(), max_size=5),
    running=st.none() | st.builds(schedule.Transaction, st.just("17"), _span.map(at), st.booleans()),
)
def test_it_says_of_every_second_what_asking_every_second_says(
    profiles: list[schedule.Installed], running: schedule.Transaction | None
) -> None:
    found = schedule.composite(profiles, OUTLET, running, start=NOW, duration_s=150)
    assert found[0].start_s == 0
    assert all(one.limit != two.limit or one.phases != two.phases for one, two in itertools.pairwise(found))
    for second in range(150):
        limit = [period.limit for period in found if period.start_s <= second][-1]
        assert limit in _slowly(profiles, running, at(second)), second
