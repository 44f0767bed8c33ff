"""Remote control of a 2.x charger: start, stop, unlock, trigger."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from csms.simulator import authorization, operations
from csms.simulator import connector as connectors
from csms.simulator.messages import Message, Payload
from csms.simulator.v2x import certificates, commands, diagnostics, firmware, shapes
from csms.simulator.v2x.station import Station

_CUSTOM = "CustomTrigger"


def _start(station: Station, call: Payload) -> Payload:
    token, evse_id = call["idToken"], call.get("evseId")
    connector = _place(station, evse_id)
    if connector is None:
        return commands.status("Rejected", "NoUsableEvse")
    if not operations.brought(station.charger, connector, call.get("chargingProfile")):
        return commands.status("Rejected", "InvalidProfile")
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
    message, place = call["requestedMessage"], call.get("evse", {})
    if message == _CUSTOM and "customTrigger" not in call:
        return commands.status("Rejected", "NoCustomTrigger")
    send = CUSTOM_TRIGGERS.get(call["customTrigger"]) if message == _CUSTOM else TRIGGERS[message]
    if send is None:
        return commands.status("NotImplemented")
    if message == "StatusNotification" and "connectorId" not in place:
        return commands.status("Rejected", "NoConnector")
    affected = station.connectors(place.get("id"), place.get("connectorId"))
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
    """As it was asked for, also where the charger tells its changes in a NotifyEvent."""
    charger = station.charger
    for connector in affected:
        status = charger.dialect.availability(connector.status)
        told = shapes.status_notification(*station.evse_of(connector.id), status, charger.now())
        station.tell_now("StatusNotification", told)
    return True


def _events(station: Station, affected: list[connectors.Connector]) -> bool:
    for connector in affected:
        station.charger.availability.report(connector.id)
    return True


def _meter_values(station: Station, affected: list[connectors.Connector]) -> bool:
    """What clock-aligned data would tell, as a message of its own even while a transaction runs."""
    now, measurands = station.charger.now(), station.charger.settings.aligned
    for connector in affected if measurands else []:
        connector.advance(now)
        reading = connector.read(now, "Trigger", measurands)
        action, payload = station.charger.dialect.sampled(connector.id, reading)
        station.charger.exchange.outbox.add_urgent(Message(action, payload))
    return bool(measurands)


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
    "SignCombinedCertificate": certificates.asker(certificates.STATION, certificates.V2G),
    "SignV2GCertificate": certificates.asker(certificates.V2G),
    "SignV2G20Certificate": certificates.asker(certificates.V2G_20),
    "StatusNotification": _status,
    "TransactionEvent": _transaction_event,
}
"""What TriggerMessage may ask for -> sends it for these connectors; False: there is nothing to send."""

CUSTOM_TRIGGERS = {"NotifyEvent": _events}
"""Likewise, what 2.1 may ask for by a name of the charger's own (customTrigger)."""

COMMANDS: Mapping[str, commands.Handler] = {
    "RequestStartTransaction": _start,
    "RequestStopTransaction": _stop,
    "TriggerMessage": _trigger,
    "UnlockConnector": _unlock,
}
