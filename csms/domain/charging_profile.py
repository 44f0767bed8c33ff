"""Charging profiles: limits over time, in words of no OCPP version, and the rules that each must keep.

Made from orders and, by csms.protocol.profiles, from what chargers report. Pure; what follows from several profiles
together is schedule.py's.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

import msgspec

from csms.domain import clock, inventory

Purpose: TypeAlias = Literal["max", "tx_default", "tx", "external", "priority", "local_generation"]
"""max: the whole charger; tx_default: any transaction; tx: one transaction; external: set by somebody else."""
Kind: TypeAlias = Literal["absolute", "recurring", "relative", "dynamic"]
Unit: TypeAlias = Literal["W", "A"]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Rate: TypeAlias = Decimal | float
"""In the unit of its schedule; a JSON number, which `exact` takes as it is written."""
Seconds = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]

KIND = "charging-profiles"
"""The kind of the inventory: what a charger holds, in the field names of its OCPP version."""
DYNAMIC = "dynamic-schedules"
"""The kind of the values that count now in dynamic profiles (2.1), by the profile's id."""
_ENDED = {"transactionId"}
_OF_TRANSACTIONS = frozenset({"TxDefaultProfile", "TxProfile"})
STEP = Decimal("0.1")
"""Limits have one decimal in every version that has a rule for it."""
MOST = Decimal(10**9)
"""More than any limit in watts or amperes: what is larger cannot even be divided."""


