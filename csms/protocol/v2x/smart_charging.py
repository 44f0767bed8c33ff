"""OCPP 2.x smart charging: profiles, what they come to, limits from elsewhere, and what cars need and plan.

Makes the kinds "charging-profiles" (csms.protocol.profiles), "composite-schedules" (key: the EVSE asked about),
"limits" (key: the source, with "@" and the EVSE where it is one's), "ev-needs" and "ev-schedules" (key: the EVSE), and
of dynamic profiles (2.1) "dynamic-schedules" (key: the profile's id): the values that count now.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from csms.domain import charging_profile, commands, facts, inventory
from csms.protocol import fields, jsontext, notices, profiles, versions
from csms.protocol.v2x import charging_profiles

SCHEDULES = "composite-schedules"
LIMITS = "limits"
NEEDS = "ev-needs"
PLANS = "ev-schedules"
DYNAMIC = charging_profile.DYNAMIC
CHANGING = tuple(
    f"{value}{phase}"
    for value in ("limit", "dischargeLimit", "setpoint", "setpointReactive")
    for phase in ("", "_L2", "_L3")
)
"""What of a period may change in a dynamic schedule (2.1); the rest of it is told once, with the profile."""

Answer = dict[str, Any]


def _outgoing(names: profiles.Names) -> Mapping[type[commands.Command], versions.Outgoing]:
    """The rows of a version with these purposes and kinds."""
    return {
        commands.ClearChargingProfile: versions.Outgoing("ClearChargingProfile", _clear(names)),
        commands.GetCompositeSchedule: versions.Outgoing("GetCompositeSchedule", _composite),
        commands.SetChargingProfile: versions.Outgoing("SetChargingProfile", _set(names)),
    }


def _calls(names: profiles.Names) -> Mapping[str, versions.Learn]:
    """What the answers tell in such a version."""

    def held(request: Answer, answer: Answer) -> tuple[inventory.Change, ...]:
        if answer["status"] != "Accepted":
            return ()
        profile = request["chargingProfile"]
        return (profiles.held(profile, names, request["evseId"]), *_dynamic(profile))

    def cleared(request: Answer, answer: Answer) -> tuple[inventory.Change, ...]:
        criteria = request.get("chargingProfileCriteria", {})
        profile_id = request.get("chargingProfileId")
        return profiles.cleared(names, profile_id=profile_id, criteria=criteria, answer=answer)

    return {
        "ClearChargingProfile": cleared,
        "GetChargingProfiles": _asked,
        "GetCompositeSchedule": _told,
        "RequestStartTransaction": charging_profiles.begun_with,
        "SetChargingProfile": held,
    }


def _incoming(unpromised: str) -> Mapping[str, versions.Incoming]:
    """What chargers report; `unpromised` is the answer to a car's needs that no profile will follow."""

    def promised(answer: facts.Answer) -> Answer:
        assert isinstance(answer, facts.NeedsAnswer)
        return {"status": "Accepted" if answer.promised else unpromised}

    return {
        "ClearedChargingLimit": notices.row("ClearedChargingLimit", _limit_cleared),
        "NotifyChargingLimit": notices.row("NotifyChargingLimit", _limited),
        "NotifyEVChargingNeeds": versions.Incoming(_needs, promised),
        "NotifyEVChargingSchedule": notices.row("NotifyEVChargingSchedule", _planned, _accepted),
        "ReportChargingProfiles": notices.row("ReportChargingProfiles", _reported),
    }


# -- orders ------------------------------------------------------------------------------------------------------------


def _set(names: profiles.Names) -> versions.Builder:
    def build(command: commands.SetChargingProfile) -> Answer | versions.CannotExpress:
        own = command.profile
        if own.purpose == "tx" and own.transaction_id is None:
            return versions.CannotExpress("A tx profile needs the id of its transaction: transaction_id.")
        profile = charging_profiles.payload(own, names)
        if isinstance(profile, versions.CannotExpress):
            return profile
        return {"evseId": command.evse_id or 0, "chargingProfile": profile}

    return build


def _clear(names: profiles.Names) -> versions.Builder:
    def build(command: commands.ClearChargingProfile) -> Answer | versions.CannotExpress:
        if command.profile_id is not None:
            return {"chargingProfileId": command.profile_id}
        if command.purpose is not None and (command.purpose == "external" or command.purpose not in names.purposes):
            ours = ", ".join(name for name in names.purposes if name != "external")
            return versions.CannotExpress(f"A central system clears profiles of purpose {ours} in this OCPP version.")
        criteria = {
            "evseId": command.evse_id,
            "chargingProfilePurpose": command.purpose and names.purposes[command.purpose],
            "stackLevel": command.stack_level,
        }
        return {"chargingProfileCriteria": {name: value for name, value in criteria.items() if value is not None}}

    return build


