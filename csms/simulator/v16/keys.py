"""The configuration keys of an OCPP 1.6 charger: names and text forms of its settings.

Used by `commands`. One row a key; a key without `write` is read-only, one without `read` can only be written.
"""

from __future__ import annotations

import binascii
import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from csms.simulator import limits, local_list, meter

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

MAX_KEYS = 100
"""Keys that one GetConfiguration may name."""
_PROFILES = "Core,FirmwareManagement,LocalAuthListManagement,RemoteTrigger,Reservation,SmartCharging"

Written = Literal["Accepted", "Rejected", "RebootRequired", "NotSupported"]


@dataclasses.dataclass(frozen=True, slots=True)
class Key:
    """One configuration key. `write` raises ValueError for a value that it cannot take."""

    read: Callable[[Charger], str] | None
    write: Callable[[Charger, str], None] | None = None
    at_reboot: bool = False


def read(charger: Charger, name: str) -> tuple[str, str, bool] | None:
    """(name as the charger spells it, value, readonly), or None for a key that it does not have or never shows."""
    spelled = _SPELLED.get(name.casefold())
    key = None if spelled is None else _KEYS[spelled]
    if spelled is None or key is None or key.read is None:
        return None
    return spelled, key.read(charger), key.write is None


def names() -> list[str]:
    """Every key that can be read."""
    return [name for name, key in _KEYS.items() if key.read is not None]


def write(charger: Charger, name: str, value: str) -> Written:
    """Change a key, now or at the next reboot."""
    spelled = _SPELLED.get(name.casefold())
    if spelled is None:
        return "NotSupported"
    key = _KEYS[spelled]
    if key.write is None:
        return "Rejected"
    try:
        if key.at_reboot:
            _number(value)
            charger.pending[spelled] = value
            return "RebootRequired"
        key.write(charger, value)
    except ValueError:
        return "Rejected"
    charger.retime()
    return "Accepted"


def restart(charger: Charger) -> None:
    """Take over what waited for the reboot."""
    for name, value in charger.pending.items():
        write_now = _KEYS[name].write
        if write_now is not None:
            write_now(charger, value)
    charger.pending.clear()


def _number(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _constant(value: str) -> Key:
    return Key(lambda _charger: value)


def _integer(attribute: str, *, at_reboot: bool = False) -> Key:
    return Key(
        lambda charger: str(getattr(charger.settings, attribute)),
        lambda charger, text: setattr(charger.settings, attribute, _number(text)),
        at_reboot,
    )


def _flag(attribute: str) -> Key:
    def write(charger: Charger, text: str) -> None:
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        setattr(charger.settings, attribute, text.lower() == "true")

    return Key(lambda charger: str(getattr(charger.settings, attribute)).lower(), write)


def _measurands(attribute: str) -> Key:
    def write(charger: Charger, text: str) -> None:
        wanted = tuple(part.strip() for part in text.split(",") if part.strip())
        if not set(wanted) <= set(meter.MEASURANDS):
            raise ValueError(text)
        setattr(charger.settings, attribute, wanted)

    return Key(lambda charger: ",".join(getattr(charger.settings, attribute)), write)


def _write_phases(charger: Charger, text: str) -> None:
    charger.settings.phase_rotation = text


def _write_password(charger: Charger, text: str) -> None:
    # The key travels as the hex of its bytes; old firmware takes the text itself.
    try:
        charger.password = binascii.unhexlify(text).decode()
    except (binascii.Error, UnicodeDecodeError):
        charger.password = text


def _write_list(charger: Charger, text: str) -> None:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    charger.local_list.enabled = text.lower() == "true"


_KEYS: dict[str, Key] = {
    "AllowOfflineTxForUnknownId": _flag("offline_unknown"),
    "AuthorizationCacheEnabled": _flag("cache_enabled"),
    "AuthorizationKey": Key(None, _write_password),
    "AuthorizeRemoteTxRequests": _flag("authorize_remote"),
    "ChargeProfileMaxStackLevel": _constant(str(limits.HIGHEST_LEVEL)),
    "ChargingScheduleAllowedChargingRateUnit": _constant("Current,Power"),
    "ChargingScheduleMaxPeriods": _constant(str(limits.MOST_PERIODS)),
    "ClockAlignedDataInterval": _integer("aligned_interval"),
    "ConnectionTimeOut": _integer("connection_timeout"),
    "ConnectorPhaseRotation": Key(lambda charger: charger.settings.phase_rotation, _write_phases),
    "GetConfigurationMaxKeys": _constant(str(MAX_KEYS)),
    "HeartbeatInterval": _integer("heartbeat_interval"),
    "LocalAuthListEnabled": Key(lambda charger: str(charger.local_list.enabled).lower(), _write_list),
    "LocalAuthListMaxLength": _constant(str(local_list.MOST_ENTRIES)),
    "LocalAuthorizeOffline": _flag("offline_known"),
    "LocalPreAuthorize": _flag("pre_authorize"),
    "MaxChargingProfilesInstalled": _constant(str(limits.MOST_PROFILES)),
    "MeterValueSampleInterval": _integer("sample_interval"),
    "MeterValuesAlignedData": _measurands("aligned"),
    "MeterValuesSampledData": _measurands("sampled"),
    "NumberOfConnectors": Key(lambda charger: str(charger.config.connectors)),
    "ReserveConnectorZeroSupported": _constant("true"),
    "ResetRetries": _integer("reset_retries"),
    "SendLocalListMaxLength": _constant(str(local_list.MOST_IN_A_MESSAGE)),
    "StopTransactionOnEVSideDisconnect": _flag("stop_on_unplug"),
    "StopTransactionOnInvalidId": _flag("stop_on_invalid"),
    "StopTxnAlignedData": _measurands("stop_aligned"),
    "StopTxnSampledData": _measurands("stop_sampled"),
    "SupportedFeatureProfiles": _constant(_PROFILES),
    "TransactionMessageAttempts": _integer("record_attempts"),
    "TransactionMessageRetryInterval": _integer("record_retry_interval"),
    "UnlockConnectorOnEVSideDisconnect": _flag("unlock_on_unplug"),
    "WebSocketPingInterval": _integer("ping_interval", at_reboot=True),
}
_SPELLED = {name.casefold(): name for name in _KEYS}
