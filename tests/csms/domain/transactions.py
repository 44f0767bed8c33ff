"""Events of a 2.x transaction, and a session that is told them as the session actor would tell it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from csms.domain import authorization, events, facts, session, session_decisions, transaction_decisions
from tests.csms.domain.support import at

CARD = authorization.TokenRecord(ref="t1", driver_id="d1")
OTHER = authorization.TokenRecord(ref="t2")
TOKENS = {"CARD": CARD, "OTHER": OTHER}


def register(value: float | str, seconds: float, unit: str | None = "Wh", **more: Any) -> facts.Reading:
    """One reading of the energy register."""
    return facts.Reading(at(seconds), (facts.Sampled(str(value), unit=unit, **more),))


def event(
    kind: str, seq_no: int | None, seconds: float, *readings: facts.Reading, **more: Any
) -> facts.TransactionEvent:
    """What the protocol makes of a TransactionEvent; its digest is its content."""
    token = more.pop("token", None)
    said = {"kind": kind, "seq_no": seq_no, "at": at(seconds), "readings": readings, **more}
    return facts.TransactionEvent(
        transaction_id="T1",
        id_token=facts.IdToken(token) if token else None,
        digest=repr((sorted(said.items(), key=str), token)).encode(),
        **said,
    )


def started(
    seq_no: int | None = 0, seconds: float = 0, *readings: facts.Reading, **more: Any
) -> facts.TransactionEvent:
    """A Started with a register, a place and a token."""
    given = readings or (register(1000, seconds, context="Transaction.Begin"),)
    return event("Started", seq_no, seconds, *given, **({"token": "CARD", "evse_id": 1} | more))


def updated(seq_no: int | None, seconds: float, *readings: facts.Reading, **more: Any) -> facts.TransactionEvent:
    """An Updated."""
    return event("Updated", seq_no, seconds, *readings, **({"trigger": "MeterValuePeriodic"} | more))


def ended(seq_no: int | None, seconds: float, *readings: facts.Reading, **more: Any) -> facts.TransactionEvent:
    """An Ended."""
    return event("Ended", seq_no, seconds, *readings, **({"trigger": "StopAuthorized"} | more))


class Transaction:
    """A session of one transaction, and the events that were decided of it; the log knows a retry by its digest."""

    def __init__(self, state: session.Session | None = None) -> None:
        self._state = state
        self._seen: set[bytes] = set()
        self.log: list[events.AnyEvent] = []

    @property
    def state(self) -> session.Session:
        """The state; something must have been told."""
        assert self._state is not None
        return self._state

    def tell(self, fact: facts.TransactionEvent, seconds: float | None = None) -> Sequence[events.AnyEvent]:
        """The event comes at `seconds`, by default at once; what was recorded of it."""
        if fact.digest in self._seen:
            return ()
        self._seen.add(fact.digest)
        now = (fact.at or at(0)) if seconds is None else at(seconds)
        token = TOKENS[fact.id_token.value] if fact.id_token else None
        told = transaction_decisions.Told(
            charger_id="CP-01", connector_id=fact.evse_id, evse_id=fact.evse_id, token=token, verdict=None
        )
        decided, after = transaction_decisions.take(self._state, "s1", fact, told, now)
        folded = self._state
        for each in decided:
            folded = session.evolve(folded, "s1", each, now)
        assert folded == after, "what is decided is what a replay makes of it"
        self._state = after
        self.log += decided
        return decided

    def all(self, facts: Iterable[facts.TransactionEvent], seconds: float | None = None) -> "Transaction":
        """Tell them all, in this order."""
        for fact in facts:
            self.tell(fact, seconds)
        return self

    def take(self, decided: Sequence[events.AnyEvent], seconds: float) -> None:
        """Append what somebody else decided."""
        for each in decided:
            self._state = session.evolve(self._state, "s1", each, at(seconds))
        self.log += decided

    def status(self, status: str, seconds: float) -> None:
        """The connector itself says something."""
        report = facts.StatusReport(connector_id=1, status=status, at=at(seconds))
        self.take(transaction_decisions.status(self.state, report, at(seconds)), seconds)

    def queue(self, *, in_queue: bool, ongoing: bool | None, seconds: float) -> None:
        """The charger answers GetTransactionStatus."""
        told = transaction_decisions.queue_told(self.state, in_queue=in_queue, ongoing=ongoing, now=at(seconds))
        self._state = told[1]
        self.log += told[0]

    def wait(self, seconds: float) -> None:
        """The time comes to `seconds`."""
        self.take(session_decisions.overdue(self.state, at(seconds)), seconds)


def wh(number: float) -> Decimal:
    """An energy."""
    return Decimal(str(number))