def _composite(command: commands.GetCompositeSchedule) -> Answer:
    unit = {"chargingRateUnit": command.unit} if command.unit else {}
    return {"evseId": command.evse_id or 0, "duration": command.duration_s, **unit}


def _told(request: Answer, answer: Answer) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted" or "schedule" not in answer:
        return ()
    return (inventory.Change(kind=SCHEDULES, put={str(request["evseId"]): jsontext.plain(answer["schedule"])}),)


def _asked(request: Answer, _: Answer) -> tuple[inventory.Change, ...]:
    """What fits is reported next, so what was known of it is forgotten; what was asked for by id is overwritten."""
    wanted = request["chargingProfile"]
    if not wanted.keys() <= {"chargingProfilePurpose", "stackLevel"}:
        return ()
    place = {"evseId": request["evseId"]} if "evseId" in request else {}
    return (inventory.Change(kind=profiles.KIND, where={**wanted, **place}),)


def _dynamic(profile: Answer) -> tuple[inventory.Change, ...]:
    if profile["chargingProfileKind"] != "Dynamic":
        return ()
    values = jsontext.plain(profile["chargingSchedule"][0]["chargingSchedulePeriod"][0])
    return (inventory.Change(kind=DYNAMIC, put={str(profile["id"]): inventory.pick(values, *CHANGING)}),)


# -- reports -----------------------------------------------------------------------------------------------------------


def _accepted(_: facts.Answer) -> Answer:
    return {"status": "Accepted"}


def _reported(report: inventory.Body) -> tuple[inventory.Change, ...]:
    origin = {"evseId": report["evseId"], "chargingLimitSource": report["chargingLimitSource"]}
    put = {str(profile["id"]): {**profile, **origin} for profile in report["chargingProfile"]}
    return (inventory.Change(kind=profiles.KIND, put=put),)


def _source(report: inventory.Body, source: str) -> str:
    return f"{source}@{report['evseId']}" if report.get("evseId") else source


def _limited(report: inventory.Body) -> tuple[inventory.Change, ...]:
    key = _source(report, report["chargingLimit"]["chargingLimitSource"])
    return (inventory.Change(kind=LIMITS, put={key: report}),)


def _limit_cleared(report: inventory.Body) -> tuple[inventory.Change, ...]:
    return (inventory.Change(kind=LIMITS, drop=(_source(report, report["chargingLimitSource"]),)),)


def _planned(report: inventory.Body) -> tuple[inventory.Change, ...]:
    return (inventory.Change(kind=PLANS, put={str(report["evseId"]): report}),)


def _needs(report: fields.Fields) -> facts.ChargingNeeds:
    body = notices.plain(report.payload)
    evse_id = report.number("evseId", 0, fields.INT32)
    return facts.ChargingNeeds(
        action="NotifyEVChargingNeeds",
        payload=jsontext.encode(body),
        changes=(inventory.Change(kind=NEEDS, put={str(evse_id): body}),),
        evse_id=evse_id,
        schedule=_most(report.whole("chargingNeeds")),
        suspect=report.suspect,
    )


_PHASES = {"AC_single_phase": 1, "AC_two_phase": 2, "AC_three_phase": 3}


def _most(needs: fields.Fields) -> charging_profile.Schedule | None:
    """What the car can take at most; None where it does not say."""
    for name, read in (("acChargingParameters", _alternating), ("dcChargingParameters", _direct)):
        parameters = needs.part(name)
        if parameters is not None:
            return read(parameters, _PHASES.get(needs.words("requestedEnergyTransfer")))
    return None


def _alternating(car: fields.Fields, phases: int | None) -> charging_profile.Schedule | None:
    return _constant("A", car.decimal("evMaxCurrent"), phases)


def _direct(car: fields.Fields, _: int | None) -> charging_profile.Schedule | None:
    power, current, volts = (car.decimal(name) for name in ("evMaxPower", "evMaxCurrent", "evMaxVoltage"))
    return _constant("W", power or (None if current is None or volts is None else current * volts), None)


def _constant(
    unit: charging_profile.Unit, limit: Decimal | None, phases: int | None
) -> charging_profile.Schedule | None:
    if limit is None or limit >= charging_profile.MOST:
        return None
    exact = limit.quantize(charging_profile.STEP)
    if exact <= 0:
        return None
    return charging_profile.Schedule(
        unit=unit, periods=(charging_profile.Period(start_s=0, limit=exact, phases=phases),)
    )


INCOMING = _incoming("Rejected")
INCOMING_21 = _incoming("NoChargingProfile")
OUTGOING, OUTGOING_21 = _outgoing(profiles.V201), _outgoing(profiles.V21)
CALLS, CALLS_21 = _calls(profiles.V201), _calls(profiles.V21)
