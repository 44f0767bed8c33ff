"""Smart charging of a 2.x charger: profiles, composite schedules, limits from elsewhere, and what the car wants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from csms.domain.charging_profile import Period, Profile, Schedule
from csms.domain.schedule import Installed
from csms.protocol import profiles
from csms.simulator import clock, limits
from csms.simulator.connector import Connector
from csms.simulator.messages import Message, Payload
from csms.simulator.v2x import commands, variables
from csms.simulator.v2x.device_model import Variable
from csms.simulator.v2x.station import Station

_OURS = "CSO"
"""The source of what the central system sets."""
_OUTSIDE = 1_000_000
"""The profiles of limits from elsewhere are numbered from here, by EVSE."""


class Held:
    """The profiles as they were sent, by id, so that they are reported in full; and whose cars wait for one."""

    def __init__(self, station: Station) -> None:
        self.sent: dict[int, Payload] = {}
        self.waiting: set[int] = set()
        """EVSEs whose car told what it needs."""


# -- what the central system orders ------------------------------------------------------------------------------------


def _set(station: Station, call: Payload) -> Payload:
    profile, number = call["chargingProfile"], _number(station, call["evseId"])
    if number is None:
        return commands.status("Rejected", "UnknownEvse")
    wanted = profiles.read({**profile, "evseId": number})
    if wanted is None or not station.charger.limits.take(wanted):
        return commands.status("Rejected", "InvalidProfile")
    station.own(Held).sent[profile["id"]] = profile
    _tell_car(station, call["evseId"], profile)
    return commands.status("Accepted")


def _clear(station: Station, call: Payload) -> Payload:
    criteria = call.get("chargingProfileCriteria", {})

    def fits(each: Installed) -> bool:
        told = {**profiles.written(each.profile, profiles.V21), "evseId": _evse(station, each)}
        named = call.get("chargingProfileId", each.profile.id) == each.profile.id
        return named and all(told.get(name) == value for name, value in criteria.items())

    return commands.status("Accepted" if station.charger.limits.clear(fits) else "Unknown")


def _get(station: Station, call: Payload) -> Payload:
    found: dict[tuple[int, str], list[Payload]] = {}
    for number, each in station.charger.limits.held.items():
        evse_id, source = _evse(station, each), _OURS if each.profile.purpose != "external" else "EMS"
        if call.get("evseId", evse_id) == evse_id and _fits(each, source, call["chargingProfile"]):
            found.setdefault((evse_id, source), []).append(station.own(Held).sent[number])
    if not found:
        return commands.status("NoProfiles")
    for left, ((evse_id, source), group) in zip(range(len(found) - 1, -1, -1), sorted(found.items()), strict=True):
        report = {"chargingLimitSource": source, "evseId": evse_id, "chargingProfile": group}
        station.tell("ReportChargingProfiles", {"requestId": call["requestId"], "tbc": left > 0, **report})
    return commands.status("Accepted")


def _fits(each: Installed, source: str, criteria: Payload) -> bool:
    told = profiles.written(each.profile, profiles.V21)
    return (
        told["id"] in criteria.get("chargingProfileId", [told["id"]])
        and source in criteria.get("chargingLimitSource", [source])
        and all(told[name] == criteria.get(name, told[name]) for name in ("chargingProfilePurpose", "stackLevel"))
    )


def _composite(station: Station, call: Payload) -> Payload:
    unit, number = call.get("chargingRateUnit", "W"), _number(station, call["evseId"])
    periods = None if number is None else station.charger.limits.composite(number, call["duration"], unit)
    if periods is None:
        return commands.status("Rejected", "UnknownEvse")
    schedule = {
        "evseId": call["evseId"],
        "duration": call["duration"],
        "scheduleStart": clock.stamp(int(station.charger.now())),
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [_period(each) for each in periods],
    }
    return {"status": "Accepted", "schedule": schedule}


def _period(each: Period) -> Payload:
    phases = {} if each.phases is None else {"numberPhases": each.phases}
    return {"startPeriod": each.start_s, "limit": float(each.limit or 0), **phases}


def _number(station: Station, evse_id: int) -> int | None:
    """The connector of the charger that an EVSE's profile counts for: where somebody charges, else its first."""
    found = station.connectors(evse_id)
    if evse_id == 0 or not found:
        return 0 if evse_id == 0 else None
    return max(found, key=lambda connector: connector.session is not None).id


