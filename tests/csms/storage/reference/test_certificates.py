"""What chargers asked to have signed."""

from datetime import datetime, timedelta

import pytest

from csms.storage import errors
from csms.storage.log import Log
from csms.storage.reference import certificates, chargers
from tests.csms.storage.support import NOW

DAY = timedelta(days=1)


def issue(log: Log, serial: str = "0abc".lstrip("0"), charger_id: str = "CP-01", days: int = 30) -> None:
    log.write(
        lambda conn: certificates.issue(
            conn,
            charger_id,
            "charger",
            serial_number=serial,
            common_name="SN",
            chain="PEM",
            at=NOW,
            ends_at=NOW + days * DAY,
        )
    )


@pytest.fixture(autouse=True)
def registered(log: Log) -> None:
    for charger_id in ("CP-01", "CP-02"):
        log.write(chargers.add, {"id": charger_id})


def ending(log: Log, before: datetime, now: datetime = NOW) -> list[str | None]:
    return [each.serial_number for each in certificates.ending(log.connection, before, now)]


def test_one_is_found_however_its_number_is_written(log: Log) -> None:
    issue(log)
    found = certificates.find(log.connection, "00ABC")
    assert found is not None
    assert (found.status, found.ends_at) == ("issued", NOW + 30 * DAY)
    with pytest.raises(errors.NotFound):
        certificates.get(log.connection, "def")


@pytest.mark.parametrize(("taken", "status"), [(True, "installed"), (False, "rejected")])
def test_its_fate_is_kept(log: Log, taken: bool, status: str) -> None:
    issue(log)
    log.write(lambda conn: certificates.settle(conn, "abc", taken=taken))
    assert certificates.get(log.connection, "abc").status == status


def test_what_is_revoked_stays_so_with_its_first_reason(log: Log) -> None:
    issue(log)
    log.write(certificates.revoke, "abc", "key_compromise", NOW)
    log.write(certificates.revoke, "abc", "superseded", NOW + DAY)
    log.write(lambda conn: certificates.settle(conn, "abc", taken=True))
    found = certificates.get(log.connection, "abc")
    assert (found.status, found.reason, found.revoked_at) == ("revoked", "key_compromise", NOW)
    [listed] = certificates.revoked(log.connection, "charger")
    assert listed.serial_number == "abc"
    with pytest.raises(errors.InvalidValue, match="reason"):
        log.write(certificates.revoke, "abc", "because", NOW)


def test_only_the_newest_good_one_of_a_charger_ends(log: Log) -> None:
    issue(log, "1", days=5)
    issue(log, "2", days=20)
    issue(log, "3", "CP-02", days=5)
    log.write(certificates.revoke, "3", "superseded", NOW)
    assert ending(log, NOW + 10 * DAY) == []
    assert ending(log, NOW + 25 * DAY) == ["2"]


def test_that_of_a_charger_that_was_removed_is_nobodys_to_renew(log: Log) -> None:
    issue(log)
    assert ending(log, NOW + 40 * DAY) == ["abc"]
    log.write(chargers.remove, "CP-01", None)
    assert ending(log, NOW + 40 * DAY) == []
    assert certificates.get(log.connection, "abc").status == "issued", "it is good still, and can be revoked"


def test_one_that_was_issued_and_never_arrived_hides_the_one_in_use_for_a_day_only(log: Log) -> None:
    issue(log, "1", days=5)
    log.write(lambda conn: certificates.settle(conn, "1", taken=True))
    issue(log, "2", days=300)
    assert ending(log, NOW + 10 * DAY, NOW + DAY) == []
    assert ending(log, NOW + 10 * DAY, NOW + 2 * DAY) == ["1"]
    log.write(certificates.used, 2)
    assert ending(log, NOW + 10 * DAY, NOW + 2 * DAY) == []
    assert certificates.get(log.connection, "2").status == "installed"


def test_one_that_was_revoked_is_not_good_again_because_it_is_used(log: Log) -> None:
    issue(log)
    log.write(certificates.revoke, "abc", "superseded", NOW)
    log.write(certificates.used, 1)
    assert certificates.get(log.connection, "abc").status == "revoked"


def test_requests_that_were_refused_count_too(log: Log) -> None:
    issue(log)
    log.write(certificates.refuse, "CP-01", "charger", "wrong name", NOW)
    assert certificates.recent(log.connection, "CP-01", NOW - DAY) == 2
    assert certificates.recent(log.connection, "CP-01", NOW + DAY) == 0
