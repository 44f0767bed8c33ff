"""Reservations of an OCPP 1.6 charger: how one ends is told by the connector's status only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from csms.simulator import clock
from csms.simulator.messages import Payload
from csms.simulator.reservations import Reservation
from csms.simulator.v16 import handlers

if TYPE_CHECKING:
    from csms.simulator.charger import Charger


def _reserve(charger: Charger, call: Payload) -> Payload:
    reservation = Reservation(
        id=call["reservationId"],
        connector_id=call["connectorId"],
        token=call["idTag"],
        parent=call.get("parentIdTag"),
        expires_at=clock.moment(call["expiryDate"]),
    )
    return {"status": charger.reservations.reserve(reservation)}


def _cancel(charger: Charger, call: Payload) -> Payload:
    return handlers.accepted(charger.reservations.cancel(call["reservationId"]))


COMMANDS: Mapping[str, handlers.Handler] = {"CancelReservation": _cancel, "ReserveNow": _reserve}
