"""Tokens, and the surrogates that stand for them in the log."""

from typing import Any

import pytest

from csms.storage import errors
from csms.storage.log import Log
from csms.storage.reference import tokens
from tests.csms.storage.support import at


def add(log: Log, **fields: Any) -> tokens.Token:
    return log.write(tokens.add, fields)


def intern(log: Log, id_token: str) -> str:
    return log.write(tokens.intern, id_token)


def test_a_token_reads_back_as_it_was_added(log: Log) -> None:
    added = add(log, id_token="04A1B2C3", type="eMAID", driver_id="u1", group_id="G", valid_from=at(0), valid_to=at(9))
    assert tokens.get(log.connection, added.ref) == added
    assert added.registered and not added.blocked


def test_a_token_is_found_in_whatever_case(log: Log) -> None:
    added = add(log, id_token="04a1B2c3")
    assert tokens.find(log.connection, "04A1b2C3") == added
    assert tokens.find(log.connection, "04A1B2C4") is None


def test_a_surrogate_says_nothing_of_its_token(log: Log) -> None:
    assert "04A1" not in add(log, id_token="04A1").ref.upper()


def test_a_presented_value_gets_one_surrogate_whatever_its_case(log: Log) -> None:
    assert intern(log, "04A1B2C3") == intern(log, "04a1b2c3")
    found = tokens.find(log.connection, "04A1B2C3")
    assert found is not None and not found.registered


def test_registering_what_was_presented_before_keeps_its_surrogate(log: Log) -> None:
    ref = intern(log, "04A1B2C3")
    added = add(log, id_token="04a1b2c3", driver_id="u1")
    assert (added.ref, added.registered, added.driver_id) == (ref, True, "u1")
    assert tokens.get(log.connection, ref) == added


def test_a_token_is_registered_once_and_the_refusal_does_not_show_it(log: Log) -> None:
    add(log, id_token="04A1B2C3")
    with pytest.raises(errors.AlreadyExists) as refused:
        add(log, id_token="04a1b2c3")
    assert "04a1" not in str(refused.value) and "b2c3" in str(refused.value)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id_token": ""}, "id_token"),
        ({"id_token": "x" * 256}, "id_token"),
        ({"id_token": None}, "id_token"),
        ({"id_token": "A", "valid_from": at(9), "valid_to": at(0)}, "valid_to"),
        ({"id_token": "A", "valid_to": at(0).replace(tzinfo=None)}, "valid_to"),
        ({"id_token": "A", "colour": "red"}, "colour"),
    ],
)
def test_what_is_not_acceptable_is_named(log: Log, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        add(log, **fields)
    assert refused.value.field == field


def test_the_longest_token_is_255_characters(log: Log) -> None:
    assert add(log, id_token="x" * 255).id_token == "x" * 255


def test_a_token_can_be_blocked_but_not_become_another(log: Log) -> None:
    added = add(log, id_token="04A1B2C3")
    changed = log.write(tokens.change, added.ref, {"blocked": True, "id_token": "OTHER"}, expected=1)
    assert (changed.blocked, changed.id_token, changed.revision) == (True, "04A1B2C3", 2)


def test_an_erased_token_leaves_a_surrogate_that_leads_nowhere(log: Log) -> None:
    added = add(log, id_token="04A1B2C3", driver_id="u1", group_id="G")
    log.write(tokens.erase, added.ref)
    erased = tokens.get(log.connection, added.ref)
    assert (erased.id_token, erased.driver_id, erased.group_id, erased.registered) == (None, None, None, False)
    assert tokens.find(log.connection, "04A1B2C3") is None
    row = log.connection.execute("SELECT * FROM tokens").fetchone()
    assert not any("04a1b2c3" in str(value).casefold() for value in row)
    assert intern(log, "04A1B2C3") != added.ref


@pytest.mark.parametrize(("id_token", "shown"), [("04A1B2C3", "…B2C3"), ("ABC", "…C"), ("A", "…"), ("", "…")])
def test_a_masked_token_shows_its_end_at_most(id_token: str, shown: str) -> None:
    assert tokens.masked(id_token) == shown


def test_limits_read_back_and_go_with_the_token(log: Log) -> None:
    most = {"sessions": 2, "month_amount": {"amount": "99.50", "currency": "INR"}, "station_ids": ["mall"]}
    added = add(log, id_token="04A1", limits=most)
    assert added.limits is not None and added.limits.month_amount is not None
    assert (added.limits.sessions, str(added.limits.month_amount.amount)) == (2, "99.50")
    assert tokens.limits_of(log.connection, added.ref) == tokens.get(log.connection, added.ref).limits == added.limits
    assert log.write(tokens.change, added.ref, {"blocked": True}).limits == added.limits
    log.write(tokens.erase, added.ref)
    assert tokens.limits_of(log.connection, added.ref) is None


@pytest.mark.parametrize("amount", [{"amount": "5", "currency": "XXX"}, {"amount": "0", "currency": "INR"}])
def test_a_limit_in_no_money_is_refused(log: Log, amount: dict[str, str]) -> None:
    with pytest.raises(errors.InvalidValue, match="limits"):
        add(log, id_token="04A1", limits={"month_amount": amount})
