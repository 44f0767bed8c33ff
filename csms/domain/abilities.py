"""What a charger says it cannot do, so that an order for it is refused with the reason instead of being sent. Pure.

1.6 lists its feature profiles, 2.x has a component for each block. What a charger does not tell it may well be able to.
Raw calls are never held back.
"""

from collections.abc import Mapping

from csms.domain import charging_profile, commands
from csms.domain.first_settings import Known

PROFILES = "SupportedFeatureProfiles"

_NEEDS: Mapping[type[commands.Command], tuple[str, str | None]] = {
    commands.CancelReservation: ("Reservation", "ReservationCtrlr"),
    commands.ClearChargingProfile: ("SmartCharging", "SmartChargingCtrlr"),
    commands.GetCompositeSchedule: ("SmartCharging", "SmartChargingCtrlr"),
    commands.GetDiagnostics: ("FirmwareManagement", None),
    commands.GetLocalListVersion: ("LocalAuthListManagement", "LocalAuthListCtrlr"),
    commands.Reserve: ("Reservation", "ReservationCtrlr"),
    commands.SendLocalList: ("LocalAuthListManagement", "LocalAuthListCtrlr"),
    commands.SetChargingProfile: ("SmartCharging", "SmartChargingCtrlr"),
    commands.Trigger: ("RemoteTrigger", None),
    commands.UpdateFirmware: ("FirmwareManagement", None),
}
"""Command -> the profile of 1.6, and the component of 2.x where it may be missing."""


_SHOWS_COSTS = ("CustomDisplayCostAndPrice", "TariffCostCtrlr.Enabled/Cost")
_SHOWS_PRICES = ("CustomDisplayCostAndPrice", "TariffCostCtrlr.Enabled/Tariff")
"""The keys of 1.6 and of 2.x that tell."""


def lacking(command: commands.Command, configuration: Known) -> str | None:
    """Why a charger with these settings cannot do it; None = it can, or nobody knows."""
    profile, component = _needs(command)
    listed = configuration.get(PROFILES, (None, True))[0]
    if profile is not None and listed and profile.casefold() not in _words(listed):
        return f"This charger lacks the OCPP 1.6 feature profile {profile}: it says it has {listed}."
    if component is not None and configuration.get(f"{component}.Available", (None, True))[0] == "false":
        return f"This charger lacks {component}: its variable {component}.Available is false."
    return None


def shows_costs(configuration: Known) -> bool:
    """Whether the charger said that it shows its drivers what a transaction costs."""
    return _any(configuration, _SHOWS_COSTS)


def shows_prices(configuration: Known) -> bool:
    """Whether it said that it shows them what charging will cost, when they identify themselves."""
    return _any(configuration, _SHOWS_PRICES)


def _any(configuration: Known, keys: tuple[str, ...]) -> bool:
    told = (configuration.get(key, (None, True))[0] for key in keys)
    return any(value is not None and value.strip().casefold() == "true" for value in told)


def _needs(command: commands.Command) -> tuple[str | None, str | None]:
    match command:
        case commands.GetDiagnostics(log_type=str()) | commands.UpdateFirmware(signing_certificate=str()):
            return None, None  # messages of the security whitepaper, which is no feature profile
        case commands.RemoteStart(profile=charging_profile.Profile()):
            return _NEEDS[commands.SetChargingProfile]
        case _:
            return _NEEDS.get(type(command), (None, None))


def _words(listed: str) -> set[str]:
    return {word.strip().casefold() for word in listed.split(",")}
