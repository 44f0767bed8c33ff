"""Charging profiles as OCPP writes them: 1.6 and 2.x differ in a few names only. Used by both and by the simulator.

What a charger holds is in its inventory (kind "charging-profiles", key the profile's id): the profile as sent, with the
`connectorId` (1.6) or `evseId` (2.x) that it is for. A profile replaces those of its purpose and level there (rule 58).
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from csms.domain import charging_profile, inventory
from csms.domain.charging_profile import Kind, Purpose
from csms.domain.schedule import Installed
from csms.protocol import jsontext, times

KIND = charging_profile.KIND


class Names(NamedTuple):
    """What a version calls things."""

    id: str
    place: str
    purposes: Mapping[Purpose, str]
    kinds: Mapping[Kind, str]


_KINDS: Mapping[Kind, str] = {"absolute": "Absolute", "recurring": "Recurring", "relative": "Relative"}
_COMMON: Mapping[Purpose, str] = {"tx_default": "TxDefaultProfile", "tx": "TxProfile"}
V16 = Names("chargingProfileId", "connectorId", {**_COMMON, "max": "ChargePointMaxProfile"}, _KINDS)
V201 = Names(
    "id",
    "evseId",
    {**_COMMON, "max": "ChargingStationMaxProfile", "external": "ChargingStationExternalConstraints"},
    _KINDS,
)
V21 = V201._replace(
    purposes={**V201.purposes, "priority": "PriorityCharging", "local_generation": "LocalGeneration"},
    kinds={**_KINDS, "dynamic": "Dynamic"},
)

_PURPOSES: Mapping[str, Purpose] = {word: name for names in (V16, V21) for name, word in names.purposes.items()}
_MEANINGS: Mapping[str, Kind] = {word: name for name, word in V21.kinds.items()}


def unsaid(profile: charging_profile.Profile, names: Names) -> str | None:
    """What of a profile a version has no word for."""
    if profile.purpose not in names.purposes:
        return f"no profiles of purpose {profile.purpose}: there are {', '.join(names.purposes)}"
    if profile.kind not in names.kinds:
        return f"no {profile.kind} profiles: there are {', '.join(names.kinds)}"
    return None


def written(profile: charging_profile.Profile, names: Names) -> dict[str, Any]:
    """A profile without its schedules; `unsaid` found nothing."""
    return _told(
        {
            names.id: profile.id,
            "stackLevel": profile.stack_level,
            "chargingProfilePurpose": names.purposes[profile.purpose],
            "chargingProfileKind": names.kinds[profile.kind],
            "recurrencyKind": profile.recurrency and profile.recurrency.capitalize(),
            "validFrom": profile.valid_from and times.write(profile.valid_from),
            "validTo": profile.valid_to and times.write(profile.valid_to),
            "transactionId": profile.transaction_id,
        }
    )


def schedule(own: charging_profile.Schedule) -> dict[str, Any]:
    """A schedule; 2.x gives it an id besides."""
    return _told(
        {
            "startSchedule": own.starts_at and times.write(own.starts_at),
            "duration": own.duration_s,
            "chargingRateUnit": own.unit,
            "minChargingRate": _exact(own.min_rate),
            "chargingSchedulePeriod": [
                _told(
                    {
                        "startPeriod": period.start_s,
                        "limit": _exact(period.limit),
                        "numberPhases": period.phases,
                        "phaseToUse": period.phase_to_use,
                    }
                )
                for period in own.periods
            ],
        }
    )


def read(body: inventory.Body) -> Installed | None:
    """A profile of the inventory or of a payload, with the place that was added to it; None for an unreadable one."""
    try:
        place: Any = body.get("evseId", body.get("connectorId", 0))
        return Installed(_profile(body), int(place))
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None


def held(profile: dict[str, Any], names: Names, place: int) -> inventory.Change:
    """A charger took this profile for a connector or EVSE (0: the whole charger)."""
    replaced = {
        names.place: place,
        "chargingProfilePurpose": profile["chargingProfilePurpose"],
        "stackLevel": profile["stackLevel"],
        "transactionId": profile.get("transactionId"),
    }
    body = jsontext.plain({**profile, names.place: place})
    return inventory.Change(kind=KIND, where=replaced, put={str(profile[names.id]): body})


def cleared(
    names: Names, *, profile_id: int | None, criteria: dict[str, Any], answer: dict[str, Any]
) -> tuple[inventory.Change, ...]:
    """A charger was told to remove one profile, or those that fit; that it knows none such says the same of one.

    External constraints are not ours, so they stay unless they are named.
    """
    if profile_id is not None:
        return (inventory.Change(kind=KIND, drop=(str(profile_id),)),)
    if answer.get("status") != "Accepted":
        return ()
    named = criteria.get("chargingProfilePurpose")
    purposes = [word for name, word in names.purposes.items() if name != "external"] if named is None else [named]
    return tuple(
        inventory.Change(kind=KIND, where={**criteria, "chargingProfilePurpose": purpose}) for purpose in purposes
    )


def _profile(body: inventory.Body) -> charging_profile.Profile:
    schedules = body["chargingSchedule"]
    recurrency = body.get("recurrencyKind")
    transaction_id = body.get("transactionId")
    return charging_profile.Profile(
        id=body.get("id", body.get("chargingProfileId")),
        purpose=_PURPOSES[body["chargingProfilePurpose"]],
        kind=_MEANINGS[body["chargingProfileKind"]],
        stack_level=int(body["stackLevel"]),
        recurrency=None if recurrency is None else ("weekly" if recurrency == "Weekly" else "daily"),
        valid_from=_moment(body.get("validFrom")),
        valid_to=_moment(body.get("validTo")),
        transaction_id=None if transaction_id is None else str(transaction_id),
        schedules=tuple(map(_schedule, schedules if isinstance(schedules, list) else [schedules])),
    )


def _schedule(body: dict[str, Any]) -> charging_profile.Schedule:
    return charging_profile.Schedule(
        unit="A" if body["chargingRateUnit"] == "A" else "W",
        starts_at=_moment(body.get("startSchedule")),
        duration_s=body.get("duration"),
        min_rate=_decimal(body.get("minChargingRate")),
        periods=tuple(
            charging_profile.Period(
                start_s=int(period["startPeriod"]),
                limit=_decimal(period.get("limit")),
                phases=period.get("numberPhases"),
                phase_to_use=period.get("phaseToUse"),
            )
            for period in body["chargingSchedulePeriod"]
        ),
    )


def _moment(text: Any) -> datetime | None:
    return times.read(text)[0] if isinstance(text, str) else None


def _exact(rate: charging_profile.Rate | None) -> Decimal | None:
    return None if rate is None else charging_profile.exact(rate)


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
