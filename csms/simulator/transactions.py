"""Transactions of a charger: begin, sample, end, each a record that is kept until the central system answers it.

Used by `charger`. What was acknowledged goes into the ledger; when to do what is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

from csms.simulator import authorization, connector, exchange, ledger
from csms.simulator import config as configs
from csms.simulator import dialect as dialects
from csms.simulator import meter as meters
from csms.simulator.messages import Message, Payload
from csms.simulator.session import Session


class Transactions:
    """Begins and ends sessions on connectors and queues their records."""

    def __init__(
        self,
        charger_id: str,
        dialect: dialects.Dialect,
        settings: configs.Settings,
        *,
        exchange: exchange.Exchange,
        ledger: ledger.Ledger,
        cache: authorization.Cache,
        now: Callable[[], float],
    ) -> None:
        self.count = 0
        """Sessions begun so far."""
        self._charger_id = charger_id
        self._dialect = dialect
        self._settings = settings
        self._exchange = exchange
        self._ledger = ledger
        self._cache = cache
        self._now = now

    # -- what happens to a transaction -----------------------------------------

    def begin(self, connector: connector.Connector, grant: authorization.Grant | None, cause: str) -> None:
        """Queue the start; with a grant the contactor closes, without one the cable alone began it."""
        now = self._now()
        connector.advance(now)
        self.count += 1
        session = Session(
            key=f"{self._charger_id}/{self.count}",
            connector_id=connector.id,
            id_token="",
            authorized=False,
            started_at=now,
            meter_start_wh=connector.meter.register_wh,
            transaction_id=self._dialect.transaction_id(),
            next_sample_at=now + self._settings.sample_interval,
            last_sample_at=now,
        )
        if grant is not None:
            _permit(session, grant)
        connector.begin(session)
        if self._settings.stop_sampled:
            session.readings.append(connector.read(now, "Transaction.Begin", self._settings.stop_sampled))
        self._ledger.began(self._charger_id, session)
        reading = connector.read(now, "Transaction.Begin", self._settings.start_sampled)
        call = self._dialect.started(session, self._occasion(connector, session, cause, reading, grant is not None))
        self._keep(session, call, lambda answer: self._started(connector, session, answer))

    def authorize(self, connector: connector.Connector, grant: authorization.Grant, cause: str) -> None:
        """Somebody may charge in the transaction that the cable began."""
        session = connector.session
        if session is not None:
            connector.advance(self._now())
            _permit(session, grant)
            connector.permit()
            self._ledger.authorized(session)
            self._update(connector, session, cause, told=True)

    def deauthorize(self, connector: connector.Connector, reason: str, token: str | None = None) -> None:
        """The energy stops; the transaction goes on until the cable leaves."""
        session = connector.session
        if session is not None and session.authorized:
            connector.advance(self._now())
            session.authorized, session.reason, session.stop_token = False, reason, token
            self._update(connector, session, reason, told=token is not None)

    def end(self, connector: connector.Connector, reason: str, token: str | None = None) -> None:
        """Open the contactor and queue the stop; nothing where no transaction runs. `token` ended it, if one did."""
        session = connector.session
        if session is None:
            return
        now = max(self._now(), session.last_sample_at)
        connector.advance(now)
        # Who ended the charging counts, not who took the cable out afterwards.
        session.reason = self._dialect.stop_reason(session.reason or reason)
        session.stopped_at, session.stop_token = now, token or session.stop_token
        session.meter_stop_wh = connector.meter.register_wh
        final = connector.read(now, "Transaction.End", self._settings.stop_sampled)
        if final.values:
            session.readings.append(final)
        occasion = self._occasion(connector, session, reason, final, token is not None, at=now)
        connector.end()
        self._ledger.ended(session)
        call = self._dialect.stopped(session, occasion)
        self._keep(session, call, lambda answer: self._stopped(session, answer))

    def watch(self, connector: connector.Connector, at: float | None = None) -> None:
        """Report what the charging has become since the last record, where the version has words for that."""
        session = connector.session
        if session is None or connector.charging_state == session.state:
            return
        before = session.state
        cause = {"Idle": "CablePluggedIn"}.get(before, "ChargingStateChanged")
        cause = "EVCommunicationLost" if connector.charging_state == "Idle" else cause
        self._update(connector, session, cause, at=at)
        if before == "Charging" and "EnergyTransfer" in self._settings.stop_points:
            self.end(connector, "StoppedByEV")

    def tell(self, connector: connector.Connector, cause: str) -> None:
        """Report a transaction as it is now, with a reading."""
        if connector.session is not None:
            connector.advance(self._now())
            reading = connector.read(self._now(), "Trigger", self._settings.sampled)
            self._update(connector, connector.session, cause, reading)

    # -- meter values ----------------------------------------------------------

    def sample_due(self, connector: connector.Connector, now: float) -> None:
        """Take the samples whose time has come, each at its own time even when looked at late."""
        session = connector.session
        if session is None or self._settings.sample_interval <= 0:
            return
        while session.next_sample_at <= now:
            connector.advance(session.next_sample_at)
            self.sample(connector, session.next_sample_at)
            session.next_sample_at += self._settings.sample_interval

    def sample(self, connector: connector.Connector, at: float, context: str = "Sample.Periodic") -> None:
        """Read the meter and report it: as a record of the transaction that runs there, else as a notice."""
        self.watch(connector, at)
        aligned = context == "Sample.Clock"
        reading = connector.read(at, context, self._settings.aligned if aligned else self._settings.sampled)
        session = connector.session
        if session is not None and aligned and self._settings.stop_aligned:
            session.readings.append(connector.read(at, context, self._settings.stop_aligned))
        if not reading.values:
            return
        if session is not None:
            session.last_sample_at = max(session.last_sample_at, at)
            self._update(connector, session, _CAUSES.get(context, "MeterValuePeriodic"), reading)
        elif self._exchange.online:
            self._exchange.outbox.add_notice(Message(*self._dialect.sampled(connector.id, reading)))

    # -- records ---------------------------------------------------------------

    def _update(
        self,
        connector: connector.Connector,
        session: Session,
        cause: str,
        reading: meters.Reading | None = None,
        told: bool = False,
        at: float | None = None,
    ) -> None:
        call = self._dialect.updated(session, self._occasion(connector, session, cause, reading, told, at))
        lost = reading is not None and not told and self._exchange.outbox.loses()
        if call is not None and not lost:
            register = None if reading is None else reading.register_wh
            self._ledger.updated(session)
            self._keep(session, call, lambda answer: self._updated(connector, session, register, answer))

    def _occasion(
        self,
        connector: connector.Connector,
        session: Session,
        cause: str,
        reading: meters.Reading | None,
        told: bool,
        at: float | None = None,
    ) -> dialects.Occasion:
        session.records += 1
        session.state = connector.charging_state
        return dialects.Occasion(
            at=(self._now() if reading is None else reading.at) if at is None else at,
            cause=cause,
            number=session.records - 1,
            offline=not self._exchange.online,
            state=session.state,
            reading=reading,
            told=told,
        )

    def _started(self, connector: connector.Connector, session: Session, answer: Payload) -> None:
        acknowledged = self._dialect.read_start(answer)
        session.transaction_id = acknowledged.transaction_id or session.transaction_id
        self._ledger.start_acknowledged(session)
        self._judge(connector, session, acknowledged.token)

    def _updated(
        self, connector: connector.Connector, session: Session, register_wh: int | None, answer: Payload
    ) -> None:
        acknowledged = self._dialect.read_update(answer)
        if register_wh is None:
            self._ledger.update_acknowledged(session)
        else:
            self._ledger.sample_acknowledged(session, register_wh)
        self._judge(connector, session, acknowledged.token)

    def _stopped(self, session: Session, answer: Payload) -> None:
        info = self._dialect.read_stop(answer).token
        self._ledger.stop_acknowledged(session)
        if info is not None and session.stop_token is not None:
            self._cache.learn(session.stop_token, info)

    def _judge(self, connector: connector.Connector, session: Session, info: dialects.TokenInfo | None) -> None:
        """What the central system says of the token, after the fact, counts too."""
        if info is None:
            return
        session.parent = info.parent or session.parent
        self._cache.learn(session.id_token, info)
        if info.accepted or connector.session is not session or not session.authorized:
            return
        connector.advance(self._now())
        if self._settings.stop_on_invalid:
            self.end(connector, "DeAuthorized")
        else:
            connector.withheld = True

    def _keep(self, session: Session, call: dialects.Call, acknowledged: Callable[[Payload], None]) -> None:
        self._exchange.outbox.add_record(
            Message(*call, answered=acknowledged, failed=lambda: self._ledger.given_up(session), about=session.key)
        )


_CAUSES = {"Sample.Clock": "MeterValueClock", "Trigger": "Trigger"}


def _permit(session: Session, grant: authorization.Grant) -> None:
    session.id_token, session.token_type = grant.token, grant.kind
    session.parent, session.remote_start_id = grant.parent, grant.remote_start_id
    session.reservation_id = grant.reservation_id
    session.authorized = True
    session.reason = session.stop_token = None
