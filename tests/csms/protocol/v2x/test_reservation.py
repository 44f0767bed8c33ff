"""OCPP 2.x reservations (rule 39)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain import commands, facts
from csms.protocol import versions
from tests.csms.protocol.support import V21
from tests.csms.protocol.v2x.support import BOTH, learnt, ordered, told

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
SENT = {
    "id": 7,
    "expiryDateTime": "2026-03-01T10:00:00.000Z",
    "idToken": {"idToken": "A", "type": "ISO14443"},
    "evseId": 2,
    "groupIdToken": {"idToken": "FLEET", "type": "Central"},
}


def reserve(**fields: Any) -> commands.Reserve:
    usual: dict[str, Any] = {"evse_id": 2, "reservation_id": 7, "group_id": "FLEET"}
    return commands.Reserve(id_token=facts.IdToken("A"), expires_at=AT, **{**usual, **fields})


@BOTH
def test_an_evse_for_a_token_and_its_group(version: versions.Version) -> None:
    assert ordered(version, reserve()) == ("ReserveNow", SENT)
    _, any_evse = ordered(version, reserve(evse_id=None, group_id=None))
    assert any_evse.keys() == {"id", "expiryDateTime", "idToken"}
    assert "reservation_id" in ordered(version, reserve(reservation_id=None))


@BOTH
def test_an_accepted_one_is_active_and_a_refused_one_is_none(version: versions.Version) -> None:
    [change] = learnt(version, "ReserveNow", SENT, {"status": "Accepted"})
    own = {"state": "active", "expires_at": "2026-03-01T10:00:00+00:00", "evse_id": 2}
    assert change.put == {"7": {**SENT, "idToken": "A", "groupIdToken": "FLEET", **own}}
    for status in ("Faulted", "Occupied", "Rejected", "Unavailable"):
        assert learnt(version, "ReserveNow", SENT, {"status": status}) == ()


@BOTH
def test_a_cancelled_one_has_ended(version: versions.Version) -> None:
    assert ordered(version, commands.CancelReservation(reservation_id=7)) == ("CancelReservation", {"reservationId": 7})
    [change] = learnt(version, "CancelReservation", {"reservationId": 7}, {"status": "Accepted"})
    assert change.merge == {"7": {"state": "cancelled"}}
    assert learnt(version, "CancelReservation", {"reservationId": 7}, {"status": "Rejected"}) == ()


@BOTH
@pytest.mark.parametrize(("word", "state"), [("Expired", "expired"), ("Removed", "removed"), ("NoTransaction", "used")])
def test_the_charger_says_how_one_ended(version: versions.Version, word: str, state: str) -> None:
    if word == "NoTransaction" and version is not V21:
        return
    report = {"reservationId": 7, "reservationUpdateStatus": word}
    [change] = told(facts.Notification, version, "ReservationStatusUpdate", report).changes
    assert change.merge == {"7": {"state": state, "reservationUpdateStatus": word}}
