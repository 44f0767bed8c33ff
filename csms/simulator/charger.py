"""A charger that behaves: connectors, cars, authorisation, transactions, timers. No socket and no task.

`link` runs it over a WebSocket; tests and drivers steer it by its methods. Everything is computed from the clock it is
given: call `advance` when `due` has come, `receive` for each frame, and send what is in `frames`.
"""

from __future__ import annotations

import collections
import dataclasses
import random
from collections.abc import Callable
from typing import Literal, TypeVar, cast

from csms.simulator import (
    agenda,
    authorization,
    availability,
    certificates,
    drivers,
    errands,
    exchange,
    limits,
    local_list,
    manners,
    messages,
    power,
    reservations,
    transactions,
)
from csms.simulator import car as cars
from csms.simulator import config as configs
from csms.simulator import connector as connectors
from csms.simulator import dialect as dialects
from csms.simulator import ledger as ledgers
from csms.simulator import meter as meters
from csms.simulator.dialect import TokenInfo
from csms.simulator.messages import Message, Payload
from csms.simulator.session import Session

_NEVER = float("inf")
_Own = TypeVar("_Own")


class Charger:
    """One charger. `speed` is simulated seconds in a real one, for the durations of the network."""

    def __init__(
        self,
        config: configs.ChargerConfig,
        dialect: dialects.Dialect,
        ledger: ledgers.Ledger,
        *,
        now: Callable[[], float],
        speed: float = 1.0,
    ) -> None:
        self.config: configs.ChargerConfig = config
        self.dialect = dialect
        self.ledger = ledger
        self.now = now
        self.rng = random.Random(f"{config.seed}/{config.id}")  # noqa: S311 - reproducible, not secret
        self.firmware_version = config.firmware_version
        self.settings: configs.Settings = dialect.settings()
        if config.sample_interval is not None:
            self.settings.sample_interval = config.sample_interval
        self.pending: dict[str, str] = {}
        """Configuration that counts after the next reboot, in the dialect's words."""
        self.password = config.password
        self.addresses: tuple[str, ...] = (config.url,)
        """Where the central system may be, without the charger's id, in the order in which they are tried."""
        self.operative = True
        """The charger as a whole (connector 0) is in service."""
        self.local_list = local_list.LocalList(now)
        self.cache = authorization.Cache(self.settings, self.local_list.find)
        start = now()
        self.connectors = {
            number: connectors.Connector(number, config.max_power_w, meters.Meter(float(config.meter_start_wh)), start)
            for number in range(1, config.connectors + 1)
        }
        self.exchange = exchange.Exchange(
            now=now,
            rng=self.rng,
            response_timeout=config.response_timeout * speed,
            boot=self.boot_message,
            care=messages.Care(config.repeated, config.swapped, config.lost),
            malformed=dialect.malformed,
            manner=manners.of(config.manner, config.late * speed),
            obey=self._obey,
            retries=lambda: exchange.Retries(self.settings.record_attempts, self.settings.record_retry_interval),
        )
        self.transactions = transactions.Transactions(
            config.id,
            dialect,
            self.settings,
            exchange=self.exchange,
            ledger=ledger,
            cache=self.cache,
            now=now,
        )
        self.power = power.Power(self, start)
        self.saturate = False
        """Sample again as soon as the last sample was answered (for measurements)."""
        self._lost_at = start
        self._heartbeat_at = _NEVER
        self._aligned_at = _NEVER
        self._drop_s = None if config.drop_every is None else config.drop_every * speed
        self._drop_at = _NEVER
        self.availability = availability.Availability(self)
        self._drivers: list[drivers.Driver] = []
        self.agenda = agenda.Agenda()
        self.errands: collections.deque[errands.Errand] = collections.deque()
        """Files to fetch or to bring."""
        self.watchers: list[Callable[[], None]] = []
        """Called whenever something may have changed."""
        self.certificates = certificates.Certificates(config.id[:25], config.vendor)
        self.reservations = reservations.Reservations(self)
        self.limits = limits.ChargingProfiles(self)
        self._own: dict[object, object] = {}
        dialect.join(self)

    # -- what a person does at the charger --------------------------------

    def plug_in(self, connector_id: int = 1, car: cars.Car | None = None) -> None:
        """Connect a car; if a token waits, or the cable is enough, the transaction begins."""
        connector = self.connectors[connector_id]
        connector.advance(self.now())
        connector.plug_in(car or cars.Car())
        if connector.session is not None:
            connector.grant = None
        elif connector.grant is not None:
            self.transactions.begin(connector, connector.grant, "CablePluggedIn")
        elif "EVConnected" in self.settings.start_points and self.usable(connector):
            self.transactions.begin(connector, None, "CablePluggedIn")

    def unplug(self, connector_id: int = 1) -> None:
        """Take the cable out; a running transaction ends unless the charger is set to wait for its return."""
        connector = self.connectors[connector_id]
        connector.advance(self.now())
        session = connector.session
        if session is not None and (
            self.settings.stop_on_unplug
            or not session.authorized
            or {"EVConnected", "PowerPathClosed"}.intersection(self.settings.stop_points)
        ):
            self.transactions.end(connector, "EVDisconnected")
        connector.unplug()

    def present(self, token: str, connector_id: int = 1) -> None:
        """Hold a card to the reader: begins or ends a transaction if the token may."""
        connector = self.connectors[connector_id]
        session = connector.session
        if session is not None and session.authorized and session.id_token.casefold() == token.casefold():
            self.conclude(connector, "Local", token)
        elif session is not None and session.authorized:
            self.ask(token, lambda info: self._stranger(connector, session, token, info))
        elif self.usable(connector):
            self.ask(token, lambda info: self.grant(connector, authorization.Grant(token=token), info))

    def fault(self, error_code: str = "InternalError", connector_id: int = 1) -> None:
        """Break a connector, or with NoError repair it; a running transaction ends."""
        connector = self.connectors[connector_id]
        connector.advance(self.now())
        if error_code != "NoError" and connector.session is not None:
            self.transactions.end(connector, "Other")
        connector.error_code = error_code

    def withhold(self, withheld: bool = True, connector_id: int = 1) -> None:
        """Offer no energy (SuspendedEVSE), or offer it again."""
        connector = self.connectors[connector_id]
        connector.advance(self.now())
        connector.withheld = withheld

    def drive(self, script: drivers.Script) -> None:
        """Let a script act from now on."""
        self._drivers.append(drivers.Driver(script, self.now()))

    def shut_down(self) -> None:
        """End gracefully: nobody comes any more, cars leave, records are still delivered."""
        self._drivers.clear()
        self.saturate = False
        self._drop_at = _NEVER
        for connector in self.connectors.values():
            connector.grant = None
            if connector.session is not None:
                self.transactions.end(connector, "Local", connector.session.id_token or None)
            connector.unplug()

    # -- what the link needs ----------------------------------------------

    @property
    def frames(self) -> collections.deque[str]:
        """Texts to send, in order."""
        return self.exchange.frames

    @property
    def hang_up(self) -> Literal["close", "drop"] | None:
        """The link is to be closed, properly or by cutting it."""
        return self.exchange.hang_up

    @property
    def settled(self) -> bool:
        """Nothing waits to be said."""
        return self.exchange.idle

    @property
    def due(self) -> float:
        """When `advance` must be called at the latest (simulated Unix seconds)."""
        times = [self.exchange.due, self.power.due, self._drop_at, self._aligned_at, self.agenda.due]
        if self.exchange.online:
            times.append(self._heartbeat_at)
        for connector in self.connectors.values():
            if connector.token is not None:
                times.append(connector.token_until)
            if connector.session is not None and self.settings.sample_interval > 0:
                times.append(connector.session.next_sample_at)
            times.append(connector.watch_at)
        times.extend(driver.due for driver in self._drivers)
        return min(times)

    def link_up(self) -> None:
        """A socket is open; after a boot, or where a status changed meanwhile, it will be reported."""
        self._drop_at = _NEVER if self._drop_s is None else self.now() + self.rng.expovariate(1 / self._drop_s)
        if self.exchange.registered:
            self._heartbeat_at = self.now() + self.settings.heartbeat_interval
        threshold = self.settings.offline_threshold
        if threshold is not None and self.now() - self._lost_at > threshold:
            self.availability.forget()
        self.availability.report_changes()
        self.exchange.link_up()

    def link_down(self) -> None:
        """The socket is gone."""
        self._drop_at = _NEVER
        self._lost_at = self.now()
        self.exchange.link_down()

    def receive(self, text: str | bytes) -> None:
        """Take a frame of the central system."""
        self.exchange.receive(text)
        self.advance()

    def advance(self) -> None:
        """Do what is due: the meters count, timers fire, drivers act, statuses are reported, the next call goes out."""
        now = self.now()
        self.exchange.advance()
        for connector in self.connectors.values():
            self.transactions.sample_due(connector, now)
            connector.advance(now)
            if connector.grant is not None and now >= connector.token_until:
                connector.grant = None
                self.transactions.end(connector, "Timeout")
        self._timers(now)
        self.agenda.run(now)
        for driver in list(self._drivers):
            driver.step(now)
        for connector in self.connectors.values():
            self.transactions.watch(connector)
        for watch in self.watchers:
            watch()
        self.availability.report_changes()
        self.exchange.pump()

    def own(self, kind: Callable[[Charger], _Own]) -> _Own:
        """What a functional block keeps: made by `kind` when it is first asked for, and the same ever after."""
        if kind not in self._own:
            self._own[kind] = kind(self)
        return cast(_Own, self._own[kind])

    # -- authorisation -----------------------------------------------------

    def usable(self, connector: connectors.Connector) -> bool:
        """A transaction may begin there: in service, not broken, not taken, and the charger is not restarting."""
        healthy = connector.operative and connector.error_code == "NoError" and connector.reset is None
        siblings = (each for each in self._siblings(connector) if each.session is not None)
        if any(siblings):
            return False
        return healthy and not self.power.restarting and (connector.session is None or not connector.session.authorized)

    def _siblings(self, connector: connectors.Connector) -> list[connectors.Connector]:
        size = self.config.connectors_per_evse
        evse = (connector.id - 1) // size
        return [each for each in self.connectors.values() if each is not connector and (each.id - 1) // size == evse]

    def ask(self, token: str, decided: Callable[[TokenInfo], None], kind: str = "ISO14443") -> None:
        """Decide about a token: by the cache, by asking, or offline by the charger's own rules."""
        local = self.cache.before_asking(token)
        if local is not None:
            decided(local)
        elif not self.exchange.online:
            decided(self.cache.without_asking(token))
        else:
            self.exchange.outbox.add_urgent(
                Message(
                    *self.dialect.authorize(token, kind),
                    answered=lambda answer: self._authorized(token, self.dialect.read_token(answer), decided),
                    failed=lambda: decided(self._unanswered(token)),
                )
            )

    def grant(self, connector: connectors.Connector, grant: authorization.Grant, info: TokenInfo) -> None:
        """A decision about a token that wants to charge: begin, wait for the cable, or nothing if it may not."""
        parent = info.parent or grant.parent
        if not info.accepted or not self.usable(connector):
            return
        if not self.reservations.allows(connector, grant.token, parent):
            return
        reserved = self.reservations.use(connector, grant.token, parent)
        grant = dataclasses.replace(grant, parent=parent, reservation_id=reserved)
        cause = "Authorized" if grant.remote_start_id is None else "RemoteStart"
        if connector.session is not None:
            self.transactions.authorize(connector, grant, cause)
        elif connector.plugged or "Authorized" in self.settings.start_points:
            self.transactions.begin(connector, grant, cause)
        if not connector.plugged:
            connector.grant = grant
            connector.token_until = self.now() + self.settings.connection_timeout

    def conclude(self, connector: connectors.Connector, reason: str, token: str | None = None) -> None:
        """Somebody who may has enough: end the transaction, or only the energy where it lasts until the cable goes."""
        if {"Authorized", "PowerPathClosed", "EnergyTransfer"}.intersection(self.settings.stop_points):
            self.transactions.end(connector, reason, token)
        else:
            self.transactions.deauthorize(connector, reason, token)

    def _authorized(self, token: str, info: TokenInfo, decided: Callable[[TokenInfo], None]) -> None:
        self.cache.learn(token, info)
        decided(info)

    def _unanswered(self, token: str) -> TokenInfo:
        # A central system that is there but did not answer gives no permission; one that is gone does not decide.
        return authorization.REFUSED if self.exchange.connected else self.cache.without_asking(token)

    def _stranger(self, connector: connectors.Connector, session: Session, token: str, info: TokenInfo) -> None:
        same_group = info.parent is not None and info.parent == session.parent
        if connector.session is session and info.accepted and same_group:
            self.conclude(connector, "Local", token)

    # -- what the charger does by itself ------------------------------------

    def sample_now(self, connector_id: int | None) -> None:
        """Report meter values on request, of one connector or of all."""
        for connector in self.connectors.values():
            if connector_id in (None, connector.id):
                connector.advance(self.now())
                self.transactions.sample(connector, self.now(), "Trigger")

    def heartbeat(self) -> None:
        """Send a heartbeat now."""
        self.exchange.outbox.add_urgent(Message(*self.dialect.heartbeat()))

    def boot_message(self) -> Message:
        """The message that registers the charger."""
        return Message(*self.dialect.boot(self), answered=self._booted, failed=self.exchange.boot_failed)

    def change_password(self, password: str) -> None:
        """Come back with another password, after the answer that accepts it."""
        self.password = password
        self.exchange.hang_up = "close"

    def retime(self) -> None:
        """Settings changed: timers follow the new intervals."""
        now = self.now()
        self._heartbeat_at = now + self.settings.heartbeat_interval if self.settings.heartbeat_interval else _NEVER
        interval = self.settings.aligned_interval
        self._aligned_at = (now // interval + 1) * interval if interval > 0 else _NEVER
        for connector in self.connectors.values():
            if connector.session is not None:
                connector.session.next_sample_at = now + self.settings.sample_interval

    def _booted(self, answer: Payload) -> None:
        registered = self.dialect.read_boot(answer)
        self.exchange.registered_as(registered)
        if self.exchange.registered:
            self.settings.heartbeat_interval = registered.interval or self.settings.heartbeat_interval
            self._heartbeat_at = self.now() + self.settings.heartbeat_interval
            self.availability.forget()
            self.power.booted()

    def _timers(self, now: float) -> None:
        self.power.advance()
        if self.exchange.connected and now >= self._drop_at:
            self._drop_at = _NEVER
            self.exchange.hang_up = "drop"
        if self.exchange.online and now >= self._heartbeat_at:
            self._heartbeat_at = now + self.settings.heartbeat_interval
            self.heartbeat()
        if now >= self._aligned_at:
            for connector in self.connectors.values():
                self.transactions.sample(connector, self._aligned_at, "Sample.Clock")
            self._aligned_at += self.settings.aligned_interval
        if self.saturate and self.exchange.online and not self.exchange.outbox.records:
            for connector in self.connectors.values():
                if connector.session is not None:
                    # Two samples at the same millisecond would look like one that was sent twice.
                    after_last = round(connector.session.last_sample_at * 1000) + 1
                    self.transactions.sample(connector, max(round(now * 1000), after_last) / 1000)

    def _obey(self, action: str, payload: Payload) -> Payload:
        return self.dialect.answer(self, action, payload)
