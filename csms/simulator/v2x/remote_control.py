"""Remote control of a 2.x charger: start, stop, unlock, trigger."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from csms.simulator import authorization, operations
from csms.simulator import connector as connectors
from csms.simulator.messages import Payload
from csms.simulator.v2x import certificates, commands, diagnostics, firmware, shapes
from csms.simulator.v2x.station import Station


def _start(station: Station, call: Payload) -> Payload:
    token, evse_id = call["idToken"], call.get("evseId")
    connector = _place(station, evse_id)
    if connector is None:
        return commands.status("Rejected", "NoUsableEvse")
    grant = authorization.Grant(
        token=token["idToken"],
        kind=token["type"],
        parent=call.get("groupIdToken", {}).get("idToken"),
        remote_start_id=call["remoteStartId"],
    )
    answer = commands.status("Accepted")
    if connector.session is not None:
        answer["transactionId"] = connector.session.transaction_id
    if token["type"] == shapes.NO_TOKEN:
        station.charger.grant(connector, grant, authorization.ACCEPTED)
    else:
        operations.permit(station.charger, connector, grant)
    return answer


def _place(station: Station, evse_id: int | None) -> connectors.Connector | None:
    """The connector of the EVSE where somebody may charge, first one with a car."""
    if evse_id is None:
        return operations.choose(station.charger, None)
    usable = [connector for connector in station.connectors(evse_id) if station.charger.usable(connector)]
    return max(usable, key=lambda connector: connector.plugged, default=None)


def _stop(station: Station, call: Payload) -> Payload:
    return commands.accepted(operations.remote_stop(station.charger, call["transactionId"]))


def _unlock(station: Station, call: Payload) -> Payload:
    found = station.connectors(call["evseId"], call["connectorId"])
    if not found or call["evseId"] == 0:
        return commands.status("UnknownConnector")
    [connector] = found
    if connector.session is not None and connector.session.authorized:
        return commands.status("OngoingAuthorizedTransaction")
    operations.unlock(station.charger, connector.id)
    return commands.status("Unlocked")


def _trigger(station: Station, call: Payload) -> Payload:
    place = call.get("evse", {})
    affected = station.connectors(place.get("id"), place.get("connectorId"))
    send = TRIGGERS.get(call["requestedMessage"])
    if send is None:
        return commands.status("NotImplemented")
    return commands.accepted(bool(affected) and send(station, affected))


def _boot(station: Station, _affected: list[connectors.Connector]) -> bool:
    if station.charger.exchange.registered:
        return False
    station.charger.power.boot_reason = "Triggered"
    station.charger.exchange.outbox.add_urgent(station.charger.boot_message())
    return True


def _heartbeat(station: Station, _affected: list[connectors.Connector]) -> bool:
    station.charger.heartbeat()
    return True


def _status(station: Station, affected: list[connectors.Connector]) -> bool:
    for connector in affected:
        station.charger.availability.report(connector.id)
    return True


def _meter_values(station: Station, affected: list[connectors.Connector]) -> bool:
    for connector in affected:
        station.charger.sample_now(connector.id)
    return True


def _transaction_event(station: Station, affected: list[connectors.Connector]) -> bool:
    running = [connector for connector in affected if connector.session is not None]
    for connector in running:
        station.charger.transactions.tell(connector, "Trigger")
    return bool(running)


TRIGGERS: dict[str, Callable[[Station, list[connectors.Connector]], bool]] = {
    "BootNotification": _boot,
    "FirmwareStatusNotification": firmware.tell_status,
    "Heartbeat": _heartbeat,
    "LogStatusNotification": diagnostics.tell_status,
    "MeterValues": _meter_values,
    "PublishFirmwareStatusNotification": firmware.tell_published,
    "SignChargingStationCertificate": certificates.asker(certificates.STATION),
    "SignV2GCertificate": certificates.asker(certificates.V2G),
    "SignV2G20Certificate": certificates.asker(certificates.V2G_20),
    "StatusNotification": _status,
    "TransactionEvent": _transaction_event,
}
"""What TriggerMessage may ask for -> sends it for these connectors; False: there is nothing to send."""

COMMANDS: Mapping[str, commands.Handler] = {
    "RequestStartTransaction": _start,
    "RequestStopTransaction": _stop,
    "TriggerMessage": _trigger,
    "UnlockConnector": _unlock,
}
