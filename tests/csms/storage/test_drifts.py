"""Drift of all chargers is worked out once, and of whoever changed again."""

import sqlite3
from typing import Any

import pytest

from csms.domain import charger, events, inventory
from csms.storage import drifts, lookups, queries
from csms.storage.log import Log
from csms.storage.records import Append, Entry, New
from csms.storage.reference import chargers, stations, templates
from tests.csms.storage.support import NOW

KEY = "MeterValueSampleInterval"
VARIABLE = "SampledDataCtrlr.TxUpdatedInterval"


class Fleet:
    """Chargers that have told their settings; `looked` says who was looked at since it was asked last."""

    def __init__(self, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log, self.drifts = log, drifts.Drifts()
        self._looked: list[str] = []
        work_out = queries.templates.drift

        def watched(conn: sqlite3.Connection, subjects: Any, **more: Any) -> Any:
            subjects = list(subjects)
            self._looked += [each.id for each in subjects]
            return work_out(conn, subjects, **more)

        monkeypatch.setattr(queries.templates, "drift", watched)

    def told(self, charger_id: str, value: str, protocol: str = "1.6") -> None:
        stream, state = events.charger_stream(charger_id), lookups.charger_state(self.log.connection, charger_id).state
        body = {"attributes": {"Actual": {"value": value}}}
        told: list[events.AnyEvent] = [
            events.Connected(epoch=1, protocol=protocol),
            events.ConfigurationRead(values={KEY: (value, False)})
            if protocol == "1.6"
            else events.InventoryChanged(changes=(inventory.Change(kind="variables", put={VARIABLE: body}),)),
        ]
        before = state.version
        for event in told:
            state = charger.evolve(state, event, NOW)
        entry = Entry(stream, before, tuple(map(New, told)))
        self.log.append(Append(entries=(entry,), at=NOW, state=(state,)))

    def differing(self, template_id: str, station_ids: list[str] | None = None) -> list[str]:
        found = self.drifts.of(self.log.connection, template_id, station_ids)
        return [each.charger_id for each in found if each.differences]

    def looked(self) -> list[str]:
        looked, self._looked = sorted(self._looked), []
        return looked


@pytest.fixture
def fleet(log: Log, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """CP-1 and CP-2 of 1.6, CP-3 of 2.1."""
    made = Fleet(log, monkeypatch)
    for number, protocol in enumerate(("1.6", "1.6", "2.1"), start=1):
        log.write(chargers.add, {"id": f"CP-{number}"})
        made.told(f"CP-{number}", "60", protocol)
    return made


@pytest.fixture
def wanted(log: Log, fleet: Fleet) -> str:
    return log.write(templates.add, {"name": "t", "settings": {KEY: "60", VARIABLE: "60"}}).id


def test_whoever_tells_otherwise_differs_and_nobody_else_is_looked_at_again(fleet: Fleet, wanted: str) -> None:
    assert fleet.differing(wanted) == []
    assert fleet.looked() == ["CP-1", "CP-2", "CP-3"]
    fleet.told("CP-2", "900")
    fleet.told("CP-3", "30", "2.1")
    assert fleet.differing(wanted) == ["CP-2", "CP-3"]
    assert fleet.looked() == ["CP-2", "CP-3"]
    assert fleet.differing(wanted) == ["CP-2", "CP-3"]
    assert fleet.looked() == []


def test_another_template_is_looked_at_anew(log: Log, fleet: Fleet, wanted: str) -> None:
    fleet.differing(wanted)
    other = log.write(templates.add, {"name": "one", "match": {"charger_ids": ["CP-1"]}, "settings": {KEY: "5"}})
    assert (fleet.differing(other.id), fleet.differing(wanted)) == (["CP-1"], [])
    log.write(templates.change, other.id, {"settings": {KEY: "60"}})
    assert fleet.differing(other.id) == []
    log.write(templates.change, wanted, {"settings": {KEY: "61"}})
    assert fleet.differing(wanted) == ["CP-2"], "the more particular one decides CP-1's"
    log.write(templates.remove, other.id)
    assert fleet.differing(wanted) == ["CP-1", "CP-2"]
    assert fleet.drifts.of(log.connection, other.id) == []


def test_what_is_registered_counts_too(log: Log, fleet: Fleet) -> None:
    for name in ("mall", "port"):
        log.write(stations.add, {"id": name, "name": name})
    at_the_mall = log.write(templates.add, {"name": "t", "match": {"station_ids": ["mall"]}, "settings": {KEY: "5"}}).id
    assert fleet.differing(at_the_mall) == []
    log.write(chargers.change, "CP-1", {"station_id": "mall"})
    assert fleet.differing(at_the_mall) == fleet.differing(at_the_mall, ["mall"]) == ["CP-1"]
    assert fleet.differing(at_the_mall, ["port"]) == []
    log.write(chargers.remove, "CP-1")
    assert fleet.differing(at_the_mall) == []


def test_many_that_changed_are_read_together(fleet: Fleet, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drifts, "_MANY", 1)
    fleet.told("CP-1", "900")
    assert fleet.differing(wanted) == ["CP-1"]
