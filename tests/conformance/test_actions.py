"""Every action of OCPP 1.6, 2.0.1 and 2.1 has a row, takes what is right and refuses what is wrong in its words."""

import os
from pathlib import Path

import pytest

from csms.protocol import quirks
from tests.conformance import checks, table
from tests.conformance.actions import ALL, EVERY, Action


@pytest.mark.parametrize("name", [*ALL])
def test_every_action_of_the_version_is_listed(name: str) -> None:
    listed = {action.name for action in ALL[name]}
    assert listed == ALL[name][0].version.validators.actions


def test_there_are_as_many_calls_as_the_versions_have() -> None:
    assert {name: len({action.name for action in listed}) for name, listed in ALL.items()} == {
        "1.6": 39,
        "2.0.1": 64,
        "2.1": 91,
    }


@pytest.mark.parametrize("name", [*ALL])
def test_nobody_calls_what_only_the_other_side_may(name: str) -> None:
    version = ALL[name][0].version
    for direction, rows in (("charger to server", version.incoming), ("server to charger", version.calls)):
        allowed = {action.name for action in ALL[name] if action.direction == direction}
        assert set(rows) - allowed == set()


@pytest.mark.parametrize("action", EVERY, ids=str)
def test_it_takes_what_is_right_and_refuses_what_is_wrong(action: Action) -> None:
    assert table.row(action).faults == []


@pytest.mark.parametrize("action", [each for each in EVERY if each.direction != "server to charger"], ids=str)
@pytest.mark.parametrize("allowed", [quirks.TOLERANT, frozenset(quirks.Quirk)], ids=["tolerant", "everything"])
def test_rule_17_nothing_that_is_forgiven_makes_it_fail(action: Action, allowed: frozenset[quirks.Quirk]) -> None:
    assert [*checks.survives(action, allowed)] == []


@pytest.mark.parametrize("action", [each for each in EVERY if each.direction != "server to charger"], ids=str)
def test_rule_17_what_is_forgiven_hides_nothing_worse(action: Action) -> None:
    assert [*checks.survives_long_lists(action)] == []


@pytest.mark.parametrize("action", [each for each in EVERY if each.direction != "server to charger"], ids=str)
def test_what_is_kept_of_it_can_be_read_again(action: Action) -> None:
    assert [*checks.keeps_no_number_beyond_bounds(action)] == []


@pytest.mark.parametrize("action", [each for each in EVERY if each.direction == "server to charger"], ids=str)
def test_rule_17_what_is_forgiven_in_calls_is_forgiven_in_answers(action: Action) -> None:
    assert [*checks.forgives_answers(action)] == []


@pytest.mark.parametrize("action", EVERY, ids=str)
def test_a_functional_block_has_it(action: Action) -> None:
    assert table.present(action)
    assert table.implementation(action)


def test_the_table_has_a_row_for_each_and_is_written_when_somebody_asks() -> None:
    rows = [*table.rows()]
    assert [row.action for row in rows] == EVERY
    text = table.written(rows)
    assert text.count("\n| ") == len(EVERY)
    if asked := os.environ.get("CONFORMANCE"):
        Path(asked).parent.mkdir(parents=True, exist_ok=True)
        Path(asked).write_text(text)
