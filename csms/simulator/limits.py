"""Charging profiles that a charger holds, and the power that they leave to each connector. No version of OCPP.

Owned by `charger`; the dialects' blocks set and clear profiles and ask what they come to.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from csms.domain import charging_profile, schedule
from csms.simulator import agenda
from csms.simulator import connector as connectors

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

MOST_PROFILES = 20
HIGHEST_LEVEL = 8
MOST_PERIODS = 24
_DAY_S = 86_400
_ASKING_S = 60.0
"""Within this the token of an order to start may be asked about; after it whoever has no permission does not come."""
_LIMITS = charging_profile.Limits(stack_level=HIGHEST_LEVEL, periods=MOST_PERIODS, units=frozenset("AW"))


class ChargingProfiles:
    """The profiles by id."""

    def __init__(self, charger: Charger) -> None:
        self.held: dict[int, schedule.Installed] = {}
        self.priority: set[str] = set()
        """Transactions that use priority charging (2.1)."""
        self._coming: dict[int, tuple[schedule.Installed, float]] = {}
        """By connector, those that came with an order to start, and when, until their transaction begins."""
        self._charger = charger
        self._wake: tuple[float, agenda.Entry] | None = None
        charger.watchers.append(self._watch)

    def take(self, wanted: schedule.Installed) -> bool:
        """Hold a profile instead of the one of its id and those of its purpose and level there; False: refused."""
        profile = wanted.profile
        if profile.id is None or (wanted.connector_id and wanted.connector_id not in self._charger.connectors):
            return False
        if profile.purpose == "tx" and self._running(wanted) is None:
            return False
        if charging_profile.objection(profile, whole=wanted.connector_id == 0, limits=_LIMITS) is not None:
            return False
        kept = {number: each for number, each in self.held.items() if not _replaces(wanted, each)}
        kept.pop(profile.id, None)
        if len(kept) >= MOST_PROFILES:
            return False
        self.held = {**kept, profile.id: wanted}
        self.apply()
        return True

    def bring(self, wanted: schedule.Installed) -> bool:
        """Hold a profile for the transaction that begins on its connector next, or waits there; False: refused."""
        profile, connector = wanted.profile, self._charger.connectors[wanted.connector_id]
        if connector.session is not None:
            return self.take(wanted)
        if profile.id is None or charging_profile.start_objection(profile, _LIMITS) is not None:
            return False
        self._coming[connector.id] = wanted, self._charger.now()
        return True

    def clear(self, fits: Callable[[schedule.Installed], bool]) -> bool:
        """Forget those that fit; False: there was none. External constraints are not the central system's to clear."""
        gone = [n for n, each in self.held.items() if each.profile.purpose != "external" and fits(each)]
        for number in gone:
            del self.held[number]
        self.apply()
        return bool(gone)

    def composite(
        self, connector_id: int, duration_s: int, unit: charging_profile.Unit
    ) -> tuple[charging_profile.Period, ...] | None:
        """What all of them come to from now on (0: for the whole charger); None for a connector that is not there."""
        if connector_id == 0:
            everything = sum(each.max_power_w for each in self._charger.connectors.values())
            return self._composite(None, everything, duration_s, unit)
        connector = self._charger.connectors.get(connector_id)
        return None if connector is None else self._composite(connector, connector.max_power_w, duration_s, unit)

    def apply(self) -> None:
        """Give each connector what it is left, and look again when that changes."""
        self.held = {number: each for number, each in self.held.items() if not self._is_over(each)}
        changes = []
        for connector in self._charger.connectors.values():
            connector.advance(self._charger.now())
            now, *later = self._composite(connector, connector.max_power_w, _DAY_S, "W")
            connector.limit_w = float(now.limit if now.limit is not None else connector.max_power_w)
            changes += [int(self._charger.now()) + later[0].start_s] if later else []
        self._look_again(min(changes, default=None))

    def _watch(self) -> None:
        for number, (wanted, since) in list(self._coming.items()):
            connector = self._charger.connectors[number]
            if connector.session is not None:
                del self._coming[number]
                self.take(wanted)
            elif connector.grant is None and self._charger.now() - since > _ASKING_S:
                del self._coming[number]
        if self.held or any(each.limit_w < each.max_power_w for each in self._charger.connectors.values()):
            self.apply()

    def _look_again(self, at: float | None) -> None:
        """Being woken is enough: the watch does the rest."""
        if self._wake is not None and self._wake[0] != at:
            self._wake[1].cancel()
            self._wake = None
        if at is not None and self._wake is None:
            self._wake = at, self._charger.agenda.at(at, lambda: None)

    def _composite(
        self, connector: connectors.Connector | None, maximum_w: float, duration_s: int, unit: charging_profile.Unit
    ) -> tuple[charging_profile.Period, ...]:
        number = 0 if connector is None else connector.id
        outlet = schedule.Outlet(connector_id=number, maximum_w=Decimal(str(maximum_w)))
        caps = [each for each in self.held.values() if connector is not None or each.profile.purpose in _OF_ALL]
        transaction = None if connector is None else self._transaction(connector)
        start = datetime.fromtimestamp(int(self._charger.now()), UTC)
        return schedule.composite(caps, outlet, transaction, start=start, duration_s=duration_s, unit=unit)

    def _transaction(self, connector: connectors.Connector) -> schedule.Transaction | None:
        session = connector.session
        if session is None:
            return None
        started = datetime.fromtimestamp(session.started_at, UTC)
        return schedule.Transaction(session.transaction_id, started, session.transaction_id in self.priority)

    def _running(self, wanted: schedule.Installed) -> connectors.Connector | None:
        """Where the transaction of a tx profile runs."""
        connector = self._charger.connectors.get(wanted.connector_id)
        if connector is None or connector.session is None:
            return None
        named = wanted.profile.transaction_id
        return connector if named in (None, connector.session.transaction_id) else None

    def _is_over(self, each: schedule.Installed) -> bool:
        return each.profile.purpose == "tx" and self._running(each) is None


_OF_ALL = ("max", "external")


def _replaces(new: schedule.Installed, old: schedule.Installed) -> bool:
    one, other = new.profile, old.profile
    same = (one.purpose, one.stack_level, one.transaction_id) == (
        other.purpose,
        other.stack_level,
        other.transaction_id,
    )
    return same and new.connector_id == old.connector_id
