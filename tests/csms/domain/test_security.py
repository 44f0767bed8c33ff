"""Security profiles and their changes (rule 57), and what is worth an alert."""

import pytest

from csms.domain import security
from csms.domain.security import Profile


def test_rule_57_both_profiles_are_good_until_the_new_one_is_used() -> None:
    told = security.told(Profile(1), 2)
    assert told == Profile(1, 2)
    assert security.used(told, 1) == told, "it fell back, and may try again"
    assert security.used(told, 2) == Profile(2)


def test_what_the_charger_refused_is_not_good() -> None:
    assert security.refused(Profile(1, 2), 2) == Profile(1)
    assert security.refused(Profile(1, 3), 2) == Profile(1, 3), "told something else meanwhile"


def test_the_profile_that_it_has_is_nothing_new() -> None:
    assert security.told(Profile(2, 3), 2) == Profile(2)


@pytest.mark.parametrize(
    ("current", "wanted", "version", "downgrade", "allowed"),
    [
        (0, 1, "1.6", False, True),
        (1, 2, "1.6", False, True),
        (1, 3, "2.0.1", False, True),
        (2, 3, "2.1", False, True),
        (2, 2, "1.6", False, True),
        (1, 0, "1.6", False, False),
        (2, 1, "1.6", True, False),
        (3, 1, "2.1", True, False),
        (3, 0, "2.1", True, False),
        (2, 1, "2.1", True, False),
        (3, 2, "1.6", True, False),
        (3, 2, "2.0.1", True, False),
        (3, 2, "2.1", False, False),
        (3, 2, "2.1", True, True),
        (0, 4, "2.1", True, False),
        (0, -1, "2.1", True, False),
    ],
)
def test_rule_57_never_down_but_from_3_to_2_where_2_1_allows_it(
    current: int, wanted: int, version: str, downgrade: bool, allowed: bool
) -> None:
    assert (security.objection(current, wanted, version, downgrade=downgrade) is None) is allowed


@pytest.mark.parametrize("event", ["TamperDetectionActivated", "InvalidCsmsCertificate", "invalidtlsversion"])
def test_critical_events_are_alarming(event: str) -> None:
    assert security.alarming(event)


@pytest.mark.parametrize("event", ["StartupOfTheDevice", "SettingSystemTime", "InvalidMessages", "Vendor's own"])
def test_what_happens_every_day_is_not(event: str) -> None:
    assert not security.alarming(event)
