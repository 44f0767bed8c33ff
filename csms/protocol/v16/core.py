"""OCPP 1.6 Core, charger to server: payload -> fact, one function an action."""

from collections.abc import Mapping
from typing import Any

from csms.domain import facts
from csms.protocol import fields, jsontext, versions
from csms.protocol.v16 import answers, metering


def _boot(report: fields.Fields) -> facts.Boot:
    return facts.Boot(
        vendor=report.words("chargePointVendor"),
        model=report.words("chargePointModel"),
        serial_number=report.text("chargePointSerialNumber") or report.text("chargeBoxSerialNumber"),
        firmware_version=report.text("firmwareVersion"),
        iccid=report.text("iccid"),
        imsi=report.text("imsi"),
        meter_type=report.text("meterType"),
        meter_serial_number=report.text("meterSerialNumber"),
        suspect=report.suspect,
    )


def _heartbeat(report: fields.Fields) -> facts.Heartbeat:
    return facts.Heartbeat(suspect=report.suspect)


def _status(report: fields.Fields) -> facts.StatusReport:
    connector_id = _connector(report)
    at = report.time("timestamp")
    return facts.StatusReport(
        connector_id=connector_id,
        evse_id=connector_id,
        status=report.words("status"),
        error_code=report.words("errorCode"),
        at=at,
        info=report.text("info"),
        vendor_id=report.text("vendorId"),
        vendor_error_code=report.text("vendorErrorCode"),
        suspect=report.suspect,
    )


def _authorize(report: fields.Fields) -> facts.Authorize:
    return facts.Authorize(id_token=facts.IdToken(report.words("idTag")), suspect=report.suspect)


def _start(report: fields.Fields) -> facts.TransactionStart:
    connector_id = _connector(report)
    if connector_id == 0:
        report.doubt("connector_id_zero")
    id_tag = report.payload.get("idTag")
    meter_start = report.decimal("meterStart")
    reservation_id = report.integer("reservationId", 1)
    at = report.time("timestamp")
    return facts.TransactionStart(
        connector_id=connector_id,
        evse_id=connector_id,
        id_token=facts.IdToken(id_tag) if isinstance(id_tag, str) else None,
        meter_start_wh=meter_start,
        at=at,
        reservation_id=reservation_id,
        digest=report.digest(),
        suspect=report.suspect,
    )


def _stop(report: fields.Fields) -> facts.TransactionStop:
    # 0, -1 and strangers stay as sent: which session is meant is for the domain to find (rule 35).
    transaction_id = report.number("transactionId")
    id_tag = report.text("idTag")
    meter_stop = report.decimal("meterStop")
    at = report.time("timestamp")
    readings = metering.readings(report, "transactionData") or ()
    return facts.TransactionStop(
        transaction_id=str(transaction_id),
        meter_stop_wh=meter_stop,
        at=at,
        id_token=facts.IdToken(id_tag) if id_tag is not None else None,
        reason=report.text("reason"),
        readings=readings,
        digest=report.digest(),
        suspect=report.suspect,
    )


def _meter(report: fields.Fields) -> facts.MeterReport:
    connector_id = _connector(report)
    readings = metering.readings(report, "meterValue")
    if readings is None or (report.payload["meterValue"] and not any(reading.values for reading in readings)):
        raise fields.FieldError("meterValue")
    # Chargers send 0 or -1 for "no transaction": such an id names none (rule 35).
    transaction_id = report.integer("transactionId", 1)
    return facts.MeterReport(
        connector_id=connector_id,
        evse_id=connector_id,
        transaction_id=None if transaction_id is None else str(transaction_id),
        readings=readings,
        digest=report.digest(),
        suspect=report.suspect,
    )


def _data_transfer(report: fields.Fields) -> facts.DataReport:
    return facts.DataReport(
        vendor_id=report.words("vendorId"),
        message_id=report.text("messageId"),
        data=_data(report.payload.get("data")),
        suspect=report.suspect,
    )


def _data(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else jsontext.encode(value)


def _connector(report: fields.Fields) -> int:
    """connectorId, which is the EVSE's id too: in 1.6 a connector is an EVSE with one connector."""
    return report.number("connectorId", 0, fields.INT32)


INCOMING: Mapping[str, versions.Incoming] = {
    "Authorize": versions.Incoming(_authorize, answers.payload),
    "BootNotification": versions.Incoming(_boot, answers.payload),
    "DataTransfer": versions.Incoming(_data_transfer, answers.payload),
    "Heartbeat": versions.Incoming(_heartbeat, answers.payload),
    "MeterValues": versions.Incoming(_meter, answers.payload, transaction=True),
    "StartTransaction": versions.Incoming(_start, answers.payload, transaction=True),
    "StatusNotification": versions.Incoming(_status, answers.payload),
    "StopTransaction": versions.Incoming(_stop, answers.payload, transaction=True),
}
