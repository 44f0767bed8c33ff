"""Tariffs: versions that hold from a time on, and which tariff a session gets."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from csms.domain import events
from csms.storage import errors, operations
from csms.storage.log import Log
from csms.storage.reference import assignments, stations, tariffs
from csms.storage.reference.assignments import Place

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def fields(price: str = "18.00", **others: Any) -> dict[str, Any]:
    element = {"price_components": [{"type": "ENERGY", "price": price, "step_size": 1}]}
    return {"name": "Energy", "currency": "INR", "tax_included": True, "elements": [element], **others}


def price(found: tariffs.Versioned | tariffs.Applied) -> str:
    return str(found.tariff.elements[0].price_components[0].price)


@pytest.fixture
def assign(log: Log) -> Any:
    """Add a tariff of that id and assign it."""

    def assigned(place: Place, subject: str, id: str, from_at: datetime | None = None, **others: Any) -> None:
        if id not in {each.id for each in tariffs.every(log.connection)}:
            log.write(tariffs.add, fields(id=id, **others))
        log.write(assignments.assign, place, subject, id, now=NOW, from_at=from_at)

    return assigned


def applied(log: Log, at: datetime = NOW, group: str | None = None) -> tariffs.Applied | None:
    return tariffs.in_force(
        log.connection, charger_id="CP-01", connector_id=1, station_id="mall", driver_group=group, at=at
    )


def applies(log: Log, at: datetime = NOW, group: str | None = None) -> str | None:
    found = applied(log, at, group)
    return None if found is None else found.tariff_id


# -- Versions ----------------------------------------------------------------------------------------------------------


def test_a_tariff_reads_back_as_it_was_added(log: Log) -> None:
    added = log.write(tariffs.add, fields(idle_grace_s=600, min_price={"excl_vat": "1.00", "incl_vat": "1.18"}))
    assert tariffs.get(log.connection, added.id) == added
    assert (added.version, added.from_at, price(added)) == (1, None, "18.00")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"id": "a/b"}, "id"),
        ({"currency": "XXX"}, "currency"),
        ({"elements": []}, "elements"),
        ({"colour": "red"}, "colour"),
        (fields("-1"), "elements[0].price_components[0].price"),
        (fields("much"), "elements[0].price_components[0].price"),
    ],
)
def test_what_is_not_acceptable_is_named(log: Log, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        log.write(tariffs.add, {**fields(), **changes})
    assert refused.value.field == field


def test_all_that_is_wrong_is_told_at_once(log: Log) -> None:
    with pytest.raises(errors.InvalidValue, match=r"currency: .*; elements\[0\].*negative"):
        log.write(tariffs.add, fields("-1", currency="ABC"))


def test_a_change_is_a_version_and_the_old_one_stays(log: Log) -> None:
    added = log.write(tariffs.add, fields())
    changed = log.write(tariffs.change, added.id, fields("20.00"), 1, now=NOW)
    assert (changed.version, price(changed)) == (2, "20.00")
    assert [price(each) for each in tariffs.versions(log.connection, added.id)] == ["18.00", "20.00"]
    assert price(tariffs.version(log.connection, added.id, 1)) == "18.00"
    with pytest.raises(errors.RevisionMismatch):
        log.write(tariffs.change, added.id, {"name": "x"}, 1, now=NOW)


def test_a_version_holds_from_its_time_on(log: Log, assign: Any) -> None:
    assign("charger", "CP-01", "t")
    log.write(tariffs.change, "t", fields("20.00"), now=NOW, from_at=NOW + 7 * DAY)
    for days, holds in ((-30, "18.00"), (6, "18.00"), (7, "20.00")):
        found = applied(log, NOW + days * DAY)
        assert found is not None
        assert price(found) == holds


def test_a_change_at_once_takes_nothing_from_a_version_that_is_planned(log: Log) -> None:
    name = log.write(tariffs.add, fields()).id
    log.write(tariffs.change, name, {"elements": fields("20.00")["elements"]}, now=NOW, from_at=NOW + 2 * DAY)
    renamed = log.write(tariffs.change, name, {"name": "Power"}, now=NOW)
    held = [tariffs.holding(log.connection, name, NOW + days * DAY) for days in (0, 1, 2)]
    assert (renamed.tariff.name, [price(each) for each in held]) == ("Power", ["18.00", "18.00", "20.00"])
    back = log.write(tariffs.change, name, {"elements": fields()["elements"]}, now=NOW, from_at=NOW + 2 * DAY)
    assert tariffs.holding(log.connection, name, NOW + 3 * DAY) == back


def test_a_version_in_the_past_is_refused(log: Log) -> None:
    log.write(tariffs.add, fields(id="t"))
    with pytest.raises(errors.InvalidValue, match="from_at: is over"):
        log.write(tariffs.change, "t", fields("20.00"), now=NOW, from_at=NOW - DAY)


def test_only_a_tariff_that_was_never_assigned_is_removed(log: Log, assign: Any) -> None:
    log.write(tariffs.add, fields(id="draft"))
    log.write(tariffs.remove, "draft")
    with pytest.raises(errors.NotFound):
        tariffs.get(log.connection, "draft")
    assign("charger", "CP-01", "t")
    with pytest.raises(errors.InvalidValue, match="valid_to"):
        log.write(tariffs.remove, "t")


def test_who_changed_a_price_is_recorded_with_both_prices(log: Log, assign: Any) -> None:
    log.change(lambda conn: tariffs.add(conn, fields(id="t")), "u1")
    log.change(lambda conn: tariffs.change(conn, "t", fields("20.00"), now=NOW), "u2")
    log.change(lambda conn: assignments.assign(conn, "station", "mall", "t", now=NOW), "u3")
    told = [each.event for each in log.read(events.AUDIT_STREAM) if isinstance(each.event, events.ReferenceChanged)]
    assert [(each.kind, each.by) for each in told] == [("tariff", "u1"), ("tariff", "u2"), ("tariff_assignment", "u3")]
    assert told[1].before["elements"][0]["price_components"][0]["price"] == "18.00"
    assert told[1].after["elements"][0]["price_components"][0]["price"] == "20.00"


# -- Which one a session gets ------------------------------------------------------------------------------------------


def test_without_an_assignment_it_is_free(log: Log) -> None:
    assert applied(log) is None


def test_the_nearest_place_counts_and_the_drivers_group_before_all(log: Log, assign: Any) -> None:
    log.write(stations.add, {"id": "mall", "name": "City Mall"})
    nearer: list[tuple[Place, str, str]] = [
        ("network", "default", "n"),
        ("station", "mall", "s"),
        ("charger", "CP-01", "c"),
        ("connector", "CP-01/1", "k"),
    ]
    for place, subject, named in nearer:
        assign(place, subject, named)
        assert applies(log) == named
    assign("connector", "CP-01/2", "other")
    assign("driver_group", "gold", "g")
    assert (applies(log), applies(log, group="gold"), applies(log, group="silver")) == ("k", "g", "k")


def test_every_place_says_why(log: Log, assign: Any) -> None:
    assign("driver_group", "gold", "g", valid_from=(NOW + DAY).isoformat())
    assign("charger", "CP-01", "c")
    assign("station", "mall", "s")
    found, asked = tariffs.consider(
        log.connection, charger_id="CP-01", connector_id=1, station_id="mall", driver_group="gold", moment=NOW
    )
    assert found is not None
    assert (found.tariff_id, found.version, found.place, found.subject) == ("c", 1, "charger", "CP-01")
    assert [(each.place, each.tariff_id, each.outcome) for each in asked] == [
        ("driver_group", "g", "not_valid"),
        ("connector", None, "none"),
        ("charger", "c", "applies"),
        ("station", "s", "not_asked"),
        ("network", None, "none"),
    ]


def test_a_change_is_made_in_advance(log: Log, assign: Any) -> None:
    assign("station", "mall", "now")
    assign("station", "mall", "later", from_at=NOW + DAY)
    assert (applies(log, NOW - 99 * DAY), applies(log), applies(log, NOW + DAY)) == ("now", "now", "later")
    assert [each.tariff_id for each in assignments.of_place(log.connection, "station", "mall")] == ["now", "later"]


def test_a_change_at_once_holds_from_now(log: Log, assign: Any) -> None:
    assign("station", "mall", "old")
    assign("station", "mall", "new")
    assert (applies(log, NOW - timedelta(seconds=1)), applies(log)) == ("old", "new")


def test_the_same_again_changes_nothing(log: Log, assign: Any) -> None:
    for _ in range(2):
        assign("station", "mall", "old")
    assert len(assignments.of_place(log.connection, "station", "mall")) == 1


def test_a_place_may_lose_its_own(log: Log, assign: Any) -> None:
    assign("station", "mall", "s")
    assign("charger", "CP-01", "c")
    log.write(assignments.assign, "charger", "CP-01", None, now=NOW)
    assert applies(log) == "s"


def test_what_was_scheduled_is_taken_back(log: Log, assign: Any) -> None:
    assign("station", "mall", "s")
    assign("station", "mall", "later", from_at=NOW + DAY)
    first, scheduled = assignments.of_place(log.connection, "station", "mall")
    log.write(assignments.cancel, "later", scheduled.id, NOW)
    assert applies(log, NOW + DAY) == "s"
    with pytest.raises(errors.InvalidValue, match="holds already"):
        log.write(assignments.cancel, "s", first.id, NOW)
    with pytest.raises(errors.NotFound):
        log.write(assignments.cancel, "later", scheduled.id, NOW)


def test_two_changes_for_one_time_are_the_second(log: Log, assign: Any) -> None:
    assign("station", "mall", "one", from_at=NOW + DAY)
    assign("station", "mall", "two", from_at=NOW + DAY)
    assert applies(log, NOW + DAY) == "two"


def test_a_tariff_that_does_not_exist_is_not_assigned(log: Log) -> None:
    with pytest.raises(errors.InvalidValue, match="there is no tariff nowhere"):
        log.write(assignments.assign, "station", "mall", "nowhere", now=NOW)


def test_a_tariff_may_be_added_with_its_place_and_a_second_time_changes_neither(log: Log) -> None:
    both = fields(id="t", assign={"station_id": "mall"})
    log.write(stations.add, {"id": "mall", "name": "City Mall"})
    log.write(operations.run, "tariff.add", both)
    log.write(tariffs.add, fields(id="other"))
    log.write(assignments.assign, "station", "mall", "other", now=NOW)
    with pytest.raises(errors.AlreadyExists):
        log.write(operations.run, "tariff.add", both)
    assert applies(log) == "other"
