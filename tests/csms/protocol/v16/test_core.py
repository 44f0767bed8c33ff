"""OCPP 1.6 Core, charger to server: each message as the domain hears it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from csms.domain import facts
from tests.csms.protocol.support import AT, frame, heard, meter, refused, start, status, stop, told

TEN = datetime(2026, 3, 1, 10, 0, 0, tzinfo=UTC)


def test_boot() -> None:
    payload = {
        "chargePointVendor": "Acme",
        "chargePointModel": "AC22",
        "chargePointSerialNumber": "S-1",
        "chargeBoxSerialNumber": "B-1",
        "firmwareVersion": "1.2",
        "iccid": "",
        "imsi": "262",
        "meterType": "M",
        "meterSerialNumber": "M-1",
    }
    assert told(facts.Boot, "BootNotification", payload) == facts.Boot(
        vendor="Acme",
        model="AC22",
        serial_number="S-1",
        firmware_version="1.2",
        imsi="262",
        meter_type="M",
        meter_serial_number="M-1",
    )


def test_an_old_charger_s_serial_number_is_that_of_its_box() -> None:
    payload = {"chargePointVendor": "V", "chargePointModel": "M", "chargeBoxSerialNumber": "B-1"}
    assert told(facts.Boot, "BootNotification", payload).serial_number == "B-1"


def test_heartbeat() -> None:
    assert told(facts.Heartbeat, "Heartbeat", {}) == facts.Heartbeat()


def test_status() -> None:
    payload = status(
        status="Faulted", errorCode="OtherError", timestamp=AT, info="x", vendorId="V", vendorErrorCode="9"
    )
    assert told(facts.StatusReport, "StatusNotification", payload) == facts.StatusReport(
        connector_id=1,
        evse_id=1,
        status="Faulted",
        error_code="OtherError",
        at=TEN,
        info="x",
        vendor_id="V",
        vendor_error_code="9",
    )


def test_rule_26_connector_0_is_the_whole_charger() -> None:
    report = told(facts.StatusReport, "StatusNotification", status(connectorId=0))
    assert (report.connector_id, report.evse_id, report.suspect) == (0, 0, ())
    assert told(facts.MeterReport, "MeterValues", meter(connectorId=0)).connector_id == 0


def test_rule_26_a_transaction_on_connector_0_is_suspect() -> None:
    assert told(facts.TransactionStart, "StartTransaction", start(connectorId=0)).suspect == ("connector_id_zero",)


def test_authorize() -> None:
    assert told(facts.Authorize, "Authorize", {"idTag": "TAG1"}) == facts.Authorize(id_token=facts.IdToken("TAG1"))


def test_start_transaction() -> None:
    fact = told(facts.TransactionStart, "StartTransaction", start(reservationId=5))
    assert fact == facts.TransactionStart(
        connector_id=1,
        evse_id=1,
        id_token=facts.IdToken("TAG1"),
        meter_start_wh=Decimal(1200),
        at=TEN,
        reservation_id=5,
        digest=fact.digest,
    )


@pytest.mark.parametrize(
    ("sent", "meant"), [("1200", "1200"), (1200.5, "1200.5"), ("1200.50", "1200.50"), (True, None), (10**40, None)]
)
def test_rule_13_a_register_in_another_form_is_read_if_it_can_be(sent: object, meant: str | None) -> None:
    fact = told(facts.TransactionStart, "StartTransaction", start(meterStart=sent))
    assert fact.meter_start_wh == (None if meant is None else Decimal(meant))
    assert fact.suspect


def test_rule_29_an_over_long_tag_of_a_running_transaction_is_kept_whole() -> None:
    fact = told(facts.TransactionStart, "StartTransaction", start(idTag="x" * 25))
    assert fact.id_token == facts.IdToken("x" * 25)
    assert fact.suspect == ("id_tag_length",)


def test_stop_transaction() -> None:
    fact = told(facts.TransactionStop, "StopTransaction", stop(idTag="TAG1", reason="Remote"))
    assert fact == facts.TransactionStop(
        transaction_id="17",
        meter_stop_wh=Decimal(2500),
        at=TEN,
        id_token=facts.IdToken("TAG1"),
        reason="Remote",
        digest=fact.digest,
    )


@pytest.mark.parametrize("reservation_id", [0, -1])
def test_rule_39_a_reservation_that_cannot_be_is_none(reservation_id: int) -> None:
    fact = told(facts.TransactionStart, "StartTransaction", start(reservationId=reservation_id))
    assert (fact.reservation_id, fact.suspect) == (None, ())


@pytest.mark.parametrize("transaction_id", [0, -1, 2**31 - 1])
def test_rule_35_a_stop_keeps_the_id_that_was_sent(transaction_id: int) -> None:
    fact = told(facts.TransactionStop, "StopTransaction", stop(transactionId=transaction_id))
    assert fact.transaction_id == str(transaction_id)
    assert fact.suspect == ()


def test_rule_36_an_empty_tag_is_no_tag() -> None:
    assert told(facts.TransactionStop, "StopTransaction", stop(idTag="")).id_token is None
    assert told(facts.TransactionStop, "StopTransaction", stop()).id_token is None


def test_rule_40_transaction_data_comes_with_the_stop() -> None:
    data = [
        {"timestamp": AT, "sampledValue": [{"value": "1200", "context": "Transaction.Begin"}]},
        {"timestamp": AT, "sampledValue": [{"value": "2500", "context": "Transaction.End"}]},
    ]
    fact = told(facts.TransactionStop, "StopTransaction", stop(transactionData=data))
    assert fact.readings == (
        facts.Reading(TEN, (facts.Sampled("1200", context="Transaction.Begin"),)),
        facts.Reading(TEN, (facts.Sampled("2500", context="Transaction.End"),)),
    )


def test_meter_values() -> None:
    fact = told(facts.MeterReport, "MeterValues", meter())
    assert fact == facts.MeterReport(
        connector_id=1,
        evse_id=1,
        transaction_id="17",
        readings=(facts.Reading(TEN, (facts.Sampled("1300"),)),),
        digest=fact.digest,
    )


@pytest.mark.parametrize("transaction_id", [0, -1, None])
def test_rule_37_meter_values_of_no_transaction_name_none(transaction_id: int | None) -> None:
    fact = told(facts.MeterReport, "MeterValues", meter(transactionId=transaction_id))
    assert fact.transaction_id is None
    assert fact.suspect == ()


def test_data_transfer() -> None:
    payload = {"vendorId": "V", "messageId": "m", "data": "{}"}
    assert told(facts.DataReport, "DataTransfer", payload) == facts.DataReport(vendor_id="V", message_id="m", data="{}")


def test_rule_55_a_stranger_s_data_transfer_is_no_error() -> None:
    assert told(facts.DataReport, "DataTransfer", {"vendorId": "x" * 300, "messageId": "y" * 90}).vendor_id == "x" * 300
    assert refused("DataTransfer", {}).code == "OccurenceConstraintViolation"


def test_rule_22_a_status_with_a_naive_time_is_taken_as_utc() -> None:
    report = told(facts.StatusReport, "StatusNotification", status(timestamp="2026-03-01T10:00:00"))
    assert (report.at, report.suspect) == (TEN, ("timestamp_naive",))


def test_rule_22_a_status_with_no_readable_time_is_still_a_status() -> None:
    report = told(facts.StatusReport, "StatusNotification", status(timestamp="noon"))
    assert (report.at, report.suspect) == (None, ("timestamp_unreadable",))


def test_numbers_of_a_record_survive_without_a_float_in_between() -> None:
    text = frame("StopTransaction", stop()).replace("2500", "2500.100000000000000000001")
    fact = heard(text)
    assert isinstance(fact, facts.TransactionStop)
    assert fact.meter_stop_wh == Decimal("2500.100000000000000000001")