def _evse(station: Station, each: Installed) -> int:
    return station.evse_of(each.connector_id)[0] if each.connector_id else 0


# -- what comes from elsewhere -----------------------------------------------------------------------------------------


def constrain(station: Station, evse_id: int, limit_w: float | None, source: str = "EMS") -> None:
    """An energy manager on the site limits an EVSE (0: the whole charger), or with None lets go."""
    held, number = station.charger.limits.held, _OUTSIDE + evse_id
    place = {"evseId": evse_id} if evse_id else {}
    if limit_w is None:
        held.pop(number, None)
        station.tell("ClearedChargingLimit", {"chargingLimitSource": source, **place})
    else:
        installed, payload = _external(station, evse_id, number, limit_w)
        held[number], station.own(Held).sent[number] = installed, payload
        limit = {"chargingLimitSource": source, "isGridCritical": False}
        told = {"chargingLimit": limit, "chargingSchedule": payload["chargingSchedule"], **place}
        station.tell("NotifyChargingLimit", told)
    station.charger.limits.apply()


def _external(station: Station, evse_id: int, number: int, limit_w: float) -> tuple[Installed, Payload]:
    period = Period(start_s=0, limit=Decimal(str(limit_w)))
    profile = Profile(
        id=number, purpose="external", kind="relative", schedules=(Schedule(unit="W", periods=(period,)),)
    )
    schedule = {
        "id": number,
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_w}],
    }
    payload = {**profiles.written(profile, profiles.V201), "chargingSchedule": [schedule]}
    return Installed(profile, _number(station, evse_id) or 0), payload


def ask_for_a_schedule(station: Station, connector: Connector, energy_wh: int, departure: float | None = None) -> None:
    """The car (ISO 15118) says what it needs; when a profile for it comes, it says how it will charge."""
    evse_id, _ = station.evse_of(connector.id)
    station.own(Held).waiting.add(evse_id)
    needs: Payload = {
        "requestedEnergyTransfer": "AC_three_phase",
        "acChargingParameters": {
            "energyAmount": energy_wh,
            "evMinCurrent": 6,
            "evMaxCurrent": 32,
            "evMaxVoltage": 230,
        },
    }
    if departure is not None:
        needs["departureTime"] = clock.stamp(departure)
    payload = {"evseId": evse_id, "chargingNeeds": needs}
    station.charger.exchange.outbox.add_urgent(Message("NotifyEVChargingNeeds", payload))


def _tell_car(station: Station, evse_id: int, profile: Payload) -> None:
    waiting = station.own(Held).waiting
    if evse_id in waiting and profile["chargingProfilePurpose"] == "TxProfile":
        waiting.remove(evse_id)
        schedule = {"timeBase": clock.stamp(station.charger.now()), "chargingSchedule": profile["chargingSchedule"][0]}
        station.tell("NotifyEVChargingSchedule", {"evseId": evse_id, **schedule})


def inventory(station: Station) -> Iterator[Variable]:
    """SmartChargingCtrlr."""
    rows = variables.Rows(station, "SmartChargingCtrlr")
    yield rows.constant("Available", "true", "boolean")
    yield rows.constant("Enabled", "true", "boolean")
    yield rows.constant("Entries", str(limits.MOST_PROFILES), "integer", instance="ChargingProfiles")
    yield rows.constant("LimitChangeSignificance", "1", "decimal")
    yield rows.constant("PeriodsPerSchedule", str(limits.MOST_PERIODS), "integer")
    yield rows.constant("ProfileStackLevel", str(limits.HIGHEST_LEVEL), "integer")
    yield rows.constant("RateUnit", "A,W", "MemberList")


COMMANDS: Mapping[str, commands.Handler] = {
    "ClearChargingProfile": _clear,
    "GetChargingProfiles": _get,
    "GetCompositeSchedule": _composite,
    "SetChargingProfile": _set,
}
