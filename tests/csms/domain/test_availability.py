"""OCPP 2.x's Occupied and chargingState in the words of our model."""

import pytest

from csms.domain import availability, facts, topology

TWO_PLUGS = topology.of([(1, [1, 2]), (2, [1])])


@pytest.mark.parametrize("word", ["Available", "Reserved", "Unavailable", "Faulted"])
def test_words_that_both_know_stay(word: str) -> None:
    assert availability.status(word, "Charging", "Charging") == word


@pytest.mark.parametrize(
    ("before", "stay", "status"),
    [
        (None, None, "Preparing"),
        ("Available", None, "Preparing"),
        ("Faulted", "SuspendedEV", "SuspendedEV"),
        ("Available", "Finishing", "Finishing"),
        ("SuspendedEV", "Charging", "SuspendedEV"),
        ("Finishing", None, "Finishing"),
    ],
)
def test_rule_25_occupied_is_what_the_stay_makes_of_it(before: str | None, stay: str | None, status: str) -> None:
    assert availability.status("Occupied", before, stay) == status


@pytest.mark.parametrize(
    ("before", "said", "status"),
    [
        ("Preparing", "EVConnected", "Preparing"),
        ("Preparing", "Charging", "Charging"),
        ("Available", "Charging", "Charging"),
        ("Charging", "SuspendedEV", "SuspendedEV"),
        ("SuspendedEV", "SuspendedEVSE", "SuspendedEVSE"),
        ("SuspendedEVSE", "EVConnected", "Finishing"),
        ("Charging", "Idle", "Finishing"),
        ("Preparing", "Idle", None),
        ("Charging", None, None),
        ("Faulted", "Charging", None),
        ("Unavailable", "EVConnected", None),
    ],
)
def test_rule_25_preparing_before_the_first_charging_and_finishing_after_the_last(
    before: str, said: str | None, status: str | None
) -> None:
    assert availability.during(said, before) == status


def test_a_new_transaction_prepares_whatever_was_before() -> None:
    assert availability.during("EVConnected", "Finishing", begins=True) == "Preparing"


@pytest.mark.parametrize(("before", "status"), [("Charging", "Finishing"), ("Available", None), (None, None)])
def test_after_a_transaction_the_cable_is_in_unless_the_connector_says_otherwise(
    before: str | None, status: str | None
) -> None:
    assert availability.after(before) == status


@pytest.mark.parametrize(
    ("said", "connectors"),
    [
        (facts.Availability(2, 1, "Occupied"), [(3, 2)]),
        (facts.Availability(2, None, "Occupied"), [(3, 2)]),
        (facts.Availability(1, None, "Occupied"), []),
        (facts.Availability(1, None, "Unavailable"), [(1, 1), (2, 1)]),
        (facts.Availability(0, None, "Faulted"), [(0, 0)]),
        (facts.Availability(0, None, "Occupied"), []),
        (facts.Availability(9, 1, "Available"), [(9, 9)]),
    ],
)
def test_rule_24_an_evse_speaks_for_its_connectors_as_far_as_it_can(
    said: facts.Availability, connectors: list[tuple[int, int]]
) -> None:
    assert availability.reports(said, TWO_PLUGS) == connectors
