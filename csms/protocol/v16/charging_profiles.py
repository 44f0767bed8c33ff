"""OCPP 1.6: a charging profile as this version writes it, whichever message carries it."""

from typing import Any

from csms.domain import charging_profile, inventory
from csms.protocol import profiles, versions
from csms.protocol.v16 import transaction_ids


def payload(own: charging_profile.Profile) -> dict[str, Any] | versions.CannotExpress:
    """The fields of a ChargingProfile."""
    unsaid = profiles.unsaid(own, profiles.V16)
    if unsaid is not None:
        return versions.CannotExpress(f"OCPP 1.6 has {unsaid}.")
    if len(own.schedules) != 1:
        return versions.CannotExpress("In OCPP 1.6 a profile has one schedule.")
    profile = profiles.written(own, profiles.V16)
    if "transactionId" in profile:
        transaction_id = transaction_ids.number(profile["transactionId"])
        if isinstance(transaction_id, versions.CannotExpress):
            return transaction_id
        profile["transactionId"] = transaction_id
    return {**profile, "chargingSchedule": profiles.schedule(own.schedules[0])}


def begun_with(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """An answered RemoteStartTransaction may have brought a profile, whose transaction is to come."""
    if answer["status"] != "Accepted" or "chargingProfile" not in request:
        return ()
    return (profiles.held(request["chargingProfile"], profiles.V16, request.get("connectorId", 0)),)
