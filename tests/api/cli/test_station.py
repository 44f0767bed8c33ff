"""`csms station add|list`."""

from tests.api.cli.support import Csms


def test_what_was_added_is_listed(csms: Csms) -> None:
    csms("station", "add", "City Mall Station", "--id", "mall", "--city", "Pune", "--time-zone", "Asia/Kolkata")
    (listed,) = csms("station", "list", "--json").json
    assert (listed["id"], listed["name"], listed["city"]) == ("mall", "City Mall Station", "Pune")
    assert "City Mall Station" in csms("station", "list").out


def test_without_an_id_one_is_made(csms: Csms) -> None:
    added = csms("station", "add", "Depot", "--json").json
    assert added["id"]
    assert csms("station", "add", "Depot").out.startswith("Added station ")


def test_a_wrong_field_is_named(csms: Csms) -> None:
    ran = csms.tried("station", "add", "Depot", "--time-zone", "Mars")
    assert (ran.code, ran.err) == (1, "csms: time_zone: not an IANA time zone name such as Europe/Berlin\n")


def test_the_same_id_twice_is_refused(csms: Csms) -> None:
    csms("station", "add", "Depot", "--id", "d")
    assert "exists already" in csms.tried("station", "add", "Other", "--id", "d").err


def test_an_empty_list_says_how_to_begin(csms: Csms) -> None:
    csms("token", "add", "T1")
    assert "csms station add" in csms("station", "list").out
    assert csms("station", "list", "--json").json == []
