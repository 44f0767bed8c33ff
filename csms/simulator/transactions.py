"""Transactions of a charger: begin, sample, end, each a record that is kept until the central system answers it.

Used by `charger`. What was acknowledged goes into the ledger; when to do what is decided elsewhere.
"""

from collections.abc import Callable

from csms.simulator import authorization, connector, dialect, exchange, ledger
from csms.simulator import config as configs
from csms.simulator.messages import Message, Payload
from csms.simulator.session import Session


class Transactions:
    """Begins and ends sessions on connectors and queues their records."""

    def __init__(
        self,
        charger_id: str,
        dialect: dialect.Dialect,
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

    def begin(self, connector: connector.Connector, token: str, parent: str | None = None) -> None:
        """Close the contactor and queue the start."""
        now = self._now()
        connector.advance(now)
        self.count += 1
        session = Session(
            key=f"{self._charger_id}/{self.count}",
            connector_id=connector.id,
            id_token=token,
            started_at=now,
            meter_start_wh=connector.meter.register_wh,
            parent=parent,
            next_sample_at=now + self._settings.sample_interval,
            last_sample_at=now,
        )
        connector.begin(session)
        if self._settings.stop_sampled:
            session.readings.append(connector.read(now, "Transaction.Begin", self._settings.stop_sampled))
        self._ledger.began(self._charger_id, session)
        self._keep(
            session, lambda: self._dialect.started(session), lambda answer: self._started(connector, session, answer)
        )

    def end(self, connector: connector.Connector, reason: str, token: str | None = None) -> None:
        """Open the contactor and queue the stop; nothing where no transaction runs. `token` ended it, if one did."""
        session = connector.session
        if session is None:
            return
        now = max(self._now(), session.last_sample_at)
        connector.advance(now)
        session.stopped_at, session.reason, session.stop_token = now, reason, token
        session.meter_stop_wh = connector.meter.register_wh
        if self._settings.stop_sampled:
            session.readings.append(connector.read(now, "Transaction.End", self._settings.stop_sampled))
        connector.end()
        self._ledger.ended(session)
        self._keep(
            session,
            lambda: self._dialect.stopped(session),
            lambda answer: self._stopped(session, answer),
        )

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
        aligned = context == "Sample.Clock"
        reading = connector.read(at, context, self._settings.aligned if aligned else self._settings.sampled)
        session = connector.session
        if session is not None and aligned and self._settings.stop_aligned:
            session.readings.append(connector.read(at, context, self._settings.stop_aligned))
        if not reading.values:
            return
        if session is None:
            if self._exchange.online:
                self._exchange.outbox.add_notice(Message(*self._dialect.sampled(connector.id, None, reading)))
            return
        session.last_sample_at = max(session.last_sample_at, at)
        self._ledger.sampled(session)
        self._keep(
            session,
            lambda: self._dialect.sampled(session.connector_id, session.transaction_id, reading),
            lambda _answer: self._ledger.sample_acknowledged(session, reading.register_wh),
        )

    def _started(self, connector: connector.Connector, session: Session, answer: Payload) -> None:
        session.transaction_id, info = self._dialect.read_start(answer)
        session.parent = info.parent or session.parent
        self._ledger.start_acknowledged(session)
        self._cache.learn(session.id_token, info)
        if info.accepted or connector.session is not session:
            return
        connector.advance(self._now())
        if self._settings.stop_on_invalid:
            self.end(connector, "DeAuthorized")
        else:
            connector.withheld = True

    def _stopped(self, session: Session, answer: Payload) -> None:
        info = self._dialect.read_stop(answer)
        self._ledger.stop_acknowledged(session)
        if info is not None and session.stop_token is not None:
            self._cache.learn(session.stop_token, info)

    def _keep(
        self, session: Session, call: Callable[[], dialect.Call], acknowledged: Callable[[Payload], None]
    ) -> None:
        self._exchange.outbox.add_record(
            Message(call()[0], lambda: call()[1], answered=acknowledged, failed=lambda: self._ledger.given_up(session))
        )
