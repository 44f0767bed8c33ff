"""Who calls what in each OCPP version, as the specifications say: the list that nothing may be missing from."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from csms import protocol
from csms.protocol import v2x, versions

Direction: TypeAlias = Literal["charger to server", "server to charger", "charger to server, SEND"]

_16 = (
    "Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat"
    " LogStatusNotification MeterValues SecurityEventNotification SignCertificate SignedFirmwareStatusNotification"
    " StartTransaction StatusNotification StopTransaction",
    "CancelReservation CertificateSigned ChangeAvailability ChangeConfiguration ClearCache ClearChargingProfile"
    " DataTransfer DeleteCertificate ExtendedTriggerMessage GetCompositeSchedule GetConfiguration GetDiagnostics"
    " GetInstalledCertificateIds GetLocalListVersion GetLog InstallCertificate RemoteStartTransaction"
    " RemoteStopTransaction ReserveNow Reset SendLocalList SetChargingProfile SignedUpdateFirmware TriggerMessage"
    " UnlockConnector UpdateFirmware",
)
_21 = (
    "BatterySwap ClosePeriodicEventStream GetCertificateChainStatus NotifyDERAlarm NotifyDERStartStop"
    " NotifyPriorityCharging NotifySettlement OpenPeriodicEventStream PullDynamicScheduleUpdate ReportDERControl"
    " VatNumberValidation",
    "AFRRSignal AdjustPeriodicEventStream ChangeTransactionTariff ClearDERControl ClearTariffs GetDERControl"
    " GetPeriodicEventStream GetTariffs NotifyAllowedEnergyTransfer NotifyWebPaymentStarted RequestBatterySwap"
    " SetDERControl SetDefaultTariff UpdateDynamicSchedule UsePriorityCharging",
)
"""What 2.1 adds to 2.0.1."""


class Action(NamedTuple):
    """An action of a version in one direction; `folder` is the version's package in `ocpp`."""

    version: versions.Version
    folder: str
    name: str
    direction: Direction

    def __str__(self) -> str:
        return f"{self.version.name} {self.name}, {self.direction}"


def _listed(subprotocol: str, folder: str, charger: frozenset[str], server: frozenset[str]) -> list[Action]:
    version = protocol.version(subprotocol)
    calls = [Action(version, folder, name, "charger to server") for name in sorted(charger)]
    return calls + [Action(version, folder, name, "server to charger") for name in sorted(server)]


_NEW = tuple(frozenset(names.split()) for names in _21)

ALL: Mapping[str, list[Action]] = {
    "1.6": _listed("ocpp1.6", "v16", *(frozenset(names.split()) for names in _16)),
    "2.0.1": _listed("ocpp2.0.1", "v201", v2x.FROM_CHARGER, v2x.FROM_SERVER),
    "2.1": [
        *_listed("ocpp2.1", "v21", v2x.FROM_CHARGER | _NEW[0], v2x.FROM_SERVER | _NEW[1]),
        Action(protocol.version("ocpp2.1"), "v21", "NotifyPeriodicEventStream", "charger to server, SEND"),
    ],
}
"""Version -> its actions."""

EVERY = [action for listed in ALL.values() for action in listed]
