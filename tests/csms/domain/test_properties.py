"""What holds of every session whatever its charger says, in whatever order."""

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from csms.domain import clock, events, facts, session, session_decisions
from tests.csms.domain.support import BEGIN, Stay, at, running

MOMENTS = st.one_of(
    st.none(),
    st.just(datetime(1970, 1, 1, tzinfo=UTC)),
    st.integers(-7200, 200_000).map(at),
)
NUMBERS = st.one_of(
    st.integers(-10, 20_000).map(str), st.sampled_from(["", "1,5", "0.7", "1e3", "n/a", "1.234,5", "NaN"])
)
SAMPLES = st.builds(
    facts.Sampled,
    NUMBERS,
    measurand=st.sampled_from([facts.REGISTER, facts.REGISTER, "Power.Active.Import", "SoC", "Voltage"]),
    unit=st.sampled_from([None, "Wh", "kWh", "W", "?"]),
    context=st.sampled_from(["Sample.Periodic", "Transaction.Begin", "Transaction.End"]),
    location=st.sampled_from(["Outlet", "Inlet"]),
    phase=st.sampled_from([None, "L1", "L2", "L1-N"]),
    format=st.sampled_from(["Raw", "Raw", "SignedData"]),
    multiplier=st.sampled_from([0, 0, 3, -3, 10**9]),
)
READINGS = st.lists(st.builds(facts.Reading, MOMENTS, st.lists(SAMPLES, max_size=3).map(tuple)), max_size=3).map(tuple)
METERS = st.one_of(st.none(), st.integers(-5, 20_000).map(Decimal))
STARTS = st.builds(
    events.SessionStarted,
    charger_id=st.just("CP-01"),
    connector_id=st.just(1),
    started_at=st.integers(0, 100_000).map(at),
    meter_start_wh=METERS,
    transaction_id=st.just("7"),
    digest=st.sampled_from([b"start", b"other"]),
    flags=st.sampled_from([(), ("clock",), ("suspect",)]),
)
STOPS = st.builds(
    facts.TransactionStop,
    transaction_id=st.just("7"),
    meter_stop_wh=METERS,
    at=MOMENTS,
    reason=st.sampled_from([None, "Local", "EVDisconnected"]),
    readings=READINGS,
    digest=st.sampled_from([b"stop", b"other"]),
    suspect=st.sampled_from([(), ("reason",)]),
)
STATUSES = st.builds(
    facts.StatusReport,
    connector_id=st.sampled_from([0, 1, 1, 1]),
    status=st.sampled_from(
        ["Available", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Faulted", "Preparing"]
    ),
    at=MOMENTS,
)

Step = Callable[[session.Session, datetime], Sequence[events.AnyEvent]]
STEPS: st.SearchStrategy[Step] = st.one_of(
    STARTS.map(lambda event: lambda state, now: session_decisions.start(state, event)),
    READINGS.map(lambda readings: lambda state, now: [session_decisions.sample(state, readings, (), now)[0]]),
    STATUSES.map(lambda report: lambda state, now: session_decisions.status(state, report, now)),
    STOPS.map(lambda fact: lambda state, now: session_decisions.stop(state, fact, "t1", now)),
    st.just(lambda state, now: session_decisions.superseded(state, now)),
    st.just(lambda state, now: session_decisions.failed(state, "no answer")),
    st.just(lambda state, now: session_decisions.overdue(state, now)),
)
STORIES = st.lists(st.tuples(STEPS, st.integers(0, 40_000)), max_size=12)
REPORTS = st.one_of(
    STARTS.map(lambda event: lambda state, now: session_decisions.start(state, event)),
    STATUSES.map(lambda report: lambda state, now: session_decisions.status(state, report, now)),
    STOPS.map(lambda fact: lambda state, now: session_decisions.stop(state, fact, "t1", now)),
)


def born(pending: bool, start: events.SessionStarted) -> Stay:
    """A stay that was ordered, or one that the charger started."""
    stay = Stay()
    if pending:
        return stay.request()
    stay.took(session_decisions.start(None, start), 0)
    return stay


def states(stay: Stay, story: list[tuple[Step, int]]) -> list[session.Session]:
    """All states that the story leads through, by the decisions' own events."""
    seconds, seen = 0, [stay.state]
    for step, pause in story:
        seconds += pause
        for event in step(stay.state, at(seconds)):
            stay.took([event], seconds)
            seen.append(stay.state)
    return seen


@given(st.booleans(), STARTS, STORIES)
def test_no_order_of_reports_breaks_a_session_and_its_view_always_shows(
    pending: bool, start: events.SessionStarted, story: list[tuple[Step, int]]
) -> None:
    for state in states(born(pending, start), story):
        shown = session.view(state, BEGIN + timedelta(days=2))
        assert shown["duration_s"] >= 0
        assert shown["idle_s"] >= 0


@given(st.booleans(), STARTS, STORIES)
def test_energy_is_never_negative(pending: bool, start: events.SessionStarted, story: list[tuple[Step, int]]) -> None:
    assert all(state.energy_wh >= 0 for state in states(born(pending, start), story))


@given(STARTS, STORIES)
def test_the_register_of_a_transaction_never_falls(start: events.SessionStarted, story: list[tuple[Step, int]]) -> None:
    seen = [state.register_wh for state in states(born(False, start), story) if state.register_wh is not None]
    assert seen == sorted(seen)


@given(STARTS, STORIES)
def test_a_bill_is_never_below_what_was_seen(start: events.SessionStarted, story: list[tuple[Step, int]]) -> None:
    seen = [state.energy_wh for state in states(born(False, start), story)]
    assert seen == sorted(seen)


@given(st.booleans(), STARTS, STORIES)
def test_flags_are_never_lost(pending: bool, start: events.SessionStarted, story: list[tuple[Step, int]]) -> None:
    seen = states(born(pending, start), story)
    for before, after in itertools.pairwise(seen):
        assert after.flags[: len(before.flags)] == before.flags
        assert len(set(after.flags)) == len(after.flags)


@given(st.booleans(), STARTS, STORIES)
def test_the_log_folds_to_the_state_that_was_seen(
    pending: bool, start: events.SessionStarted, story: list[tuple[Step, int]]
) -> None:
    stay = born(pending, start)
    states(stay, story)
    folded: session.Session | None = None
    for event, moment in stay.log:
        folded = session.evolve(folded, "s1", event, moment)
    assert folded == stay.state
    assert stay.state.version == len(stay.log)


@given(STARTS, STORIES, REPORTS)
def test_a_repeated_record_decides_no_event(
    start: events.SessionStarted, story: list[tuple[Step, int]], record: Step
) -> None:
    stay = born(False, start)
    states(stay, story)
    stay.took(record(stay.state, at(500_000)), 500_000)
    assert record(stay.state, at(500_010)) == []


@given(st.booleans(), STARTS, STORIES)
def test_a_stay_that_is_over_has_an_end_and_waits_for_nothing(
    pending: bool, start: events.SessionStarted, story: list[tuple[Step, int]]
) -> None:
    for state in states(born(pending, start), story):
        over = state.status in session.ENDED
        assert (state.completed_at is not None) == over
        assert not (over and (state.idle_since or session_decisions.due(state)))


@given(st.booleans(), STARTS, STORIES)
def test_what_is_due_is_decided_when_it_is_due(
    pending: bool, start: events.SessionStarted, story: list[tuple[Step, int]]
) -> None:
    state = states(born(pending, start), story)[-1]
    when = session_decisions.due(state)
    if when is not None:
        assert session_decisions.overdue(state, when)
        assert session_decisions.overdue(state, when - timedelta(milliseconds=1)) == []


@given(
    st.lists(st.tuples(st.sampled_from(["Charging", "SuspendedEV"]), st.integers(1, 900)), min_size=1),
    st.integers(0, 9000),
)
def test_idle_time_is_the_sum_of_the_chargers_own_intervals(story: list[tuple[str, int]], delay: int) -> None:
    stay, seconds, idle, last = running(), 10, 0, "Charging"
    stay.status("Charging", seconds, arrived=10_000)
    for arrival, (status, pause) in enumerate(story):
        idle += pause if last == "SuspendedEV" else 0
        seconds, last = seconds + pause, status
        stay.status(status, seconds, arrived=20_000 + arrival * delay)
    assert session.view(stay.state, at(seconds))["idle_s"] == idle


@given(MOMENTS, st.integers(0, 100_000).map(at))
def test_no_moment_lies_beyond_what_a_clock_may_say(said: datetime | None, now: datetime) -> None:
    assert clock.moment(said, now) <= now + clock.FUTURE


@given(st.booleans(), STARTS, STORIES, READINGS, st.sampled_from([(), ("schema",)]))
def test_what_a_sample_leads_to_is_what_a_replay_makes_of_it(
    pending: bool,
    start: events.SessionStarted,
    story: list[tuple[Step, int]],
    readings: tuple[facts.Reading, ...],
    suspect: tuple[str, ...],
) -> None:
    *_, state = states(born(pending, start), story)
    event, after = session_decisions.sample(state, readings, suspect, BEGIN)
    assert after == session.evolve(state, state.id, event, BEGIN)
