"""The components and variables that every simulated 2.x charger has, and how they hang on its settings.

Used by `station`. One row a variable; blocks with variables of their own have a function `variables` like those here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from csms.simulator import clock, meter
from csms.simulator.v2x.device_model import Component, DataType, Variable, split

if TYPE_CHECKING:
    from csms.simulator.v2x.station import Station

MAX_ITEMS = 50
"""Variables that one GetVariables, SetVariables or GetReport may name."""
MAX_BYTES = 65_536
"""Length of one such message."""
CONNECTOR_TYPE = "cType2"
_POINTS = ("ParkingBayOccupancy", "EVConnected", "Authorized", "DataSigned", "PowerPathClosed", "EnergyTransfer")
_PASSWORD = (16, 40)
"""How long a password for basic authentication is."""


class Rows:
    """Makes the rows of a component whose variables are settings of the charger."""

    def __init__(self, station: Station, component: str) -> None:
        self._charger = station.charger
        self._settings = station.charger.settings
        self._component = Component(component)

    def constant(self, name: str, value: str, kind: DataType = "string", *, instance: str | None = None) -> Variable:
        """What never changes."""
        return Variable(component=self._component, name=name, instance=instance, kind=kind, read=lambda: value)

    def reading(self, name: str, read: Callable[[], str], kind: DataType = "string") -> Variable:
        """What changes by itself."""
        return Variable(component=self._component, name=name, kind=kind, read=read)

    def seconds(self, name: str, attribute: str, *, low: int = 0, at_reboot: bool = False) -> Variable:
        """A setting in seconds."""
        return self.integer(name, attribute, low=low, at_reboot=at_reboot, unit="s")

    def integer(
        self,
        name: str,
        attribute: str,
        *,
        instance: str | None = None,
        low: int = 0,
        at_reboot: bool = False,
        unit: str | None = None,
    ) -> Variable:
        """A whole number."""
        return Variable(
            component=self._component,
            name=name,
            instance=instance,
            kind="integer",
            unit=unit,
            low=low,
            read=lambda: str(getattr(self._settings, attribute)),
            write=lambda text: self._set(attribute, int(text)),
            at_reboot=at_reboot,
        )

    def flag(self, name: str, attribute: str) -> Variable:
        """Yes or no."""
        return Variable(
            component=self._component,
            name=name,
            kind="boolean",
            read=lambda: str(getattr(self._settings, attribute)).lower(),
            write=lambda text: self._set(attribute, text.lower() == "true"),
            monitored=True,
        )

    def members(self, name: str, attribute: str, values: tuple[str, ...]) -> Variable:
        """Some of a list."""
        return Variable(
            component=self._component,
            name=name,
            kind="MemberList",
            values=values,
            read=lambda: ",".join(getattr(self._settings, attribute)),
            write=lambda text: self._set(attribute, split(text)),
        )

    def text(self, name: str, read: Callable[[], str] | None, write: Callable[[str], None], **more: int) -> Variable:
        """Free text."""
        return Variable(component=self._component, name=name, read=read, write=write, high=more.get("longest"))

    def _set(self, attribute: str, value: object) -> None:
        setattr(self._settings, attribute, value)
        self._charger.retime()


def base(station: Station) -> Iterator[Variable]:
    """What every charger has."""
    yield from _hardware(station)
    yield from _authorization(station)
    yield from _communication(station)
    yield from _metering(station)
    yield from _security(station)
    yield from _transactions(station)
    yield from _extra(station)


def _hardware(station: Station) -> Iterator[Variable]:
    charger = station.charger
    whole = Rows(station, "ChargingStation")
    yield whole.reading("AvailabilityState", lambda: "Available" if charger.operative else "Unavailable", "OptionList")
    yield whole.constant("Available", "true", "boolean")
    yield whole.constant("Problem", "false", "boolean")
    yield whole.constant("SupplyPhases", "3", "integer")
    yield whole.constant("VendorName", charger.config.vendor)
    yield whole.constant("Model", charger.config.model)
    yield whole.constant("SerialNumber", charger.config.id[:25])
    yield whole.reading("FirmwareVersion", lambda: charger.firmware_version)
    yield Variable(
        component=Component("ChargingStation"),
        name="Temperature",
        kind="decimal",
        unit="Celsius",
        high=150,
        read=lambda: f"{station.temperature:.1f}",
        monitored=True,
    )
    for evse_id in station.evse_ids:
        yield from _evse(station, evse_id)


def _evse(station: Station, evse_id: int) -> Iterator[Variable]:
    connectors = station.connectors(evse_id)

    def availability() -> str:
        states = {station.charger.dialect.availability(each.status) for each in connectors}
        return next((state for state in ("Occupied", "Faulted", "Unavailable") if state in states), "Available")

    place = Component("EVSE", evse=evse_id)
    highest = max(each.max_power_w for each in connectors)
    yield Variable(component=place, name="AvailabilityState", kind="OptionList", read=availability, monitored=True)
    yield Variable(component=place, name="Available", kind="boolean", read=lambda: "true")
    yield Variable(component=place, name="SupplyPhases", kind="integer", read=lambda: "3")
    yield Variable(component=place, name="AllowReset", kind="boolean", read=lambda: "true")
    yield Variable(
        component=place,
        name="Power",
        kind="decimal",
        unit="W",
        high=highest,
        read=lambda: f"{sum(each.meter.power_w for each in connectors):.1f}",
        monitored=True,
    )
    for each in connectors:
        yield from _connector(station, each.id)


def _connector(station: Station, number: int) -> Iterator[Variable]:
    connector, dialect = station.charger.connectors[number], station.charger.dialect
    evse_id, inside = station.evse_of(number)
    place = Component("Connector", evse=evse_id, connector=inside)
    yield Variable(
        component=place,
        name="AvailabilityState",
        kind="OptionList",
        values=("Available", "Occupied", "Reserved", "Unavailable", "Faulted"),
        read=lambda: dialect.availability(connector.status),
        monitored=True,
    )
    yield Variable(component=place, name="Available", kind="boolean", read=lambda: "true")
    yield Variable(component=place, name="ConnectorType", read=lambda: CONNECTOR_TYPE)
    yield Variable(component=place, name="SupplyPhases", kind="integer", read=lambda: "3")
    yield Variable(
        component=place,
        name="Problem",
        kind="boolean",
        read=lambda: str(connector.error_code != "NoError").lower(),
        monitored=True,
    )


def _authorization(station: Station) -> Iterator[Variable]:
    rows = Rows(station, "AuthCtrlr")
    yield rows.constant("Enabled", "true", "boolean")
    yield rows.flag("AuthorizeRemoteStart", "authorize_remote")
    yield rows.flag("LocalAuthorizeOffline", "offline_known")
    yield rows.flag("LocalPreAuthorize", "pre_authorize")
    yield rows.flag("OfflineTxForUnknownIdEnabled", "offline_unknown")
    yield Rows(station, "AuthCacheCtrlr").flag("Enabled", "cache_enabled")


def _communication(station: Station) -> Iterator[Variable]:
    charger = station.charger
    rows = Rows(station, "OCPPCommCtrlr")
    yield rows.seconds("HeartbeatInterval", "heartbeat_interval", low=1)
    yield rows.seconds("WebSocketPingInterval", "ping_interval", at_reboot=True)
    yield rows.integer("MessageAttempts", "record_attempts", instance="TransactionEvent", low=1)
    yield rows.integer("MessageAttemptInterval", "record_retry_interval", instance="TransactionEvent", unit="s")
    yield rows.constant("MessageTimeout", f"{charger.config.response_timeout:.0f}", "integer", instance="Default")
    yield rows.integer("ResetRetries", "reset_retries")
    yield rows.flag("UnlockOnEVSideDisconnect", "unlock_on_unplug")
    yield rows.constant("FileTransferProtocols", "HTTP,HTTPS", "MemberList")
    yield rows.integer("OfflineThreshold", "offline_threshold", unit="s")
    yield rows.constant("RetryBackOffWaitMinimum", f"{charger.config.backoff_min:.0f}", "integer")
    yield rows.constant("RetryBackOffRepeatTimes", "5", "integer")
    yield rows.constant("RetryBackOffRandomRange", "1", "integer")
    clocks = Rows(station, "ClockCtrlr")
    yield clocks.reading("DateTime", lambda: clock.stamp(charger.now()), "dateTime")
    yield clocks.constant("TimeSource", "Heartbeat", "SequenceList")
    data = Rows(station, "DeviceDataCtrlr")
    for message in ("GetReport", "GetVariables", "SetVariables"):
        yield data.constant("ItemsPerMessage", str(MAX_ITEMS), "integer", instance=message)
        yield data.constant("BytesPerMessage", str(MAX_BYTES), "integer", instance=message)


def _metering(station: Station) -> Iterator[Variable]:
    sampled = Rows(station, "SampledDataCtrlr")
    yield sampled.constant("Enabled", "true", "boolean")
    yield sampled.seconds("TxUpdatedInterval", "sample_interval")
    yield sampled.members("TxStartedMeasurands", "start_sampled", meter.MEASURANDS)
    yield sampled.members("TxUpdatedMeasurands", "sampled", meter.MEASURANDS)
    yield sampled.members("TxEndedMeasurands", "stop_sampled", meter.MEASURANDS)
    yield sampled.constant("TxEndedInterval", "0", "integer")
    aligned = Rows(station, "AlignedDataCtrlr")
    yield aligned.constant("Enabled", "true", "boolean")
    yield aligned.seconds("Interval", "aligned_interval")
    yield aligned.members("Measurands", "aligned", meter.MEASURANDS)
    yield aligned.members("TxEndedMeasurands", "stop_aligned", meter.MEASURANDS)
    yield aligned.constant("TxEndedInterval", "0", "integer")


def _security(station: Station) -> Iterator[Variable]:
    charger = station.charger

    def new_password(text: str) -> None:
        if not _PASSWORD[0] <= len(text) <= _PASSWORD[1]:
            raise ValueError("length")
        charger.change_password(text)

    rows = Rows(station, "SecurityCtrlr")
    yield rows.text("BasicAuthPassword", None, new_password, longest=_PASSWORD[1])
    yield rows.constant("Identity", charger.config.id)
    yield rows.constant("OrganizationName", charger.config.vendor)
    yield rows.constant("SecurityProfile", "1" if charger.password else "0", "integer")


def _transactions(station: Station) -> Iterator[Variable]:
    rows = Rows(station, "TxCtrlr")
    yield rows.seconds("EVConnectionTimeOut", "connection_timeout")
    yield rows.flag("StopTxOnEVSideDisconnect", "stop_on_unplug")
    yield rows.flag("StopTxOnInvalidId", "stop_on_invalid")
    yield rows.members("TxStartPoint", "start_points", _POINTS)
    yield rows.members("TxStopPoint", "stop_points", _POINTS)


_MODULE = 10
"""Variables of one of the extra components."""


def _extra(station: Station) -> Iterator[Variable]:
    """As many more as the configuration asks for: temperatures of power modules."""
    for number in range(station.charger.config.extra_variables):
        module, sensor = divmod(number, _MODULE)
        yield Variable(
            component=Component("PowerModule", f"{module + 1:04d}"),
            name="Temperature",
            instance=f"{sensor + 1}",
            kind="decimal",
            unit="Celsius",
            read=lambda: "31.5",
            monitored=True,
        )
