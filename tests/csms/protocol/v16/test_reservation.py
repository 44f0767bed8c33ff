"""OCPP 1.6 reservations (rule 39)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain import commands, facts
from tests.csms.protocol.v16.blocks import detail, learnt, merged, ordered

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
REQUEST = {"connectorId": 1, "expiryDate": "2026-03-01T10:00:00.000Z", "idTag": "A", "reservationId": 7}


def reserve(token: str = "A", **fields: Any) -> commands.Reserve:
    usual = {"connector_id": 1, "reservation_id": 7}
    return commands.Reserve(id_token=facts.IdToken(token), expires_at=AT, **merged(usual, fields))


def test_a_reservation_of_a_connector_for_a_token_and_its_group() -> None:
    assert ordered(reserve()) == ("ReserveNow", REQUEST)
    assert ordered(reserve(group_id="FLEET"))[1] == {**REQUEST, "parentIdTag": "FLEET"}
    assert ordered(reserve(group_id="x" * 21))[1] == REQUEST


def test_rule_26_without_a_connector_it_is_the_whole_chargers() -> None:
    assert ordered(reserve(connector_id=None))[1]["connectorId"] == 0
    assert ordered(reserve(connector_id=None, evse_id=2))[1]["connectorId"] == 2


def test_what_1_6_cannot_reserve() -> None:
    assert "connector_id only" in detail(reserve(evse_id=2))
    assert "20 characters" in detail(reserve("x" * 21))
    assert "reservation_id" in detail(reserve(reservation_id=None))


def test_an_accepted_one_is_active() -> None:
    [change] = learnt("ReserveNow", REQUEST, {"status": "Accepted"})
    own = {"state": "active", "expires_at": "2026-03-01T10:00:00+00:00", "evse_id": 1}
    assert (change.kind, change.put) == ("reservations", {"7": REQUEST | own})


@pytest.mark.parametrize("status", ["Faulted", "Occupied", "Rejected", "Unavailable"])
def test_a_refused_one_is_none(status: str) -> None:
    assert learnt("ReserveNow", REQUEST, {"status": status}) == ()


def test_one_that_was_ordered_raw_without_a_time_is_not_known() -> None:
    assert learnt("ReserveNow", {**REQUEST, "expiryDate": "soon"}, {"status": "Accepted"}) == ()


def test_a_cancelled_one_has_ended() -> None:
    assert ordered(commands.CancelReservation(reservation_id=7)) == ("CancelReservation", {"reservationId": 7})
    [change] = learnt("CancelReservation", {"reservationId": 7}, {"status": "Accepted"})
    assert change.merge == {"7": {"state": "cancelled"}}
    assert learnt("CancelReservation", {"reservationId": 7}, {"status": "Rejected"}) == ()
