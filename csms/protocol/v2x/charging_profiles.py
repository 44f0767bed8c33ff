"""OCPP 2.x: a charging profile as 2.0.1 and 2.1 write it, whichever message carries it."""

from typing import Any

from csms.domain import charging_profile, inventory
from csms.protocol import profiles, versions


def payload(own: charging_profile.Profile, names: profiles.Names) -> dict[str, Any] | versions.CannotExpress:
    """The fields of a ChargingProfileType, in the version of these names."""
    unsaid = profiles.unsaid(own, names)
    if unsaid is not None:
        return versions.CannotExpress(f"This OCPP version has {unsaid}.")
    schedules = [{"id": number, **profiles.schedule(each)} for number, each in enumerate(own.schedules, start=1)]
    return {**profiles.written(own, names), "chargingSchedule": schedules}


def begun_with(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """An answered RequestStartTransaction may have brought a profile, whose transaction is to come."""
    if answer["status"] != "Accepted" or "chargingProfile" not in request:
        return ()
    profile = {**request["chargingProfile"], "remoteStartId": request["remoteStartId"]}
    return (profiles.held(profile, profiles.V21, request.get("evseId", 0)),)
