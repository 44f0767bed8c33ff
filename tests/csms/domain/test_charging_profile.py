"""Which charging profiles may be sent (rule 58 and the rules of smart charging)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from csms.domain import charging_profile, inventory
from csms.domain.charging_profile import Limits, Period, Profile, Schedule, objection

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def periods(*starts: int, limit: str = "16") -> tuple[Period, ...]:
    return tuple(Period(start_s=start, limit=Decimal(limit)) for start in starts)


def profile(*, own: dict[str, Any] | None = None, **fields: Any) -> Profile:
    written: dict[str, Any] = {"unit": "A", "periods": periods(0, 60), "starts_at": NOW}
    named: dict[str, Any] = {"purpose": "tx_default", "schedules": (Schedule(**written | (own or {})),)}
    return Profile(**named | fields)


RELATIVE: dict[str, Any] = {"own": {"starts_at": None}, "kind": "relative"}


@pytest.mark.parametrize(
    ("fields", "whole"),
    [
        ({}, True),
        ({}, False),
        ({"purpose": "max"}, True),
        ({"purpose": "tx", "transaction_id": "17"}, False),
        ({"purpose": "tx", **RELATIVE}, False),
        ({"kind": "recurring", "recurrency": "daily"}, False),
        ({"kind": "dynamic", "own": {"starts_at": None}}, False),
        ({"own": {"duration_s": 600, "min_rate": Decimal("6.5")}}, False),
        ({"own": {"min_rate": 16.3}}, False),
    ],
)
def test_good_profiles(fields: dict[str, Any], whole: bool) -> None:
    assert objection(profile(**fields), whole=whole) is None


@pytest.mark.parametrize(
    ("fields", "whole", "told"),
    [
        ({"purpose": "external"}, True, "set by the charger's site"),
        ({"purpose": "max"}, False, "whole charger"),
        ({"purpose": "max", **RELATIVE}, True, "absolute or recurring"),
        ({"purpose": "tx"}, True, "name its connector"),
        ({"transaction_id": "17"}, False, "only a tx profile names a transaction"),
        ({"own": {"starts_at": None}}, False, "need starts_at"),
        ({"kind": "recurring", "recurrency": "daily", "own": {"starts_at": None}}, False, "need starts_at"),
        ({"kind": "relative"}, False, "leave starts_at out"),
        ({"kind": "recurring"}, False, "recurrency"),
        ({"recurrency": "daily"}, False, "recurrency"),
        ({"valid_from": NOW, "valid_to": NOW}, False, "later than valid_from"),
        ({"own": {"periods": periods(1)}}, False, "must start at 0"),
        ({"own": {"periods": periods(0, 60, 60)}}, False, "later than the one before"),
        ({"own": {"periods": periods(0, 60, 30)}}, False, "later than the one before"),
        ({"own": {"duration_s": 0}}, False, "at least one second"),
        ({"own": {"periods": periods(0, limit="16.05")}}, False, "one decimal"),
        ({"own": {"periods": periods(0, limit="-1")}}, False, "0 or more"),
        ({"own": {"periods": periods(0, limit="NaN")}}, False, "0 or more"),
        ({"own": {"min_rate": Decimal("0.55")}}, False, "one decimal"),
    ],
)
def test_rule_58_what_is_wrong_is_told(fields: dict[str, Any], whole: bool, told: str) -> None:
    assert told in str(objection(profile(**fields), whole=whole))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"stack_level": 4}, "stack level is 3"),
        ({"own": {"periods": periods(0, 1, 2)}}, "at most 2 periods"),
        ({"own": {"unit": "W"}}, "limits in A only"),
    ],
)
def test_what_the_charger_said_that_it_can_do_counts(fields: dict[str, Any], told: str) -> None:
    limits = Limits(stack_level=3, periods=2, units=frozenset("A"))
    assert told in str(objection(profile(**fields), whole=False, limits=limits))
    assert objection(profile(**fields), whole=False) is None


@pytest.mark.parametrize(
    ("settings", "limits"),
    [
        ({}, Limits()),
        (
            {
                "ChargeProfileMaxStackLevel": "8",
                "ChargingScheduleMaxPeriods": "24",
                "ChargingScheduleAllowedChargingRateUnit": "Current, Power",
            },
            Limits(stack_level=8, periods=24, units=frozenset("AW")),
        ),
        (
            {
                "SmartChargingCtrlr.ProfileStackLevel": "8",
                "SmartChargingCtrlr.PeriodsPerSchedule": "24",
                "SmartChargingCtrlr.RateUnit": "A",
            },
            Limits(stack_level=8, periods=24, units=frozenset("A")),
        ),
        ({"ChargeProfileMaxStackLevel": "many", "ChargingScheduleAllowedChargingRateUnit": "Horses"}, Limits()),
    ],
)
def test_what_a_charger_can_do_is_read_from_its_settings(settings: dict[str, str], limits: Limits) -> None:
    assert charging_profile.limits({key: (value, True) for key, value in settings.items()}) == limits


def test_several_schedules_are_all_looked_at() -> None:
    good = Schedule(unit="A", periods=periods(0), starts_at=NOW + timedelta(hours=1))
    assert "at 0" in str(
        objection(profile(schedules=(good, Schedule(unit="A", periods=periods(5), starts_at=NOW))), whole=False)
    )


def held(transaction_id: str | int | None) -> inventory.Change:
    return inventory.Change(kind="charging-profiles", put={"5": {"transactionId": transaction_id}})


@pytest.mark.parametrize("written", [17, "17"])
def test_a_transactions_profiles_end_with_it(written: str | int) -> None:
    known = charging_profile.folded((), [held(written), held(None)])
    assert known == ("17",)
    ends = charging_profile.transaction_ended(known, "17")
    assert written in [change.where["transactionId"] for change in ends if change.where]
    assert charging_profile.folded(known, ends) == ()
    assert charging_profile.transaction_ended(known, "18") == ()
    assert charging_profile.folded(known, [inventory.Change(kind="monitors", put={"1": {}})]) is known


# -- what cars get for their needs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("purpose", "evse_id", "outranked"),
    [
        ("TxDefaultProfile", 0, True),
        ("TxDefaultProfile", 1, True),
        ("TxDefaultProfile", 2, False),
        ("TxProfile", 1, True),
        ("TxProfile", 2, False),
        ("ChargingStationMaxProfile", 0, False),
        ("ChargingStationExternalConstraints", 1, False),
    ],
)
def test_rule_58_what_people_set_for_transactions_there_comes_first(
    purpose: str, evse_id: int, outranked: bool
) -> None:
    body = {"chargingProfilePurpose": purpose, "evseId": evse_id}
    assert charging_profile.outranked({"7": body}, 1) is outranked
    own = str(charging_profile.automatic(1))
    assert not charging_profile.outranked({own: body}, 1), "nothing is in its own way"
    assert charging_profile.outranked({own: body, "7": body}, 1) is outranked


def test_automatic_profiles_have_ids_of_their_own() -> None:
    numbers = [charging_profile.automatic(evse_id) for evse_id in (1, 2, 100)]
    assert len(set(numbers)) == 3
    assert all(2**30 < number < 2**31 for number in numbers)
