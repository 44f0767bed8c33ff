"""How reservations begin and end (rule 39)."""

from datetime import UTC, datetime, timedelta

import pytest

from csms.domain import inventory, reservations
from csms.domain.reservations import Held

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
BOTH = {"7": Held(LATER, 1), "8": Held(NOW, 0)}


def after(*changes: inventory.Change) -> dict[str, Held]:
    return reservations.folded(BOTH, changes)


def test_one_that_the_charger_accepted_is_active() -> None:
    made = reservations.made({"idTag": "t1"}, reservation_id=9, evse_id=2, expires_at=LATER)
    assert after(made) == {**BOTH, "9": Held(LATER, 2)}
    assert made.put["9"] == {"idTag": "t1", "state": "active", "expires_at": LATER.isoformat(), "evse_id": 2}


def test_one_with_the_same_id_replaces_it() -> None:
    assert after(reservations.made({}, reservation_id=7, evse_id=2, expires_at=NOW))["7"] == Held(NOW, 2)


def test_an_end_ends_it_and_other_things_do_not() -> None:
    assert after(reservations.ended(7, "cancelled")) == {"8": Held(NOW, 0)}
    assert after(inventory.Change(kind="monitors", merge={"7": {"state": "used"}})) == BOTH
    assert after(reservations.ended(99, "expired", why="unknown here")) == BOTH


def test_rule_39_by_use() -> None:
    [change] = reservations.used(BOTH, 7)
    assert after(change) == {"8": Held(NOW, 0)}
    assert change.merge == {"7": {"state": "used"}}
    assert reservations.used(BOTH, 99) == reservations.used(BOTH, None) == ()


def test_rule_39_by_expiry() -> None:
    assert [change.merge for change in reservations.expired(BOTH, NOW)] == [{"8": {"state": "expired"}}]
    assert reservations.next_end(BOTH) == NOW
    assert reservations.next_end({}) is None


@pytest.mark.parametrize("status", ["Faulted", "Unavailable"])
def test_rule_39_by_a_connector_that_is_out_of_order(status: str) -> None:
    [change] = reservations.interrupted(BOTH, 1, status)
    assert change.merge == {"7": {"state": "removed", "reason": status}}
    assert after(*reservations.interrupted(BOTH, 0, status)) == {}
    assert reservations.interrupted(BOTH, 2, status) == ()


@pytest.mark.parametrize("status", ["Available", "Reserved", "Preparing"])
def test_no_other_status_ends_one(status: str) -> None:
    assert reservations.interrupted(BOTH, 1, status) == ()


def test_one_whose_time_is_over_is_shown_so_though_nobody_recorded_it() -> None:
    body = {"state": "active", "expires_at": NOW.isoformat()}
    assert reservations.shown(body, NOW)["state"] == "expired"
    assert reservations.shown(body, NOW - timedelta(seconds=1)) == body
    assert reservations.shown({**body, "state": "used"}, LATER)["state"] == "used"
    assert reservations.shown({"state": "cancelled"}, LATER) == {"state": "cancelled"}