class Period(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A limit from `start_s` seconds after the schedule's start until the next period; None = no limit of its own."""

    start_s: Seconds
    limit: Rate | None
    phases: Annotated[int, msgspec.Meta(ge=1, le=3)] | None = None
    phase_to_use: Annotated[int, msgspec.Meta(ge=1, le=3)] | None = None


class Schedule(clock.Dated, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Periods in watts or in amperes a phase; without `duration_s` the last one has no end."""

    unit: Unit
    periods: Annotated[Sequence[Period], msgspec.Meta(min_length=1)]
    starts_at: Moment | None = None
    duration_s: Seconds | None = None
    min_rate: Rate | None = None
    """Below this the car charges badly."""


class Profile(clock.Dated, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One profile; several schedules are alternatives for the car (2.x), of which the first counts here."""

    purpose: Purpose
    schedules: Annotated[Sequence[Schedule], msgspec.Meta(min_length=1, max_length=3)]
    kind: Kind = "absolute"
    id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None
    stack_level: Seconds = 0
    recurrency: Literal["daily", "weekly"] | None = None
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    transaction_id: str | None = None


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a charger said that it can do; None = it did not say."""

    stack_level: int | None = None
    periods: int | None = None
    units: frozenset[str] | None = None


def exact(rate: Rate) -> Decimal:
    """A rate without the binary fractions of a float."""
    return rate if isinstance(rate, Decimal) else Decimal(str(rate))


def folded(known: tuple[str, ...], changes: Sequence[inventory.Change]) -> tuple[str, ...]:
    """The transactions that have a profile of their own, after some changes of the inventory."""
    named = [
        str(body["transactionId"])
        for change in changes
        if change.kind == KIND
        for body in (*change.put.values(), *change.merge.values())
        if body.get("transactionId") is not None
    ]
    new = [each for each in dict.fromkeys(named) if each not in known]
    over = {str(change.where["transactionId"]) for change in changes if change.where and change.where.keys() == _ENDED}
    return tuple(each for each in (*known, *new) if each not in over) if new or over else known


def transaction_ended(known: Collection[str], transaction_id: str) -> tuple[inventory.Change, ...]:
    """A transaction's profiles end with it."""
    if transaction_id not in known:
        return ()
    forms = [transaction_id, *([int(transaction_id)] if transaction_id.isdecimal() else [])]  # 1.6 has numbers
    return tuple(inventory.Change(kind=KIND, where={"transactionId": form}) for form in forms)


def bound(
    held: Mapping[str, inventory.Body], transaction_id: str, places: Collection[int], remote_start_id: int
) -> tuple[inventory.Change, ...]:
    """A transaction began that was ordered with this number: the profile that came with the order is its own now.

    `places` are its connector or EVSE, and 0 as the order may have named none.
    """
    named: Mapping[str, inventory.Body] = {
        key: {"transactionId": int(transaction_id) if "connectorId" in body else transaction_id}
        for key, body in held.items()
        if body.get("chargingProfilePurpose") == "TxProfile"
        and body.get("transactionId") is None
        and body.get("remoteStartId", remote_start_id) == remote_start_id
        and body.get("connectorId", body.get("evseId", 0)) in places
    }
    return (inventory.Change(kind=KIND, merge=dict(named)),) if named else ()


def automatic(evse_id: int) -> int:
    """The id of the profile that a car gets there for what it told that it needs: one per EVSE, counted from the end.

    So it is told from those that people set, and it is never in the way of itself.
    """
    return 2**31 - 1 - evse_id


def outranked(held: Mapping[str, inventory.Body], evse_id: int) -> bool:
    """Whether people limited transactions on this EVSE: a profile for the car would lift that (rule 58)."""
    own = str(automatic(evse_id))
    return any(
        key != own
        and body.get("chargingProfilePurpose") in _OF_TRANSACTIONS
        and body.get("evseId", body.get("connectorId", 0)) in (0, evse_id)
        for key, body in held.items()
    )


def limits(configuration: Mapping[str, tuple[str | None, bool]]) -> Limits:
    """What a charger said that it can do, in the settings of either version."""

    def said(*names: str) -> str:
        return next((value for name in names if (value := configuration.get(name, (None, True))[0])), "")

    def number(*names: str) -> int | None:
        text = said(*names).strip()
        return int(text) if text.isdecimal() else None

    units = said("ChargingScheduleAllowedChargingRateUnit", "SmartChargingCtrlr.RateUnit").casefold()
    words = {"current": "A", "power": "W", "a": "A", "w": "W"}
    known = frozenset(words[each.strip()] for each in units.split(",") if each.strip() in words)
    return Limits(
        stack_level=number("ChargeProfileMaxStackLevel", "SmartChargingCtrlr.ProfileStackLevel"),
        periods=number("ChargingScheduleMaxPeriods", "SmartChargingCtrlr.PeriodsPerSchedule"),
        units=known or None,
    )


def objection(profile: Profile, *, whole: bool, limits: Limits = Limits()) -> str | None:  # noqa: B008 - frozen
    """Why this profile must not be sent, with what to do instead; None for a good one.

    `whole`: it is for the whole charger rather than for one connector.
    """
    return next(_objections(profile, whole, limits), None)


def start_objection(profile: Profile, limits: Limits) -> str | None:
    """Why an order to start must not bring this profile; None for a good one (rule 58)."""
    if profile.purpose != "tx":
        return "an order to start brings a tx profile only: set any other with set-charging-profile"
    if profile.transaction_id is not None:
        return "the transaction is not begun, so it has no id: leave transaction_id out"
    return objection(profile, whole=False, limits=limits)


def _objections(profile: Profile, whole: bool, limits: Limits) -> Iterator[str]:
    yield from _of_purpose(profile, whole)
    yield from _of_kind(profile)
    if profile.valid_from and profile.valid_to and profile.valid_from >= profile.valid_to:
        yield "valid_to must be later than valid_from"
    for schedule in profile.schedules:
        yield from _of_schedule(schedule)
    yield from _beyond(profile, limits)


def _of_purpose(profile: Profile, whole: bool) -> Iterator[str]:
    if profile.purpose == "external":
        yield "an external profile is set by the charger's site, not by a central system: use max, tx_default or tx"
    if profile.purpose == "max" and not whole:
        yield "a max profile is for the whole charger: leave connector_id out or send 0"
    if profile.purpose == "max" and profile.kind == "relative":
        yield "a max profile has no transaction that it could be relative to: make it absolute or recurring"
    if profile.purpose == "tx" and whole:
        yield "a tx profile is for one transaction: name its connector"
    if profile.purpose != "tx" and profile.transaction_id is not None:
        yield "only a tx profile names a transaction: leave transaction_id out or make it a tx profile"


def _of_kind(profile: Profile) -> Iterator[str]:
    starts = [schedule.starts_at for schedule in profile.schedules]
    if profile.kind in ("absolute", "recurring") and None in starts:
        yield "absolute and recurring profiles need starts_at in each schedule"
    if profile.kind == "relative" and any(starts):
        yield "a relative profile begins with the transaction: leave starts_at out, or make it absolute"
    if (profile.kind == "recurring") is (profile.recurrency is None):
        yield "recurrency (daily or weekly) belongs to a recurring profile, which must have it, and to no other"


def _of_schedule(schedule: Schedule) -> Iterator[str]:
    starts = [period.start_s for period in schedule.periods]
    if starts[0] != 0:
        yield "the first period of a schedule must start at 0 seconds"
    if any(later <= earlier for earlier, later in itertools.pairwise(starts)):
        yield "each period must start later than the one before it"
    if schedule.duration_s == 0:
        yield "a schedule lasts at least one second: leave duration_s out for one without an end"
    for limit in (*(period.limit for period in schedule.periods), schedule.min_rate):
        if limit is not None and not _is_limit(exact(limit)):
            yield f"a limit is 0 or more and below {MOST:,}, with at most one decimal"


def _is_limit(rate: Decimal) -> bool:
    return rate.is_finite() and 0 <= rate < MOST and rate % STEP == 0


def _beyond(profile: Profile, limits: Limits) -> Iterator[str]:
    if limits.stack_level is not None and profile.stack_level > limits.stack_level:
        yield f"this charger's highest stack level is {limits.stack_level}"
    for schedule in profile.schedules:
        if limits.periods is not None and len(schedule.periods) > limits.periods:
            yield f"this charger takes at most {limits.periods} periods in a schedule"
        if limits.units is not None and schedule.unit not in limits.units:
            yield f"this charger takes limits in {' or '.join(sorted(limits.units))} only"
