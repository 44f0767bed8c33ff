"""What OCPP 2.0.1 and 2.1 share: one module a functional block, each with its rows for both directions.

v201 and v21 compose them and add what only they have. The actions of each direction are listed here once, so that an
action without a row is seen by a test and not by a charger.
"""


def actions(names: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(names.split())


FROM_CHARGER = actions(
    "Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification Get15118EVCertificate"
    " GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit NotifyCustomerInformation"
    " NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent NotifyMonitoringReport"
    " NotifyReport PublishFirmwareStatusNotification ReportChargingProfiles ReservationStatusUpdate"
    " SecurityEventNotification SignCertificate StatusNotification TransactionEvent"
)
"""What chargers of both versions call."""

FROM_SERVER = actions(
    "CancelReservation CertificateSigned ChangeAvailability ClearCache ClearChargingProfile ClearDisplayMessage"
    " ClearVariableMonitoring CostUpdated CustomerInformation DataTransfer DeleteCertificate GetBaseReport"
    " GetChargingProfiles GetCompositeSchedule GetDisplayMessages GetInstalledCertificateIds GetLocalListVersion GetLog"
    " GetMonitoringReport GetReport GetTransactionStatus GetVariables InstallCertificate PublishFirmware"
    " RequestStartTransaction RequestStopTransaction ReserveNow Reset SendLocalList SetChargingProfile"
    " SetDisplayMessage SetMonitoringBase SetMonitoringLevel SetNetworkProfile SetVariableMonitoring SetVariables"
    " TriggerMessage UnlockConnector UnpublishFirmware UpdateFirmware"
)
"""What a server may call in both versions."""
