"""What a charger says it cannot do."""

from datetime import UTC, datetime

import pytest

from csms.domain import abilities, commands, facts
from csms.domain.first_settings import Known

RESERVE = commands.Reserve(id_token=facts.IdToken("CARD"), expires_at=datetime(2026, 3, 1, tzinfo=UTC))
SIGNED = commands.UpdateFirmware(url="https://example.org/f", signing_certificate="PEM", signature="s")


@pytest.mark.parametrize(
    ("command", "listed", "missing"),
    [
        (RESERVE, "Core,RemoteTrigger", "Reservation"),
        (RESERVE, "Core, reservation", None),
        (RESERVE, "", None),
        (RESERVE, None, None),
        (commands.Trigger(message="Heartbeat"), "Core", "RemoteTrigger"),
        (commands.GetLocalListVersion(), "Core,Reservation", "LocalAuthListManagement"),
        (commands.UpdateFirmware(url="https://example.org/f"), "Core", "FirmwareManagement"),
        (SIGNED, "Core", None),
        (commands.GetDiagnostics(), "Core", "FirmwareManagement"),
        (commands.GetDiagnostics(log_type="security"), "Core", None),
        (commands.Reset(), "Core", None),
        (commands.Raw(action="ReserveNow", payload={}), "Core", None),
    ],
)
def test_a_charger_of_1_6_that_lists_its_profiles_lacks_the_others(
    command: commands.Command, listed: str | None, missing: str | None
) -> None:
    told = abilities.lacking(command, {abilities.PROFILES: (listed, True)})
    assert told is None if missing is None else told is not None and f"profile {missing}:" in told


@pytest.mark.parametrize(
    ("known", "is_lacking"),
    [
        ({"ReservationCtrlr.Available": ("false", True)}, True),
        ({"ReservationCtrlr.Available": ("true", True)}, False),
        ({"SmartChargingCtrlr.Available": ("false", True)}, False),
        ({}, False),
    ],
)
def test_a_charger_of_2x_says_what_is_not_available(known: Known, is_lacking: bool) -> None:
    assert (abilities.lacking(RESERVE, known) is not None) is is_lacking
