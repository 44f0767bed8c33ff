"""OCPP 1.6 smart charging: profiles as sent, what the charger holds then, and what they come to."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from csms.domain import commands
from csms.domain.charging_profile import Period, Profile, Schedule
from csms.protocol import profiles
from tests.csms.protocol.v16.blocks import detail, learnt, merged, ordered

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
PERIODS = (Period(start_s=0, limit=Decimal("16.3"), phases=3), Period(start_s=60, limit=Decimal(6)))
DEFAULT = Profile(
    id=5,
    purpose="tx_default",
    stack_level=2,
    valid_from=AT,
    valid_to=AT,
    schedules=(Schedule(unit="A", starts_at=AT, duration_s=600, min_rate=Decimal("6.1"), periods=PERIODS),),
)
SENT = {
    "chargingProfileId": 5,
    "stackLevel": 2,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "validFrom": "2026-03-01T10:00:00.000Z",
    "validTo": "2026-03-01T10:00:00.000Z",
    "chargingSchedule": {
        "startSchedule": "2026-03-01T10:00:00.000Z",
        "duration": 600,
        "chargingRateUnit": "A",
        "minChargingRate": Decimal("6.1"),
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": Decimal("16.3"), "numberPhases": 3},
            {"startPeriod": 60, "limit": Decimal(6)},
        ],
    },
}
RELATIVE = Schedule(unit="W", periods=(Period(start_s=0, limit=Decimal(11000)),))


def tx(**fields: Any) -> Profile:
    return Profile(**merged({"id": 6, "purpose": "tx", "kind": "relative", "schedules": (RELATIVE,)}, fields))


def set_(profile: Profile, **fields: Any) -> commands.SetChargingProfile:
    return commands.SetChargingProfile(**merged({"profile": profile, "connector_id": 1}, fields))


def test_a_profile_as_1_6_writes_it() -> None:
    assert ordered(set_(DEFAULT)) == ("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": SENT})


def test_each_purpose_and_kind_has_its_word() -> None:
    daily = Profile(
        id=7,
        purpose="max",
        kind="recurring",
        recurrency="daily",
        schedules=(Schedule(unit="W", starts_at=AT, periods=PERIODS),),
    )
    _, payload = ordered(set_(daily, connector_id=None))
    assert payload["connectorId"] == 0
    words = [
        payload["csChargingProfiles"][name]
        for name in ("chargingProfilePurpose", "chargingProfileKind", "recurrencyKind")
    ]
    assert words == ["ChargePointMaxProfile", "Recurring", "Daily"]
    assert ordered(set_(tx(transaction_id="17")))[1]["csChargingProfiles"]["transactionId"] == 17


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        (tx(purpose="external"), "no profiles of purpose external"),
        (tx(purpose="priority"), "no profiles of purpose priority"),
        (tx(kind="dynamic"), "no dynamic profiles"),
        (tx(schedules=(RELATIVE, RELATIVE)), "one schedule"),
        (tx(transaction_id="abc"), "whole number"),
    ],
)
def test_what_1_6_has_no_words_for(profile: Profile, told: str) -> None:
    assert told in detail(set_(profile))


def test_rule_58_an_accepted_profile_replaces_those_of_its_purpose_and_level_there() -> None:
    request = {"connectorId": 1, "csChargingProfiles": SENT}
    [change] = learnt("SetChargingProfile", request, {"status": "Accepted"})
    assert change.where == {
        "connectorId": 1,
        "chargingProfilePurpose": "TxDefaultProfile",
        "stackLevel": 2,
        "transactionId": None,
    }
    assert change.put["5"]["connectorId"] == 1
    assert change.put["5"]["chargingSchedule"]["minChargingRate"] == 6.1
    for status in ("Rejected", "NotSupported"):
        assert learnt("SetChargingProfile", request, {"status": status}) == ()


def test_what_is_held_can_be_read_again() -> None:
    [change] = learnt("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": SENT}, {"status": "Accepted"})
    found = profiles.read(change.put["5"])
    assert found is not None
    assert (found.connector_id, found.profile) == (1, DEFAULT)
    assert profiles.read({"chargingProfilePurpose": "Odd"}) is None


def test_one_profile_or_those_that_fit_are_removed() -> None:
    assert ordered(commands.ClearChargingProfile(profile_id=5)) == ("ClearChargingProfile", {"id": 5})
    request = {"connectorId": 1, "chargingProfilePurpose": "TxProfile", "stackLevel": 0}
    assert ordered(commands.ClearChargingProfile(connector_id=1, purpose="tx", stack_level=0))[1] == request
    assert ordered(commands.ClearChargingProfile())[1] == {}
    assert "purpose" in detail(commands.ClearChargingProfile(purpose="external"))
    [change] = learnt("ClearChargingProfile", request, {"status": "Accepted"})
    assert change.where == request


def test_one_that_the_charger_does_not_know_is_gone_too() -> None:
    for status in ("Accepted", "Unknown"):
        [change] = learnt("ClearChargingProfile", {"id": 5}, {"status": status})
        assert change.drop == ("5",)
    assert learnt("ClearChargingProfile", {"stackLevel": 0}, {"status": "Unknown"}) == ()


def test_clearing_all_leaves_nothing_of_any_purpose() -> None:
    changes = learnt("ClearChargingProfile", {}, {"status": "Accepted"})
    assert {str(change.where) for change in changes} == {
        str({"chargingProfilePurpose": word}) for word in ("ChargePointMaxProfile", "TxDefaultProfile", "TxProfile")
    }


def test_what_the_profiles_come_to_is_kept_as_told() -> None:
    asked = commands.GetCompositeSchedule(connector_id=1, duration_s=60, unit="A")
    assert ordered(asked) == ("GetCompositeSchedule", {"connectorId": 1, "duration": 60, "chargingRateUnit": "A"})
    assert ordered(commands.GetCompositeSchedule())[1] == {"connectorId": 0, "duration": 86400}
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.5}]}
    answer = {"status": "Accepted", "connectorId": 1, "chargingSchedule": schedule}
    [change] = learnt("GetCompositeSchedule", {"connectorId": 1, "duration": 60}, answer)
    assert (change.kind, change.put) == (
        "composite-schedules",
        {"1": {"connectorId": 1, "chargingSchedule": schedule}},
    )
    assert learnt("GetCompositeSchedule", {"connectorId": 1, "duration": 60}, {"status": "Rejected"}) == ()


@pytest.mark.parametrize("command", [commands.ClearChargingProfile, commands.GetCompositeSchedule])
def test_a_connector_is_its_own_evse(command: Any) -> None:
    assert "connector_id only" in detail(command(connector_id=1, evse_id=2))
    assert "connector_id only" in detail(set_(DEFAULT, evse_id=2))
