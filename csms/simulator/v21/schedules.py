"""Dynamic schedules, priority charging, energy transfers and aFRR signals of a 2.1 charger."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from csms.domain.schedule import Installed
from csms.simulator.messages import Message, Payload
from csms.simulator.v2x import commands, smart_charging
from csms.simulator.v2x.station import Station


class Known:
    """What the charger was told of its transactions and by the grid."""

    def __init__(self, _station: Station) -> None:
        self.transfers: dict[str, list[str]] = {}
        self.signal: int | None = None


def _set(station: Station, call: Payload) -> Payload:
    answer = smart_charging.COMMANDS["SetChargingProfile"](station, call)
    interval = call["chargingProfile"].get("dynUpdateInterval", 0)
    if answer["status"] == "Accepted" and interval > 0:
        _pull_later(station, call["chargingProfile"]["id"], interval)
    return answer


def _pull_later(station: Station, profile_id: int, interval: int) -> None:
    """As long as it holds the profile, the charger asks for its values."""

    def pull() -> None:
        if _dynamic(station, profile_id) is None:
            return
        payload = {"chargingProfileId": profile_id}
        station.charger.exchange.outbox.add_notice(Message("PullDynamicScheduleUpdate", payload, answered=pulled))
        _pull_later(station, profile_id, interval)

    def pulled(answer: Payload) -> None:
        if answer.get("status") == "Accepted":
            _change(station, profile_id, answer.get("scheduleUpdate", {}))

    station.charger.agenda.at(station.charger.now() + interval, pull)


def _update(station: Station, call: Payload) -> Payload:
    return commands.accepted(_change(station, call["chargingProfileId"], call["scheduleUpdate"]))


def _dynamic(station: Station, profile_id: int) -> Installed | None:
    found = station.charger.limits.held.get(profile_id)
    return found if found is not None and found.profile.kind == "dynamic" else None


def _change(station: Station, profile_id: int, values: Payload) -> bool:
    """Take new values; a setpoint is a limit for a car that only charges."""
    found = _dynamic(station, profile_id)
    limit = values.get("setpoint", values.get("limit"))
    if found is None or limit is None:
        return False
    schedule = found.profile.schedules[0]
    period = msgspec.structs.replace(schedule.periods[0], limit=max(Decimal(str(limit)), Decimal(0)))
    own = msgspec.structs.replace(schedule, periods=(period,))
    profile = msgspec.structs.replace(found.profile, schedules=(own,))
    station.charger.limits.held[profile_id] = dataclasses.replace(found, profile=profile)
    station.charger.limits.apply()
    return True


def _priority(station: Station, call: Payload) -> Payload:
    limits, transaction = station.charger.limits, call["transactionId"]
    if not _runs(station, transaction):
        return commands.status("Rejected", "UnknownTransaction")
    if not any(each.profile.purpose == "priority" for each in limits.held.values()):
        return commands.status("NoProfile")
    limits.priority = limits.priority | {transaction} if call["activate"] else limits.priority - {transaction}
    limits.apply()
    return commands.status("Accepted")


def use_priority(station: Station, transaction: str, activate: bool = True) -> None:
    """The driver asks for priority at the charger, or gives it back, and the central system is told."""
    if _priority(station, {"transactionId": transaction, "activate": activate})["status"] == "Accepted":
        station.tell("NotifyPriorityCharging", {"transactionId": transaction, "activated": activate})


def _allow(station: Station, call: Payload) -> Payload:
    if not _runs(station, call["transactionId"]):
        return commands.status("Rejected", "UnknownTransaction")
    station.own(Known).transfers[call["transactionId"]] = call["allowedEnergyTransfer"]
    return commands.status("Accepted")


def _signal(station: Station, call: Payload) -> Payload:
    station.own(Known).signal = call["signal"]
    return commands.status("Accepted")


def _runs(station: Station, transaction: str) -> bool:
    sessions = (each.session for each in station.charger.connectors.values())
    return any(session is not None and session.transaction_id == transaction for session in sessions)


COMMANDS: Mapping[str, commands.Handler] = {
    "AFRRSignal": _signal,
    "NotifyAllowedEnergyTransfer": _allow,
    "SetChargingProfile": _set,
    "UpdateDynamicSchedule": _update,
    "UsePriorityCharging": _priority,
}
