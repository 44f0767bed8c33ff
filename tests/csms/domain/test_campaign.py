"""Firmware campaigns: canaries first, so many a day, a pause when too many fail; properties over whole campaigns."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csms.domain import campaign
from csms.domain.campaign import FAILED, INSTALLED, ORDERED, SKIPPED, WAITING, Heard, Plan, Target, Window

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def target(number: int, status: str = WAITING, ago: timedelta = HOUR) -> Target:
    ordered_at = NOW - ago if status in (ORDERED, INSTALLED, FAILED) else None
    ended_at = NOW - ago if status in (INSTALLED, FAILED, SKIPPED) else None
    return Target(charger_id=f"CP-{number}", status=status, ordered_at=ordered_at, ended_at=ended_at)


def targets(*statuses: str) -> list[Target]:
    return [target(number, status) for number, status in enumerate(statuses)]


def step(
    plan: Plan, chosen: list[Target], ready: set[str] | None = None, since: datetime = NOW - 9 * HOUR
) -> campaign.Step:
    everybody = {each.charger_id for each in chosen}
    return campaign.step(plan, chosen, everybody if ready is None else ready, since, NOW)


def test_the_canaries_are_ordered_first() -> None:
    assert step(Plan(canary=2), targets(*[WAITING] * 5)).order == ("CP-0", "CP-1")


def test_nobody_else_begins_before_the_canaries_are_done() -> None:
    assert step(Plan(canary=2), targets(ORDERED, INSTALLED, WAITING)).order == ()
    assert step(Plan(canary=2), targets(INSTALLED, INSTALLED, WAITING)).order == ("CP-2",)


def test_a_canary_that_is_not_ready_is_another_one() -> None:
    assert step(Plan(canary=1), targets(WAITING, WAITING), ready={"CP-1"}).order == ("CP-1",)


def test_after_the_canaries_so_many_percent_begin_in_24_hours() -> None:
    chosen = targets(INSTALLED, *[WAITING] * 9)
    assert len(step(Plan(canary=1, percent_per_day=30), chosen).order) == 2  # the canary was one of today's three
    assert len(step(Plan(canary=1, percent_per_day=1), chosen).order) == 0
    old = [target(0, INSTALLED, ago=25 * HOUR), *chosen[1:]]
    assert len(step(Plan(canary=1, percent_per_day=1), old).order) == 1


def test_without_canaries_the_days_share_begins_at_once() -> None:
    assert len(step(Plan(canary=0, percent_per_day=50), targets(*[WAITING] * 10)).order) == 5


def test_it_pauses_when_more_fail_than_allowed() -> None:
    paused = step(Plan(pause_on_failure_percent=49), targets(FAILED, INSTALLED, WAITING))
    assert (paused.status, paused.order) == ("paused", ())
    assert "1 of 2" in paused.reason
    assert step(Plan(pause_on_failure_percent=50), targets(INSTALLED, FAILED, WAITING)).status == "running"


@pytest.mark.parametrize("others", [[INSTALLED], [ORDERED], [WAITING]], ids=lambda others: others[0])
def test_a_canary_that_fails_pauses_it_whatever_share_may_fail(others: list[str]) -> None:
    chosen = targets(FAILED, *others, *[WAITING] * 5)
    paused = step(Plan(canary=2, pause_on_failure_percent=100, percent_per_day=100), chosen)
    assert (paused.status, paused.order) == ("paused", ())


def test_after_the_canaries_a_share_may_fail() -> None:
    chosen = targets(INSTALLED, FAILED, *[WAITING] * 3)
    assert step(Plan(canary=1, pause_on_failure_percent=50), chosen).status == "running"


def test_what_failed_before_it_was_resumed_counts_no_more() -> None:
    assert step(Plan(), targets(FAILED, WAITING), since=NOW).order == ("CP-1",)


def test_it_is_completed_when_nobody_waits() -> None:
    assert step(Plan(), targets(INSTALLED, SKIPPED)).status == "completed"
    assert step(Plan(), []).status == "completed"
    assert step(Plan(), targets(INSTALLED, ORDERED)).status == "running"


@pytest.mark.parametrize(
    ("start", "end", "zone", "found"),
    [
        ("11:00", "13:00", "UTC", True),
        ("12:00", "13:00", "UTC", True),
        ("11:00", "12:00", "UTC", False),
        ("22:00", "05:00", "UTC", False),
        ("22:00", "12:01", "UTC", True),
        ("12:00", "12:00", "UTC", True),
        ("17:00", "18:00", "Asia/Kolkata", True),
        ("12:00", "13:00", "Asia/Kolkata", False),
    ],
)
def test_outside_its_window_it_orders_nothing(start: str, end: str, zone: str, found: bool) -> None:
    plan = Plan(window=Window(start=start, end=end, time_zone=zone))
    assert bool(step(plan, targets(WAITING)).order) is found


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        (Heard(), None),
        (Heard(status="Downloading"), None),
        (Heard(status="Installed"), INSTALLED),
        (Heard(status="InstallationFailed"), FAILED),
        (Heard(status="DownloadFailed"), FAILED),
        (Heard(status="InvalidSignature"), FAILED),
        (Heard(version="2.0", booted_at=NOW), INSTALLED),
        (Heard(version="1.0", booted_at=NOW), None),
        (Heard(version="2.0", booted_at=NOW - 2 * HOUR), None),
        (Heard(status="InstallationFailed", version="2.0", booted_at=NOW), INSTALLED),
    ],
)
def test_rule_56_an_update_ends_by_what_the_charger_says_and_boots_with(heard: Heard, found: str | None) -> None:
    ended = campaign.outcome(NOW - HOUR, "2.0", heard, NOW)
    assert (ended and ended[0]) == found


def test_an_update_of_which_nothing_is_heard_has_failed_after_a_day() -> None:
    ended = campaign.outcome(NOW - campaign.PATIENCE - HOUR, "2.0", Heard(status="Downloading"), NOW)
    assert ended is not None
    assert ended[0] == FAILED
    assert "Downloading" in ended[1]


# -- Whole campaigns ---------------------------------------------------------------------------------------------------

plans = st.builds(
    Plan,
    canary=st.integers(0, 6),
    percent_per_day=st.integers(1, 100),
    pause_on_failure_percent=st.integers(0, 100),
)


@settings(deadline=None, max_examples=60)
@given(plan=plans, count=st.integers(1, 25), rolls=st.randoms(use_true_random=False), failing=st.integers(0, 100))
def test_whole_campaigns(plan: Plan, count: int, rolls: object, failing: int) -> None:
    """Nothing is ordered twice, the canaries end first, no day has more than its share, and it ends or pauses."""
    dice = rolls.random  # type: ignore[attr-defined]
    chosen = [Target(charger_id=str(number)) for number in range(count)]
    share = max(-(-count * plan.percent_per_day // 100), plan.canary)
    now, hours = NOW, 0
    while True:
        ready = {each.charger_id for each in chosen if dice() < 0.7}
        told = campaign.step(plan, chosen, ready, NOW, now)
        if told.status != "running":
            break
        by_id = {each.charger_id: each for each in chosen}
        assert all(by_id[each].status == WAITING and each in ready for each in told.order)
        begun = [each for each in chosen if each.ordered_at is not None]
        if told.order and len(begun) >= plan.canary:
            assert all(each.ended_at for each in sorted(begun, key=lambda each: each.ordered_at or NOW)[: plan.canary])
        chosen = [_later(each, told.order, now, dice() < failing / 100, dice() < 0.5) for each in chosen]
        a_day = [each for each in chosen if each.ordered_at is not None and each.ordered_at > now - campaign.DAY]
        assert len(a_day) <= share
        now, hours = now + HOUR, hours + 1
        assert hours < 24 * (count + 2) * 3
    failed = sum(each.status == FAILED for each in chosen)
    installed = sum(each.status == INSTALLED for each in chosen)
    if told.status == "paused":
        few = sum(each.ordered_at is not None for each in chosen) <= plan.canary
        assert failed * 100 > plan.pause_on_failure_percent * (failed + installed) or (failed and few)
    else:
        assert failed + installed == count


def _later(each: Target, ordered: tuple[str, ...], now: datetime, fails: bool, ends: bool) -> Target:
    """A target an hour later."""
    if each.charger_id in ordered:
        return Target(charger_id=each.charger_id, status=ORDERED, ordered_at=now)
    if each.status == ORDERED and ends:
        status = FAILED if fails else INSTALLED
        return Target(charger_id=each.charger_id, status=status, ordered_at=each.ordered_at, ended_at=now)
    return each
