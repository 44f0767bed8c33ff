"""`csms token add|list`."""

from tests.api.cli.support import Csms


def test_what_was_added_is_listed(csms: Csms) -> None:
    csms("token", "add", "04A1B2C3", "--group", "fleet", "--valid-to", "2030-01-01T00:00:00Z")
    (listed,) = csms("token", "list", "--json").json
    assert (listed["id_token"], listed["type"], listed["group_id"]) == ("04A1B2C3", "ISO14443", "fleet")
    assert listed["valid_to"] == "2030-01-01T00:00:00Z"
    assert "04A1B2C3" in csms("token", "list").out


def test_a_blocked_one_stays_blocked(csms: Csms) -> None:
    csms("token", "add", "T1", "--blocked")
    assert csms("token", "list", "--json").json[0]["blocked"] is True


def test_the_surrogate_of_the_log_is_not_told(csms: Csms) -> None:
    assert "ref" not in csms("token", "add", "T1", "--json").json


def test_case_does_not_make_another_token(csms: Csms) -> None:
    csms("token", "add", "abc123")
    ran = csms.tried("token", "add", "ABC123")
    assert ran.code == 1
    assert "exists already" in ran.err


def test_a_time_that_is_none_is_refused(csms: Csms) -> None:
    assert "valid_to" in csms.tried("token", "add", "T1", "--valid-to", "tomorrow").err
