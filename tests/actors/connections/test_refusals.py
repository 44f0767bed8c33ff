"""Sign-ins that failed, and when they are worth an alert."""

from datetime import UTC, datetime, timedelta

import pytest

from actors.connections import refusals
from csms.domain import security


class Told(list[tuple[str, str, str]]):
    """The alerts, and a clock."""

    now = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self, kind: str, subject: str, detail: str, alert_id: bytes) -> None:
        self.append((kind, subject, detail))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def door(told: Told) -> refusals.Refusals:
    return refusals.Refusals(told, lambda: told.now)


def fail(door: refusals.Refusals, times: int, why: str = "bad_credentials") -> None:
    for _ in range(times):
        door.refused("CP-01", why, "10.0.0.1")


def test_a_wrong_password_now_and_then_is_no_alert(door: refusals.Refusals, told: Told) -> None:
    for _ in range(3):
        fail(door, security.REPEATED - 1)
        door.signed_in("CP-01")
    assert told == []


def test_many_in_a_row_are_one_alert(door: refusals.Refusals, told: Told) -> None:
    fail(door, security.REPEATED * 3)
    [(kind, subject, detail)] = told
    assert (kind, subject) == ("sign_in_refused", "CP-01")
    assert "bad_credentials, 5 times in a row" in detail


@pytest.mark.parametrize("why", ["certificate_revoked", "foreign_certificate"])
def test_a_certificate_that_is_not_good_is_one_at_once(door: refusals.Refusals, told: Told, why: str) -> None:
    fail(door, 3, why)
    assert told == [("sign_in_refused", "CP-01", f"{why} from 10.0.0.1")]
    told.now += timedelta(days=1)
    fail(door, 1, why)
    assert len(told) == 2, "and again the next day"


def test_what_tls_refused_is_told_of_the_address(door: refusals.Refusals, told: Told) -> None:
    door.refused(None, "certificate has expired", "10.0.0.1")
    assert told == [
        ("client_certificate_refused", "10.0.0.1", "a client's certificate was refused: certificate has expired")
    ]


def test_strangers_and_who_asks_first_without_a_password_are_none(door: refusals.Refusals, told: Told) -> None:
    fail(door, 20, "no_credentials")
    door.refused(None, "unknown_charger", "10.0.0.1")
    assert told == []


def test_only_so_many_are_remembered(door: refusals.Refusals, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "LIMIT", 3)
    for number in range(100):
        door.refused(None, "self-signed certificate", f"10.0.0.{number}")
        door.refused(f"CP-{number}", "bad_credentials", "10.0.0.1")
    assert len(door._told) == len(door._in_a_row) == 3
