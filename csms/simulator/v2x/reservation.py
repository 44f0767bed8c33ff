"""Reservations of a 2.x charger: of an EVSE, of any EVSE, or of any with a type of connector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from csms.simulator import clock
from csms.simulator.messages import Payload
from csms.simulator.reservations import Reservation
from csms.simulator.v2x import commands, variables
from csms.simulator.v2x.device_model import Variable
from csms.simulator.v2x.station import Station


class Watch:
    """Tells how reservations end by themselves."""

    def __init__(self, station: Station) -> None:
        self._station = station
        station.charger.reservations.ended = self._ended

    def _ended(self, reservation: Reservation, how: str) -> None:
        payload = {"reservationId": reservation.id, "reservationUpdateStatus": how}
        self._station.keep("ReservationStatusUpdate", payload)


def _reserve(station: Station, call: Payload) -> Payload:
    station.own(Watch)
    number = _place(station, call)
    if number is None:
        return commands.status("Rejected", "NoSuchPlace")
    reservation = Reservation(
        id=call["id"],
        connector_id=number,
        token=call["idToken"]["idToken"],
        parent=call.get("groupIdToken", {}).get("idToken"),
        expires_at=clock.moment(call["expiryDateTime"]),
    )
    return commands.status(station.charger.reservations.reserve(reservation))


def _place(station: Station, call: Payload) -> int | None:
    """The connector of the charger, 0 for any; None for what it has not."""
    if call.get("connectorType", variables.CONNECTOR_TYPE) != variables.CONNECTOR_TYPE:
        return None
    if "evseId" not in call:
        return 0
    found = station.connectors(call["evseId"])
    return found[0].id if found and call["evseId"] != 0 else None


def _cancel(station: Station, call: Payload) -> Payload:
    return commands.accepted(station.charger.reservations.cancel(call["reservationId"]))


def inventory(station: Station) -> Iterator[Variable]:
    """ReservationCtrlr."""
    rows = variables.Rows(station, "ReservationCtrlr")
    yield rows.constant("Available", "true", "boolean")
    yield rows.constant("Enabled", "true", "boolean")
    yield rows.constant("NonEvseSpecific", "true", "boolean")


COMMANDS: Mapping[str, commands.Handler] = {"CancelReservation": _cancel, "ReserveNow": _reserve}
