"""OCPP 2.x smart charging: profiles, what they come to, limits from elsewhere, and what cars need."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from csms.domain import commands, facts
from csms.domain.charging_profile import Period, Profile, Schedule
from csms.protocol import profiles, versions
from tests.csms.protocol.support import V21, V201
from tests.csms.protocol.v2x.support import BOTH, answered, ordered, told
from tests.csms.protocol.v21.holding import Holding

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
WHEN = "2026-03-01T10:00:00.000Z"
FIRST = Period(start_s=0, limit=Decimal(16), phases=3)
OWN = Schedule(unit="A", periods=(FIRST,), starts_at=AT)
SCHEDULE = {
    "id": 1,
    "startSchedule": WHEN,
    "chargingRateUnit": "A",
    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16, "numberPhases": 3}],
}


def profile(**fields: Any) -> Profile:
    usual: dict[str, Any] = {"id": 5, "purpose": "tx_default", "schedules": (OWN,)}
    return Profile(**{**usual, **fields})


def written(number: int = 5, **fields: Any) -> dict[str, Any]:
    usual = {"id": number, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile"}
    return {**usual, "chargingProfileKind": "Absolute", "chargingSchedule": [SCHEDULE], **fields}


def set_(own: Profile, **fields: Any) -> commands.SetChargingProfile:
    return commands.SetChargingProfile(**{"profile": own, "evse_id": 1, **fields})


@BOTH
def test_a_profile_as_2_x_writes_it(version: versions.Version) -> None:
    assert ordered(version, set_(profile())) == ("SetChargingProfile", {"evseId": 1, "chargingProfile": written()})
    _, whole = ordered(version, set_(profile(purpose="max"), evse_id=None))
    assert (whole["evseId"], whole["chargingProfile"]["chargingProfilePurpose"]) == (0, "ChargingStationMaxProfile")
    _, several = ordered(version, set_(profile(purpose="tx", transaction_id="tx-1", schedules=(OWN, OWN))))
    assert [each["id"] for each in several["chargingProfile"]["chargingSchedule"]] == [1, 2]
    assert several["chargingProfile"]["transactionId"] == "tx-1"


@BOTH
def test_rule_58_a_tx_profile_names_its_transaction(version: versions.Version) -> None:
    assert "transaction_id" in ordered(version, set_(profile(purpose="tx")))


@pytest.mark.parametrize("fields", [{"purpose": "priority"}, {"purpose": "local_generation"}, {"kind": "dynamic"}])
def test_some_profiles_are_of_2_1_only(fields: dict[str, Any]) -> None:
    assert "This OCPP version has no" in ordered(V201, set_(profile(**fields)))
    assert ordered(V21, set_(profile(**fields)))[0] == "SetChargingProfile"


@BOTH
def test_rule_58_a_profile_replaces_those_of_its_purpose_and_level_on_its_evse(version: versions.Version) -> None:
    holding = Holding(version)
    for number, evse_id, level in ((1, 1, 0), (2, 2, 0), (3, 1, 1), (4, 1, 0)):
        request = {"evseId": evse_id, "chargingProfile": written(number, stackLevel=level)}
        holding.learns("SetChargingProfile", request, {"status": "Accepted"})
    holding.learns("SetChargingProfile", {"evseId": 1, "chargingProfile": written(9)}, {"status": "Rejected"})
    assert holding.of("charging-profiles").keys() == {"2", "3", "4"}
    found = profiles.read(holding.of("charging-profiles")["3"])
    assert found is not None
    assert (found.connector_id, found.profile) == (1, profile(id=3, stack_level=1))


@BOTH
def test_profiles_of_different_transactions_do_not_replace_each_other(version: versions.Version) -> None:
    holding = Holding(version)
    for number, transaction in ((1, "tx-1"), (2, "tx-2"), (3, "tx-1")):
        own = written(number, chargingProfilePurpose="TxProfile", transactionId=transaction)
        holding.learns("SetChargingProfile", {"evseId": 1, "chargingProfile": own}, {"status": "Accepted"})
    assert holding.of("charging-profiles").keys() == {"2", "3"}


@BOTH
def test_profiles_are_removed_by_id_or_by_what_fits_but_never_those_of_others(version: versions.Version) -> None:
    holding = Holding(version)
    own = [
        written(1),
        written(2, stackLevel=1),
        written(3, chargingProfilePurpose="ChargingStationExternalConstraints"),
    ]
    report = {"requestId": 1, "chargingLimitSource": "EMS", "evseId": 0, "chargingProfile": own}
    holding.says("ReportChargingProfiles", report)
    command = commands.ClearChargingProfile(evse_id=0, purpose="tx_default", stack_level=1)
    action, request = ordered(version, command)
    assert request == {
        "chargingProfileCriteria": {"evseId": 0, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 1}
    }
    holding.learns(action, request, {"status": "Accepted"})
    assert holding.of("charging-profiles").keys() == {"1", "3"}
    holding.learns(action, ordered(version, commands.ClearChargingProfile())[1], {"status": "Accepted"})
    assert holding.of("charging-profiles").keys() == {"3"}
    holding.learns(action, ordered(version, commands.ClearChargingProfile(profile_id=3))[1], {"status": "Unknown"})
    assert holding.of("charging-profiles") == {}
    assert "clears profiles of purpose" in ordered(version, commands.ClearChargingProfile(purpose="external"))


@BOTH
def test_what_the_charger_reports_takes_the_place_of_what_was_asked_about(version: versions.Version) -> None:
    holding = Holding(version)
    for number, evse_id in ((1, 1), (2, 2)):
        request = {"evseId": evse_id, "chargingProfile": written(number)}
        holding.learns("SetChargingProfile", request, {"status": "Accepted"})
    holding.learns("GetChargingProfiles", {"requestId": 1, "evseId": 1, "chargingProfile": {}}, {"status": "Accepted"})
    report = {"requestId": 1, "chargingLimitSource": "CSO", "evseId": 1, "chargingProfile": [written(7)], "tbc": True}
    holding.says("ReportChargingProfiles", report)
    held = holding.of("charging-profiles")
    assert held.keys() == {"2", "7"}
    assert (held["7"]["evseId"], held["7"]["chargingLimitSource"]) == (1, "CSO")
    by_id = {"requestId": 2, "chargingProfile": {"chargingProfileId": [2]}}
    holding.learns("GetChargingProfiles", by_id, {"status": "Accepted"})
    assert holding.of("charging-profiles").keys() == {"2", "7"}
    holding.learns("GetChargingProfiles", {"requestId": 3, "chargingProfile": {}}, {"status": "NoProfiles"})
    assert holding.of("charging-profiles") == {}


@BOTH
def test_what_the_profiles_come_to_is_kept_as_told(version: versions.Version) -> None:
    asked = commands.GetCompositeSchedule(evse_id=1, duration_s=60, unit="W")
    action, request = ordered(version, asked)
    assert request == {"evseId": 1, "duration": 60, "chargingRateUnit": "W"}
    period = {"startPeriod": 0, "limit": 6.5}
    schedule = {"evseId": 1, "duration": 60, "scheduleStart": WHEN, "chargingRateUnit": "W"}
    answer = {"status": "Accepted", "schedule": {**schedule, "chargingSchedulePeriod": [period]}}
    holding = Holding(version)
    holding.learns(action, request, {"status": "Rejected"})
    assert holding.of("composite-schedules") == {}
    holding.learns(action, request, answer)
    assert holding.of("composite-schedules") == {"1": answer["schedule"]}


@BOTH
def test_limits_from_elsewhere_last_until_they_are_cleared(version: versions.Version) -> None:
    holding = Holding(version)
    for place in ({}, {"evseId": 2}):
        holding.says("NotifyChargingLimit", {"chargingLimit": {"chargingLimitSource": "EMS"}, **place})
    assert holding.of("limits").keys() == {"EMS", "EMS@2"}
    holding.says("ClearedChargingLimit", {"chargingLimitSource": "EMS", "evseId": 2})
    assert holding.of("limits").keys() == {"EMS"}


AC = {"acChargingParameters": {"energyAmount": 9000, "evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 400}}
DC = {"dcChargingParameters": {"evMaxCurrent": 300, "evMaxVoltage": 500}}


@BOTH
@pytest.mark.parametrize(
    ("needs", "transfer", "schedule"),
    [
        (AC, "AC_three_phase", Schedule(unit="A", periods=(Period(start_s=0, limit=Decimal("16.0"), phases=3),))),
        (DC, "DC", Schedule(unit="W", periods=(Period(start_s=0, limit=Decimal("150000.0")),))),
        ({}, "DC", None),
        ({"dcChargingParameters": {"evMaxCurrent": 10**15, "evMaxVoltage": 10**15}}, "DC", None),
        ({"dcChargingParameters": {"evMaxCurrent": 1, "evMaxVoltage": 1, "evMaxPower": 2**63 - 1}}, "DC", None),
        ({"acChargingParameters": {**AC["acChargingParameters"], "evMaxCurrent": 2**63 - 1}}, "AC_single_phase", None),
        ({"acChargingParameters": {**AC["acChargingParameters"], "evMaxCurrent": 0}}, "AC_single_phase", None),
        ({"acChargingParameters": {**AC["acChargingParameters"], "evMaxCurrent": -16}}, "AC_single_phase", None),
    ],
)
def test_what_a_car_needs_is_kept_and_how_much_it_can_take_is_read(
    version: versions.Version, needs: dict[str, Any], transfer: str, schedule: Schedule | None
) -> None:
    report = {"evseId": 1, "chargingNeeds": {"requestedEnergyTransfer": transfer, **needs}}
    fact = told(facts.ChargingNeeds, version, "NotifyEVChargingNeeds", report)
    assert (fact.evse_id, fact.schedule) == (1, schedule)
    assert fact.changes[0].put == {"1": report}


@BOTH
def test_a_car_is_told_whether_a_profile_follows(version: versions.Version) -> None:
    action = "NotifyEVChargingNeeds"
    assert answered(version, action, facts.NeedsAnswer(True)) == {"status": "Accepted"}
    unpromised = {"2.0.1": "Rejected", "2.1": "NoChargingProfile"}[version.name]
    assert answered(version, action, facts.NeedsAnswer(False)) == {"status": unpromised}


@BOTH
def test_what_a_car_plans_is_kept(version: versions.Version) -> None:
    holding, plan = Holding(version), {"timeBase": WHEN, "evseId": 1, "chargingSchedule": SCHEDULE}
    holding.says("NotifyEVChargingSchedule", plan)
    assert holding.of("ev-schedules") == {"1": plan}
    assert answered(version, "NotifyEVChargingSchedule", facts.Acknowledged()) == {"status": "Accepted"}
