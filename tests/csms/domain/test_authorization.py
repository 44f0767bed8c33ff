"""May this token charge, and if not, why (rules 27-31)?"""

from datetime import timedelta
from typing import Any

import pytest

from csms.domain import authorization
from tests.csms.domain.support import BEGIN

HOUR = timedelta(hours=1)


def token(**fields: Any) -> authorization.TokenRecord:
    return authorization.TokenRecord(**({"ref": "t1"} | fields))


def test_rule_27_a_good_token_is_accepted_with_its_end_and_its_group() -> None:
    verdict = authorization.decide(token(group_id="fleet", valid_to=BEGIN + HOUR), BEGIN)
    assert verdict.accepted
    assert (verdict.info.status, verdict.info.expires_at, verdict.info.group_id) == ("Accepted", BEGIN + HOUR, "fleet")


@pytest.mark.parametrize(
    ("record", "status"),
    [
        (None, "Invalid"),
        (token(registered=False), "Invalid"),
        (token(blocked=True), "Blocked"),
        (token(valid_to=BEGIN - HOUR), "Expired"),
        (token(valid_to=BEGIN), "Expired"),
        (token(valid_from=BEGIN + HOUR), "NotAtThisTime"),
    ],
)
def test_rule_31_a_refused_token_is_told_why(record: authorization.TokenRecord | None, status: str) -> None:
    verdict = authorization.decide(record, BEGIN)
    assert (verdict.status, verdict.info.status) == (status, status)
    assert verdict.reason
    assert not verdict.accepted


def test_rule_27_blocked_comes_before_expired() -> None:
    assert authorization.decide(token(blocked=True, valid_to=BEGIN - HOUR), BEGIN).status == "Blocked"


def test_rule_27_a_refused_member_still_names_its_group() -> None:
    assert authorization.decide(token(blocked=True, group_id="fleet"), BEGIN).info.group_id == "fleet"


def test_rule_28_a_token_that_charges_elsewhere_may_not_start_again() -> None:
    assert authorization.decide(token(), BEGIN, elsewhere=True).status == "ConcurrentTx"


def test_rule_28_without_a_start_there_is_no_concurrent_transaction() -> None:
    assert authorization.decide(token(), BEGIN).accepted


def test_rule_28_what_else_is_wrong_comes_first() -> None:
    assert authorization.decide(token(valid_to=BEGIN - HOUR), BEGIN, elsewhere=True).status == "Expired"
