"""Composite schedule: what several charging profiles together allow at each instant. Our own calculation, pure.

Per purpose the highest stack level that is valid counts; a tx profile takes the place of tx_default, and priority,
while that is used, the place of both; then the least of that, max, external and the connector's maximum. A relative
schedule begins with the transaction, a recurring one is its newest occurrence, and outside its duration a schedule says
nothing. A profile of local generation adds to what others allow and limits nothing, so it is left out.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from csms.domain.charging_profile import STEP, Period, Profile, Schedule, Unit, exact

_CYCLES = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}
_CAPS = ("max", "external")


@dataclasses.dataclass(frozen=True, slots=True)
class Installed:
    """A profile and where it is: on a connector, or for the whole charger (0)."""

    profile: Profile
    connector_id: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Transaction:
    """What runs on the connector; `priority`: the driver uses priority charging."""

    id: str | None
    started_at: datetime
    priority: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """The connector in question. Volts from phase to neutral."""

    connector_id: int
    maximum_w: Decimal
    voltage: Decimal = Decimal(230)
    phases: int = 3

    def converted(self, limit: Decimal, unit: Unit, wanted: Unit, phases: int | None) -> Decimal:
        """A limit in watts, or in amperes a phase."""
        if unit == wanted:
            return limit
        volts = self.voltage * (phases or self.phases)
        return limit * volts if wanted == "W" else limit / volts


def composite(
    profiles: Sequence[Installed],
    outlet: Outlet,
    transaction: Transaction | None,
    *,
    start: datetime,
    duration_s: int,
    unit: Unit = "W",
) -> tuple[Period, ...]:
    """The limits from the second of `start` on for `duration_s` seconds (at least one), equal neighbours in one."""
    start, periods = _whole(start), list[Period]()
    for offset in sorted(set(_changes(profiles, transaction, start, duration_s))):
        limit, phases = limit_at(profiles, outlet, transaction, start + timedelta(seconds=offset), unit)
        if not periods or (periods[-1].limit, periods[-1].phases) != (limit, phases):
            periods.append(Period(start_s=offset, limit=limit, phases=phases))
    return tuple(periods)


def limit_at(
    profiles: Sequence[Installed], outlet: Outlet, transaction: Transaction | None, at: datetime, unit: Unit = "W"
) -> tuple[Decimal, int | None]:
    """What may flow at one instant, and over how many phases where the profile that decides says so.

    Rounded down to a tenth: a limit is never exceeded.
    """
    valid: dict[str, tuple[tuple[int, bool], Decimal, int | None]] = {}
    for each in profiles:
        if not _concerns(each, outlet, transaction):
            continue
        period, schedule = _period_at(each.profile, transaction, at)
        if period is None or period.limit is None:
            continue
        rank = (each.profile.stack_level, each.connector_id == outlet.connector_id)
        known = valid.get(each.profile.purpose)
        if known is None or rank > known[0]:
            limit = outlet.converted(exact(period.limit), schedule.unit, unit, period.phases)
            valid[each.profile.purpose] = (rank, limit, period.phases)
    wanted = valid.get("priority") or valid.get("tx") or valid.get("tx_default")
    told = [found[1:] for found in (wanted, *map(valid.get, _CAPS)) if found is not None]
    told.append((outlet.converted(outlet.maximum_w, "W", unit, None), None))
    limit, phases = min(told, key=lambda each: each[0])
    return limit.quantize(STEP, ROUND_DOWN), phases


def _concerns(each: Installed, outlet: Outlet, transaction: Transaction | None) -> bool:
    if each.connector_id not in (0, outlet.connector_id):
        return False
    match each.profile.purpose:
        case "tx":
            named = each.profile.transaction_id
            return transaction is not None and named in (None, transaction.id)
        case "priority":
            return transaction is not None and transaction.priority
        case "local_generation":
            return False
        case _:
            return True


def _period_at(profile: Profile, transaction: Transaction | None, at: datetime) -> tuple[Period | None, Schedule]:
    schedule = profile.schedules[0]
    begun = _begin(profile, transaction, at)
    from_, to = profile.valid_from, profile.valid_to
    if begun is None or (from_ is not None and at < _whole(from_)) or (to is not None and at >= _whole(to)):
        return None, schedule
    elapsed = (at - begun).total_seconds()
    if schedule.duration_s is not None and elapsed >= schedule.duration_s:
        return None, schedule
    return next((each for each in reversed(schedule.periods) if each.start_s <= elapsed), None), schedule


def _begin(profile: Profile, transaction: Transaction | None, at: datetime) -> datetime | None:
    """When the schedule that counts at an instant began; None: it has not, or nobody can tell."""
    if profile.kind == "dynamic":
        return at
    if profile.kind == "relative":
        begun = transaction.started_at if transaction is not None else None
    else:
        begun = profile.schedules[0].starts_at
    if begun is None or _whole(begun) > at:
        return None
    begun = _whole(begun)
    if profile.kind == "recurring" and profile.recurrency is not None:
        cycle = _CYCLES[profile.recurrency]
        return begun + (at - begun) // cycle * cycle
    return begun


def _changes(
    profiles: Sequence[Installed], transaction: Transaction | None, start: datetime, duration_s: int
) -> Iterator[int]:
    """Seconds after `start` at which a limit may change, the beginning among them."""
    end = start + timedelta(seconds=duration_s)
    yield 0
    for each in profiles:
        moments = (moment for moment in _moments(each.profile, transaction, start, end) if start < moment < end)
        yield from (int((moment - start).total_seconds()) for moment in moments)


def _moments(profile: Profile, transaction: Transaction | None, start: datetime, end: datetime) -> Iterator[datetime]:
    yield from (_whole(each) for each in (profile.valid_from, profile.valid_to) if each is not None)
    schedule = profile.schedules[0]
    starts = [transaction.started_at if transaction else None] if profile.kind == "relative" else [schedule.starts_at]
    for first in filter(None, starts):
        begun = _begin(profile, transaction, start) or _whole(first)
        cycle = _CYCLES.get(profile.recurrency or "") if profile.kind == "recurring" else None
        while begun < end:
            yield from (begun + timedelta(seconds=period.start_s) for period in schedule.periods)
            if schedule.duration_s is not None:
                yield begun + timedelta(seconds=schedule.duration_s)
            if cycle is None:
                break
            begun += cycle


def _whole(moment: datetime) -> datetime:
    """Schedules are made of whole seconds."""
    return moment.replace(microsecond=0)
