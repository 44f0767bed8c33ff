"""OCPP 2.x reservation: keep an EVSE for a token. What ends one is csms.domain.reservations' (rule 39)."""

from collections.abc import Mapping
from typing import Any

from csms.domain import commands, inventory, reservations
from csms.protocol import notices, times, versions
from csms.protocol.v2x import answers

_ENDS = {"Expired": "expired", "Removed": "removed", "NoTransaction": "used"}
"""NoTransaction (2.1): it was used, and nothing was charged."""


def _outgoing(longest: int) -> Mapping[type[commands.Command], versions.Outgoing]:
    """The rows of a version whose tokens have up to `longest` characters."""

    def reserve(command: commands.Reserve) -> dict[str, Any] | versions.CannotExpress:
        return _reserve(command, longest)

    return {
        commands.CancelReservation: versions.Outgoing("CancelReservation", _cancel),
        commands.Reserve: versions.Outgoing("ReserveNow", reserve),
    }


def _reserve(command: commands.Reserve, longest: int) -> dict[str, Any] | versions.CannotExpress:
    if command.reservation_id is None:
        return versions.CannotExpress("The order needs its reservation_id.")
    return {
        "id": command.reservation_id,
        "expiryDateTime": times.write(command.expires_at),
        "idToken": {"idToken": command.id_token.value, "type": command.id_token.type},
        **({"evseId": command.evse_id} if command.evse_id else {}),
        **answers.group(command.group_id, longest),
    }


def _reserved(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    expires_at = times.read(request["expiryDateTime"])[0]
    if answer["status"] != "Accepted" or expires_at is None:
        return ()
    body = {name: value["idToken"] if name in ("idToken", "groupIdToken") else value for name, value in request.items()}
    evse_id = request.get("evseId", 0)
    return (reservations.made(body, reservation_id=request["id"], evse_id=evse_id, expires_at=expires_at),)


def _cancel(command: commands.CancelReservation) -> dict[str, Any]:
    return {"reservationId": command.reservation_id}


def _cancelled(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    return (reservations.ended(request["reservationId"], "cancelled"),) if answer["status"] == "Accepted" else ()


def _over(report: inventory.Body) -> tuple[inventory.Change, ...]:
    word = report["reservationUpdateStatus"]
    return (reservations.ended(report["reservationId"], _ENDS[word], reservationUpdateStatus=word),)


INCOMING: Mapping[str, versions.Incoming] = {
    "ReservationStatusUpdate": notices.row("ReservationStatusUpdate", _over),
}

OUTGOING, OUTGOING_21 = _outgoing(answers.LONGEST_201), _outgoing(answers.LONGEST_21)

CALLS: Mapping[str, versions.Learn] = {"CancelReservation": _cancelled, "ReserveNow": _reserved}
