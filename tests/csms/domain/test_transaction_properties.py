"""What holds of every 2.x transaction in whatever order its events come, and however often (rule 42)."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from csms.domain import facts, session
from tests.csms.domain import transactions
from tests.csms.domain.support import at
from tests.csms.domain.transactions import Transaction, register

STATES = st.sampled_from([None, "EVConnected", "Charging", "SuspendedEV", "SuspendedEVSE", "Idle"])
UNITS = st.sampled_from(["Wh", "Wh", "kWh", None])
REGISTERS = st.one_of(st.integers(0, 50), st.sampled_from(["n/a", "0.5"]))
OFTEN = st.integers(1, 3)


@st.composite
def told(draw: st.DrawFn) -> list[facts.TransactionEvent]:
    """The events of one transaction, in order; the numbers begin anywhere."""
    first = draw(st.integers(0, 3))
    count, pace = draw(st.integers(0, 7)), draw(st.sampled_from([60, 60, 1, 0]))
    happened: list[facts.TransactionEvent] = []
    for index in range(count + 2):
        seconds = pace * index
        readings = tuple(
            register(value, seconds + offset, draw(UNITS))
            for offset, value in enumerate(draw(st.lists(REGISTERS, max_size=2)))
        )
        kind = "Started" if not index else "Ended" if index == count + 1 else "Updated"
        more: dict[str, Any] = {"charging_state": draw(STATES), "offline": draw(st.booleans())}
        if kind == "Started":
            more |= {"token": draw(st.sampled_from([None, "CARD"])), "evse_id": draw(st.sampled_from([None, 1]))}
        else:
            more |= {
                "token": draw(st.sampled_from([None, None, "CARD", "OTHER"])),
                "evse_id": draw(st.sampled_from([None, 1])),
            }
        if kind == "Updated":
            more["trigger"] = draw(st.sampled_from(["MeterValuePeriodic", "Authorized", "StopAuthorized"]))
        if kind == "Ended":
            more["stopped_reason"] = draw(st.sampled_from([None, "EVDisconnected", "Remote"]))
        happened.append(transactions.event(kind, first + index, seconds, *readings, **more))
    return happened


ORDERED = frozenset({"version", "changed_at", "ended_at", "samples"})


def final(state: session.Session) -> dict[str, Any]:
    """Everything about a session that does not say when it was told what."""
    shown = {name: getattr(state, name) for name in state.__struct_fields__ if name not in ORDERED}
    assert shown["ledger"].sequence.ahead == ()
    return shown | {"flags": set(state.flags)}


@settings(max_examples=200)
@given(told(), st.data())
def test_any_order_and_any_repetition_make_the_session_that_the_right_order_makes(
    happened: list[facts.TransactionEvent], data: st.DataObject
) -> None:
    now = 10_000
    right = Transaction().all(happened, now)
    right.wait(2 * now)
    repeated = [fact for fact in happened for _ in range(data.draw(OFTEN))]
    mixed = Transaction().all(data.draw(st.permutations(repeated)), now)
    mixed.wait(2 * now)
    assert final(mixed.state) == final(right.state)


@given(told(), st.data())
def test_energy_is_never_negative_and_what_is_missing_is_flagged(
    happened: list[facts.TransactionEvent], data: st.DataObject
) -> None:
    came = data.draw(st.lists(st.sampled_from(happened), min_size=1, unique_by=id))
    transaction = Transaction()
    for fact in came:
        transaction.tell(fact, 10_000)
        assert transaction.state.energy_wh >= 0
        shown = session.view(transaction.state, at(20_000))
        assert shown["duration_s"] >= 0 and shown["idle_s"] >= 0
    numbers = sorted(fact.seq_no or 0 for fact in came)
    whole = numbers == list(range(happened[0].seq_no or 0, numbers[-1] + 1))
    assert ("gaps" in transaction.state.flags) == (not whole)
