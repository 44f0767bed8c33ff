"""A stay that is told what happened, one decision after the other, as the session actor would tell it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from csms.domain import events, facts, session, session_decisions

BEGIN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """A moment so many seconds after the story begins."""
    return BEGIN + timedelta(seconds=seconds)


def register(
    value: str,
    seconds: float | None = None,
    *,
    unit: str | None = None,
    context: str = "Sample.Periodic",
) -> facts.Reading:
    """One reading of the energy register."""
    moment = None if seconds is None else at(seconds)
    return facts.Reading(moment, (facts.Sampled(value, unit=unit, context=context),))


def gauge(measurand: str, value: str, seconds: float) -> facts.Reading:
    """One reading of something that is no register."""
    return facts.Reading(at(seconds), (facts.Sampled(value, measurand=measurand),))


def started(
    meter: int | None = 1000, seconds: float = 0, *, digest: bytes = b"start", flags: tuple[str, ...] = ()
) -> events.SessionStarted:
    """What the charger actor makes of a StartTransaction."""
    return events.SessionStarted(
        charger_id="CP-01",
        connector_id=1,
        started_at=at(seconds),
        meter_start_wh=None if meter is None else Decimal(meter),
        token="t1",
        transaction_id="7",
        digest=digest,
        flags=flags,
    )


def stopping(
    meter: int | None,
    seconds: float | None,
    *,
    readings: tuple[facts.Reading, ...] = (),
    reason: str | None = None,
    digest: bytes = b"stop",
    suspect: tuple[str, ...] = (),
    transaction_id: str = "7",
    offline: bool = False,
) -> facts.TransactionStop:
    """What the protocol makes of a StopTransaction."""
    return facts.TransactionStop(
        transaction_id=transaction_id,
        meter_stop_wh=None if meter is None else Decimal(meter),
        at=None if seconds is None else at(seconds),
        reason=reason,
        readings=readings,
        digest=digest,
        suspect=suspect,
        offline=offline,
    )


class Stay:
    """A session and the events that were decided of it."""

    def __init__(self) -> None:
        self._state: session.Session | None = None
        self.log: list[tuple[events.AnyEvent, datetime]] = []

    @property
    def state(self) -> session.Session:
        """The state; the stay must have begun."""
        assert self._state is not None
        return self._state

    def took(self, decided: Sequence[events.AnyEvent], seconds: float) -> Sequence[events.AnyEvent]:
        """Append what was decided, at this moment of the log."""
        for event in decided:
            self._state = session.evolve(self._state, "s1", event, at(seconds))
            self.log.append((event, at(seconds)))
        return decided

    def request(self, seconds: float = 0) -> "Stay":
        """A remote start was ordered."""
        event = events.SessionRequested(charger_id="CP-01", token="t1", command_id="c1", connector_id=1)
        self.took([event], seconds)
        return self

    def start(
        self, meter: int | None = 1000, seconds: float = 0, *, digest: bytes = b"start"
    ) -> Sequence[events.AnyEvent]:
        """The charger reports a start, on time."""
        return self.took(session_decisions.start(self._state, started(meter, seconds, digest=digest)), seconds)

    def sample(
        self, *readings: facts.Reading, seconds: float = 3600, suspect: tuple[str, ...] = ()
    ) -> Sequence[events.AnyEvent]:
        """A MeterValues record arrives at `seconds`; what it is decided to lead to is what a replay makes of it."""
        event, after = session_decisions.sample(self.state, readings, suspect, at(seconds))
        decided = self.took([event], seconds)
        assert self.state == after
        return decided

    def status(
        self, status: str, seconds: float, arrived: float | None = None, connector_id: int = 1
    ) -> Sequence[events.AnyEvent]:
        """The connector reports a status of its own time `seconds`, perhaps later."""
        arrived = seconds if arrived is None else arrived
        report = facts.StatusReport(connector_id=connector_id, status=status, at=at(seconds))
        return self.took(session_decisions.status(self.state, report, at(arrived)), arrived)

    def stop(
        self, fact: facts.TransactionStop, arrived: float, flags: tuple[str, ...] = ()
    ) -> Sequence[events.AnyEvent]:
        """A StopTransaction arrives."""
        return self.took(session_decisions.stop(self.state, fact, "t1", at(arrived), flags=flags), arrived)

    def wait(self, seconds: float) -> Sequence[events.AnyEvent]:
        """The time comes to `seconds` without a report."""
        return self.took(session_decisions.overdue(self.state, at(seconds)), seconds)


def running(meter: int | None = 1000) -> Stay:
    """A stay whose transaction runs since second 0."""
    stay = Stay()
    stay.start(meter)
    return stay


def of_type(decided: Sequence[events.AnyEvent], *kinds: type) -> bool:
    """True when the decided events are of exactly these types, in this order."""
    return [type(event) for event in decided] == list(kinds)


def seen(state: object, *fields: str) -> tuple[object, ...]:
    """These fields of a state, to be compared at once."""
    return tuple(getattr(state, field) for field in fields)
