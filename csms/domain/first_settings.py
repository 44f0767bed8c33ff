"""What a charger is asked and given at first, or nobody sees live energy (rule 21). Pure; used by the charger actor.

Keys it lacks are left alone. What an operator wants besides is in configuration templates.
"""

from collections.abc import Mapping
from typing import TypeAlias

from csms.domain import facts

Known: TypeAlias = Mapping[str, tuple[str | None, bool]]
"""Key -> value, and whether it is read-only."""

_SAMPLED, _ALIGNED = "SampledDataCtrlr", "AlignedDataCtrlr"
MASTER_PASS = "AuthCtrlr.MasterPassGroupId"
"""The group whose tokens end any transaction of a 2.x charger."""

LIMITS_2X = tuple(
    f"DeviceDataCtrlr.{each}PerMessage/{action}"
    for action in ("GetVariables", "SetVariables")
    for each in ("Items", "Bytes")
)
"""What is read first of all: how much it may be asked at a time."""

VARIABLES_2X = (
    "OCPPCommCtrlr.HeartbeatInterval",
    f"{_SAMPLED}.TxUpdatedInterval",
    f"{_SAMPLED}.TxUpdatedMeasurands",
    f"{_SAMPLED}.TxStartedMeasurands",
    f"{_SAMPLED}.TxEndedMeasurands",
    f"{_ALIGNED}.Interval",
    f"{_ALIGNED}.Measurands",
    "TxCtrlr.TxStartPoint",
    "TxCtrlr.TxStopPoint",
    MASTER_PASS,
    "TariffCostCtrlr.Currency/Tariff",
    "TariffCostCtrlr.Enabled/Cost",
    "TariffCostCtrlr.Enabled/Tariff",
    "LocalAuthListCtrlr.Available",
    "ReservationCtrlr.Available",
    "SmartChargingCtrlr.Available",
    "LocalAuthListCtrlr.ItemsPerMessage",
    "SmartChargingCtrlr.PeriodsPerSchedule",
    "SmartChargingCtrlr.ProfileStackLevel",
    "SmartChargingCtrlr.RateUnit",
)
"""What is read then."""

READS_2X = ((), LIMITS_2X, VARIABLES_2X)
"""All of it, which comes in reports as the charger finds time; and meanwhile what is needed at once."""

NOTED_2X = frozenset(LIMITS_2X + VARIABLES_2X)
"""The few of a charger's thousands of variables that its state keeps."""


def master_pass(known: Known) -> str | None:
    """The group of the charger's master passes, if it has any."""
    return known.get(MASTER_PASS, (None, False))[0] or None


def missing_16(known: Known, sample_interval_s: int) -> list[tuple[str, str]]:
    """The keys of OCPP 1.6 to set."""
    missing = _interval(known, "MeterValueSampleInterval", sample_interval_s)
    return missing + _measurands(known, "MeterValuesSampledData")


def missing_2x(known: Known, sample_interval_s: int) -> list[tuple[str, str]]:
    """The variables of OCPP 2.x to set. A charger that sends no samples is asked for clock-aligned values instead."""
    sampled = f"{_SAMPLED}.TxUpdatedInterval" in known
    missing = _interval(known, f"{_SAMPLED}.TxUpdatedInterval", sample_interval_s)
    for when in ("TxStarted", "TxUpdated", "TxEnded"):
        missing += _measurands(known, f"{_SAMPLED}.{when}Measurands")
    if not sampled:
        missing += _interval(known, f"{_ALIGNED}.Interval", sample_interval_s)
    return missing + _measurands(known, f"{_ALIGNED}.Measurands")


def _interval(known: Known, key: str, seconds: int) -> list[tuple[str, str]]:
    value, readonly = known.get(key, (None, True))
    return [(key, str(seconds))] if not readonly and (value or "0").strip() == "0" else []


def _measurands(known: Known, key: str) -> list[tuple[str, str]]:
    value, readonly = known.get(key, (None, True))
    if readonly or facts.REGISTER in (value or ""):
        return []
    return [(key, ",".join(filter(None, (value, facts.REGISTER))))]
