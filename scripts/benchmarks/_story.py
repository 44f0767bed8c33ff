"""What goes into the log when chargers charge: starts and samples, with the states that they lead to."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from csms.domain import events, facts, ids, session
from csms.storage.log import Append, Entry, New

START = datetime(2026, 1, 1, tzinfo=UTC)


class Stay:
    """One session as its actor keeps it: makes its next append, then takes the state that this led to."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._id = f"s{number:020x}"
        self._state: session.Session | None = None
        self._samples = 0

    @property
    def version(self) -> int:
        """Events made so far, of which the last may not be stored yet."""
        return self._state.version if self._state else 0

    def start(self) -> Append:
        """The first."""
        event = events.SessionStarted(
            charger_id=f"BENCH-{self._number}",
            connector_id=1,
            started_at=START,
            meter_start_wh=Decimal(0),
            transaction_id=str(self._number + 1),
            start_key=self._id,
        )
        return self._append(event)

    def sample(self) -> Append:
        """One more MeterValues of three values, a minute later."""
        self._samples += 1
        values = (
            facts.Sampled(str(10_000 + 120 * self._samples)),
            facts.Sampled("7200", measurand="Power.Active.Import", unit="W"),
            facts.Sampled("42", measurand="SoC", unit="Percent"),
        )
        reading = facts.Reading(START + timedelta(minutes=self._samples), values)
        return self._append(events.MeterSampled(readings=(reading,)))

    def _append(self, event: events.AnyEvent) -> Append:
        version = self.version
        at = START + timedelta(minutes=self._samples)
        self._state = session.evolve(self._state, self._id, event, at)
        entry = Entry(events.session_stream(self._id), version, (New(event, ids.digest(self._id, version)),))
        return Append(entries=(entry,), at=at, state=(self._state,))
