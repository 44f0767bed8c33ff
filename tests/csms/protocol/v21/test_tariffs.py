"""Tariffs that a charger calculates with: which it holds, for which EVSEs, from when."""

from typing import Any

import pytest

from tests.csms.protocol.v21.holding import Holding

ACCEPTED = {"status": "Accepted"}
LATER = "2026-06-01T00:00:00Z"


def tariff(name: str = "day", **fields: Any) -> dict[str, Any]:
    prices = [
        {"priceKwh": 18.0},
        {"priceKwh": 12.5, "conditions": {"startTimeOfDay": "22:00", "dayOfWeek": ["Sunday"]}},
    ]
    return {"tariffId": name, "currency": "INR", "energy": {"prices": prices}, **fields}


def assigned(name: str, kind: str = "DefaultTariff", **fields: Any) -> dict[str, Any]:
    return {"tariffId": name, "tariffKind": kind, **fields}


@pytest.fixture
def holding() -> Holding:
    found = Holding()
    found.learns("SetDefaultTariff", {"evseId": 1, "tariff": tariff("day")}, ACCEPTED)
    return found


def test_a_default_tariff_is_held_as_it_was_set(holding: Holding) -> None:
    assert holding.of("tariffs") == {"day": {**assigned("day", evseIds=[1]), "tariff": tariff("day")}}


@pytest.mark.parametrize("status", ["Rejected", "TooManyElements", "ConditionNotSupported", "DuplicateTariffId"])
def test_a_refused_default_tariff_changes_nothing(holding: Holding, status: str) -> None:
    holding.learns("SetDefaultTariff", {"evseId": 1, "tariff": tariff("night")}, {"status": status})
    assert holding.of("tariffs").keys() == {"day"}


def test_a_default_replaces_the_one_of_its_evse_but_not_one_for_later(holding: Holding) -> None:
    holding.learns("SetDefaultTariff", {"evseId": 0, "tariff": tariff("all")}, ACCEPTED)
    holding.learns("SetDefaultTariff", {"evseId": 1, "tariff": tariff("later", validFrom=LATER)}, ACCEPTED)
    assert holding.of("tariffs").keys() == {"day", "all", "later"}
    holding.learns("SetDefaultTariff", {"evseId": 1, "tariff": tariff("night")}, ACCEPTED)
    assert holding.of("tariffs").keys() == {"night", "all", "later"}
    holding.learns("SetDefaultTariff", {"evseId": 1, "tariff": tariff("other", validFrom=LATER)}, ACCEPTED)
    assert holding.of("tariffs").keys() == {"night", "all", "other"}


def test_the_list_for_all_evses_is_complete_and_knows_no_tokens(holding: Holding) -> None:
    holding.learns("SetDefaultTariff", {"evseId": 2, "tariff": tariff("night")}, ACCEPTED)
    told = [
        assigned("day", evseIds=[1]),
        assigned("day", evseIds=[3], validFrom=LATER),
        assigned("club", "DriverTariff", evseIds=[1], idTokens=["04A1"]),
    ]
    holding.learns("GetTariffs", {"evseId": 0}, {"status": "Accepted", "tariffAssignments": told})
    day = {**assigned("day", evseIds=[1, 3], validFrom=LATER), "tariff": tariff("day")}
    assert holding.of("tariffs") == {"day": day, "club": assigned("club", "DriverTariff", evseIds=[1])}


def test_the_list_for_one_evse_says_nothing_of_the_others(holding: Holding) -> None:
    holding.learns(
        "GetTariffs", {"evseId": 2}, {"status": "Accepted", "tariffAssignments": [assigned("x", evseIds=[2])]}
    )
    assert holding.of("tariffs").keys() == {"day", "x"}
    holding.learns("GetTariffs", {"evseId": 2}, {"status": "NoTariff"})
    assert holding.of("tariffs").keys() == {"day"}
    holding.learns("GetTariffs", {"evseId": 0}, {"status": "Rejected"})
    assert holding.of("tariffs").keys() == {"day"}
    holding.learns("GetTariffs", {"evseId": 0}, {"status": "NoTariff"})
    assert holding.of("tariffs") == {}


def test_cleared_tariffs_are_gone_one_by_one(holding: Holding) -> None:
    for name in ("a", "b", "c"):
        holding.learns("SetDefaultTariff", {"evseId": ord(name), "tariff": tariff(name)}, ACCEPTED)
    results = [("a", "Accepted"), ("b", "Rejected"), ("c", "NoTariff")]
    answer = {"clearTariffsResult": [{"tariffId": name, "status": status} for name, status in results]}
    holding.learns("ClearTariffs", {"tariffIds": ["a", "b", "c"]}, answer)
    assert holding.of("tariffs").keys() == {"day", "b"}


@pytest.mark.parametrize(("evse", "left"), [({"evseId": 1}, {"other"}), ({"evseId": 0}, set()), ({}, set())])
def test_an_answer_without_names_is_about_all_that_were_meant(
    holding: Holding, evse: dict[str, int], left: set[str]
) -> None:
    holding.learns("SetDefaultTariff", {"evseId": 2, "tariff": tariff("other")}, ACCEPTED)
    holding.learns("ClearTariffs", evse, {"clearTariffsResult": [{"status": "Accepted"}]})
    assert holding.of("tariffs").keys() == left


def test_a_transaction_s_tariff_is_held_beside_the_defaults(holding: Holding) -> None:
    change = {"transactionId": "tx-1", "tariff": tariff("cheap")}
    holding.learns("ChangeTransactionTariff", change, {"status": "TxNotFound"})
    assert holding.of("transaction-tariffs") == {}
    holding.learns("ChangeTransactionTariff", change, ACCEPTED)
    assert holding.of("transaction-tariffs") == {"tx-1": {"tariffId": "cheap", "tariff": tariff("cheap")}}
    assert holding.of("tariffs").keys() == {"day"}
