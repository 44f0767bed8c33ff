"""OCPP 1.6 Reservation: keep a connector for a token. What ends one is csms.domain.reservations' (rule 39)."""

from collections.abc import Mapping
from typing import Any

from csms.domain import commands, inventory, reservations
from csms.protocol import times, versions
from csms.protocol.v16 import answers, core_commands


def _reserve(command: commands.Reserve) -> dict[str, Any] | versions.CannotExpress:
    number = core_commands.connector(command.connector_id, command.evse_id)
    if isinstance(number, versions.CannotExpress):
        return number
    if not 0 < len(command.id_token.value) <= answers.MAX_ID_TAG:
        return versions.CannotExpress(f"An OCPP 1.6 idTag has 1 to {answers.MAX_ID_TAG} characters.")
    if command.reservation_id is None:
        return versions.CannotExpress("The order needs its reservation_id.")
    group = command.group_id is not None and len(command.group_id) <= answers.MAX_ID_TAG
    return {
        "connectorId": number or 0,
        "expiryDate": times.write(command.expires_at),
        "idTag": command.id_token.value,
        "reservationId": command.reservation_id,
        **({"parentIdTag": command.group_id} if group else {}),
    }


def _reserved(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    expires_at = times.read(request["expiryDate"])[0]
    if answer["status"] != "Accepted" or expires_at is None:
        return ()
    reservation_id, evse_id = request["reservationId"], request["connectorId"]
    return (reservations.made(request, reservation_id=reservation_id, evse_id=evse_id, expires_at=expires_at),)


def _cancel(command: commands.CancelReservation) -> dict[str, Any]:
    return {"reservationId": command.reservation_id}


def _cancelled(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """One that the charger does not know says nothing new."""
    return (reservations.ended(request["reservationId"], "cancelled"),) if answer["status"] == "Accepted" else ()


OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.CancelReservation: versions.Outgoing("CancelReservation", _cancel),
    commands.Reserve: versions.Outgoing("ReserveNow", _reserve),
}

CALLS: Mapping[str, versions.Learn] = {"CancelReservation": _cancelled, "ReserveNow": _reserved}
