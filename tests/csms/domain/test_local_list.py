"""What a charger's local list is told, and what it holds then (rule 32)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.domain import authorization, facts, local_list
from csms.domain.local_list import Entry

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def entry(value: str, status: str | None = "Accepted", group: str | None = None) -> Entry:
    return Entry(id_token=facts.IdToken(value), status=status, group_id=group)


A, B, C = entry("A"), entry("B"), entry("C")


@pytest.mark.parametrize(("held", "next_one"), [(-1, 1), (0, 1), (1, 2), (41, 42)])
def test_rule_32_no_version_is_ever_0_or_minus_1(held: int, next_one: int) -> None:
    assert local_list.next_version(held) == next_one


def test_rule_32_a_long_list_goes_in_parts_and_only_the_first_replaces() -> None:
    assert local_list.batches([A, B, C], "full", 2) == [("full", (A, B)), ("differential", (C,))]
    assert local_list.batches([A, B, C], "differential", 2) == [("differential", (A, B)), ("differential", (C,))]
    assert local_list.batches([A, B], "full", 2) == local_list.batches([A, B], "full", None) == [("full", (A, B))]


def test_rule_32_an_empty_full_list_is_sent_since_it_clears() -> None:
    assert local_list.batches([], "full", 2) == [("full", ())]


def test_rule_32_an_entry_without_info_takes_a_token_off() -> None:
    changed = entry("a", "Blocked")
    assert local_list.difference([changed, C], [A, B, C]) == [entry("B", None), changed]
    assert local_list.applied([A, B, C], [entry("b", None), changed]) == [changed, C]


_entries = st.lists(
    st.builds(entry, st.sampled_from("ABCDEabc"), st.sampled_from(["Accepted", "Blocked"])),
    unique_by=lambda each: each.id_token.value.casefold(),
)


@given(_entries, _entries)
def test_a_difference_makes_the_list_that_is_wanted(wanted: list[Entry], known: list[Entry]) -> None:
    made = local_list.applied(known, local_list.difference(wanted, known))
    assert {each.id_token.value: each for each in made} == {each.id_token.value: each for each in wanted}


def test_a_full_list_replaces_what_was_held_and_a_differential_adds() -> None:
    full = local_list.held(3, {"A": {"status": "Accepted"}}, full=True)
    assert (full.clear, full.drop, full.put) == ("", (), {"version": {"version": 3}, "A": {"status": "Accepted"}})
    more = local_list.held(4, {"A": {}, "B": {"status": "Blocked"}}, full=False)
    assert (more.clear, more.drop, more.put) == (None, ("A",), {"version": {"version": 4}, "B": {"status": "Blocked"}})


@pytest.mark.parametrize("version", [-1, 0])
def test_without_a_list_nothing_is_held(version: int) -> None:
    told = local_list.version_told(version)
    assert (told.clear, told.put) == ("", {"version": {"version": version, "told": version}})


def test_a_version_that_is_told_says_nothing_of_the_entries() -> None:
    told = local_list.version_told(5)
    assert (told.clear, told.put, told.merge) == (None, {}, {"version": {"told": 5}})


def test_a_charger_is_told_what_its_token_may_do() -> None:
    record = authorization.TokenRecord(ref="t1", group_id="FLEET", valid_to=NOW, blocked=True)
    told = local_list.entry(facts.IdToken("A"), record, NOW)
    assert told == Entry(id_token=facts.IdToken("A"), status="Blocked", expires_at=NOW, group_id="FLEET")
