"""How safely a charger signs in: its security profile, the way to another one (rule 57), and what is worth an alert.

The charger actor takes the steps and stores each before it goes on. A charger that is told to use another profile tries
it and falls back to the old one when that fails, so both are good until it has signed in with the new one; from then
on the new one alone. Pure.
"""

import msgspec

MOST = 3
REPEATED = 5
"""Refused sign-ins of one charger in a row that are worth an alert."""

# What OCPP calls critical (security events of the 1.6 whitepaper and of 2.x), in the spelling of each version, without
# what every boot and every correction of a clock makes: an alert for those would bury the others. And attempted
# replays, which OCPP does not call critical: nobody makes one by accident.
ALARMING = frozenset(
    {
        "FirmwareUpdated",
        "SecurityLogWasCleared",
        "MemoryExhaustion",
        "AttemptedReplayAttacks",
        "TamperDetectionActivated",
        "InvalidFirmwareSignature",
        "InvalidFirmwareSigningCertificate",
        "InvalidCentralSystemCertificate",
        "InvalidCsmsCertificate",
        "InvalidChargePointCertificate",
        "InvalidChargingStationCertificate",
        "InvalidTLSVersion",
        "InvalidTLSCipherSuite",
        "MaintenanceLoginAccepted",
        "MaintenanceLoginFailed",
    }
)
_FOLDED = frozenset(name.casefold() for name in ALARMING)


class Profile(msgspec.Struct, frozen=True):
    """The `current` security profile, 0 to 3, and the one that the charger was told to use from now on."""

    current: int = 0
    upcoming: int | None = None


def told(known: Profile, wanted: int) -> Profile:
    """The charger will be told to use `wanted`."""
    return Profile(known.current, None if wanted == known.current else wanted)


def refused(known: Profile, wanted: int) -> Profile:
    """The charger did not take it."""
    return Profile(known.current) if known.upcoming == wanted else known


def used(known: Profile, profile: int) -> Profile:
    """The charger signed in with `profile`: if that is the new one, the old one is over."""
    return Profile(profile) if profile == known.upcoming else known


def objection(current: int, wanted: int, version: str, *, downgrade: bool) -> str | None:
    """Why a charger must not be told to use `wanted`; None if it may be. `downgrade`: it allows one (2.1 only)."""
    if not 0 <= wanted <= MOST:
        return f"there is no security profile {wanted}: there are 0 to {MOST}"
    if wanted >= current:
        return None
    if (current, wanted) == (3, 2) and version == "2.1":
        advice = "set SecurityCtrlr.AllowSecurityProfileDowngrade to true first"
        return None if downgrade else f"the charger allows no lower security profile: {advice}"
    return (
        f"a charger of security profile {current} must never be told to use {wanted}: if it has to be, change it at the"
        " charger itself, and security_profile here"
    )


def alarming(event: str) -> bool:
    """Whether a security event of a charger should reach people at once; they are compared without regard to case."""
    return event.casefold() in _FOLDED
