"""What a charger holds: things are put, merged, dropped and cleared, for this charger and kind only."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from csms.domain import events, inventory
from csms.storage import connection, queries
from csms.storage.log import Log
from tests.csms.storage.support import Teller, differences


def changed(*changes: inventory.Change) -> events.InventoryChanged:
    return events.InventoryChanged(changes=changes)


def held(directory: Path, charger_id: str = "CP-01", kind: str = "variables", **how: Any) -> dict[str, Any]:
    conn = connection.reader(directory)
    try:
        page = queries.inventory.list(conn, charger_id=charger_id, kind=kind, **how)
    finally:
        conn.close()
    return {item["key"]: item["body"] for item in page["items"]}


@pytest.fixture
def told(teller: Teller) -> Teller:
    put = inventory.Change(kind="variables", put={"A.x": {"value": "1"}, "A.y": {"value": "2"}, "B.x": {"value": "3"}})
    teller.say("CP-01", changed(put))
    teller.say("CP-02", changed(put))
    return teller


def test_a_thing_that_is_put_replaces_the_one_before(told: Teller, directory: Path) -> None:
    told.say("CP-01", changed(inventory.Change(kind="variables", put={"A.x": {"other": True}})))
    assert held(directory)["A.x"] == {"other": True}


def test_a_thing_that_is_merged_keeps_its_other_fields(told: Teller, directory: Path) -> None:
    merge: dict[str, inventory.Body] = {"A.x": {"unit": "s"}, "new": {"unit": "W", "gone": None}}
    told.say("CP-01", changed(inventory.Change(kind="variables", merge=merge)))
    assert held(directory)["A.x"] == {"value": "1", "unit": "s"}
    assert held(directory)["new"] == {"unit": "W"}
    told.say("CP-01", changed(inventory.Change(kind="variables", merge={"A.x": {"unit": None, "more": {"a": None}}})))
    assert held(directory)["A.x"] == {"value": "1", "more": {}}


def test_what_is_cleared_begins_with_a_text_and_is_told_before_what_is_put(told: Teller, directory: Path) -> None:
    told.say("CP-01", changed(inventory.Change(kind="variables", clear="A.", put={"A.z": {}})))
    assert held(directory).keys() == {"A.z", "B.x"}


def test_what_is_dropped_is_gone_and_everything_else_stays(told: Teller, directory: Path) -> None:
    told.say("CP-01", changed(inventory.Change(kind="variables", drop=("A.x", "unknown"))))
    told.say("CP-01", changed(inventory.Change(kind="monitors", clear="")))
    assert held(directory).keys() == {"A.y", "B.x"}
    assert held(directory, "CP-02").keys() == {"A.x", "A.y", "B.x"}


def test_a_complete_list_ends_what_it_does_not_name_and_leaves_the_rest_as_it_was(
    told: Teller, directory: Path
) -> None:
    told.say("CP-01", changed(inventory.Change(kind="variables", only=("A.x", "new"), merge={"new": {}})))
    assert held(directory) == {"A.x": {"value": "1"}, "new": {}}
    assert held(directory, "CP-02").keys() == {"A.x", "A.y", "B.x"}
    told.say("CP-01", changed(inventory.Change(kind="variables", only=())))
    assert held(directory) == {}


def test_what_has_these_values_is_gone_and_null_asks_for_absence(told: Teller, directory: Path) -> None:
    first: inventory.Body = {"level": 0, "purpose": "Tx", "tx": "5"}
    profiles: dict[str, inventory.Body] = {"1": first, "2": {"level": 0, "purpose": "Tx"}, "3": {"level": 1}}
    told.say("CP-01", changed(inventory.Change(kind="profiles", put=profiles)))
    change = inventory.Change(kind="profiles", where={"level": 0, "purpose": "Tx", "tx": None}, put={"4": {"level": 0}})
    told.say("CP-01", changed(change))
    assert held(directory, kind="profiles").keys() == {"1", "3", "4"}
    told.say("CP-01", changed(inventory.Change(kind="profiles", where={"level": 0})))
    assert held(directory, kind="profiles").keys() == {"3"}
    told.say("CP-01", changed(inventory.Change(kind="profiles", where={})))
    assert held(directory, kind="profiles") == {}


def test_it_is_what_the_log_folds_to(told: Teller, directory: Path, log: Log) -> None:
    told.say("CP-01", changed(inventory.Change(kind="variables", merge={"A.x": {"unit": "s"}}, drop=("B.x",))))
    assert differences(directory) == []
    log.connection.execute("UPDATE inventory SET body = '{}' WHERE charger_id = 'CP-02' AND key = 'A.y'")
    (found,) = differences(directory)
    assert str(getattr(found, "key", "")) == "CP-02 variables A.y"


def test_things_are_shown_by_key_in_pages_and_by_the_beginning_of_their_key(told: Teller, directory: Path) -> None:
    conn: sqlite3.Connection = connection.reader(directory)
    first = queries.inventory.list(conn, charger_id="CP-01", kind="variables", limit=2)
    then = queries.inventory.list(conn, charger_id="CP-01", kind="variables", limit=2, cursor=first["next_cursor"])
    conn.close()
    assert [item["key"] for item in first["items"] + then["items"]] == ["A.x", "A.y", "B.x"]
    assert then["next_cursor"] is None
    assert held(directory, prefix="A.").keys() == {"A.x", "A.y"}


def test_one_thing_is_found_by_its_key(told: Teller, directory: Path) -> None:
    conn = connection.reader(directory)
    assert queries.inventory.get(conn, "CP-01", "variables", "A.x") == {"value": "1"}
    assert queries.inventory.get(conn, "CP-01", "variables", "A") is None
    conn.close()
