"""Which passwords are good while one is changed: no charger is locked out, and no old one stays for ever."""

import hypothesis
from hypothesis import strategies

from csms.domain import rotation
from csms.domain.rotation import Candidate, Credentials

OLD = Credentials("old")


def test_rule_8_a_new_one_is_good_beside_the_old_one_before_anything_is_known() -> None:
    assert rotation.offered(OLD, "new").good == ("old", "new")


def test_rule_8_after_accepted_the_old_one_stops_working() -> None:
    assert rotation.taken(rotation.offered(OLD, "new"), "new") == Credentials("new")


def test_rule_8_after_rejected_the_old_one_is_kept() -> None:
    assert rotation.refused(rotation.offered(OLD, "new"), "new") == OLD


def test_rule_8_the_one_that_is_used_settles_what_was_unknown() -> None:
    unknown = rotation.offered(OLD, "new")
    assert rotation.used(unknown, "new") == Credentials("new")
    assert rotation.used(unknown, "old") == OLD


def test_a_sign_in_says_nothing_about_a_call_that_had_no_outcome_then() -> None:
    unknown = rotation.offered(OLD, "new")
    assert rotation.used(unknown, "old", {"new"}) == unknown
    assert rotation.used(unknown, "new", {"new"}) == Credentials("new")


def test_one_that_is_used_after_a_reboot_stays_good_until_then() -> None:
    due = rotation.deferred(rotation.offered(OLD, "new"), "new")
    assert rotation.used(due, "old") == due
    assert rotation.used(due, "new") == Credentials("new")


def test_a_second_change_is_good_beside_the_first_whose_outcome_is_unknown() -> None:
    both = rotation.offered(rotation.offered(OLD, "first"), "second")
    assert both.good == ("old", "first", "second")
    assert rotation.refused(both, "second").good == ("old", "first")
    assert rotation.taken(both, "second") == Credentials("second"), "it came after the first"
    assert rotation.taken(both, "first") == Credentials("first", (Candidate("second"),))
    assert rotation.used(both, "first", {"second"}) == Credentials("first", (Candidate("second"),))


def test_one_that_an_operator_replaced_meanwhile_is_good_beside_what_they_set() -> None:
    assert rotation.taken(Credentials("set by hand"), "new").good == ("set by hand", "new")


def test_where_no_password_is_asked_for_nothing_is_checked_until_one_is_taken() -> None:
    none = Credentials()
    assert none.good == ()
    assert rotation.offered(none, "new") == rotation.deferred(none, "new") == rotation.refused(none, "new") == none
    assert rotation.taken(none, "new") == Credentials("new")


def test_a_stranger_settles_nothing() -> None:
    assert rotation.used(rotation.offered(OLD, "new"), "other") == rotation.offered(OLD, "new")


@hypothesis.given(strategies.data())
def test_a_charger_is_never_locked_out(data: strategies.DataObject) -> None:
    """Whatever the order of changes, lost answers, reboots and sign-ins: what the charger holds is always good."""
    known, holds = OLD, "old"
    due: str | None = None
    for number in range(data.draw(strategies.integers(1, 12))):
        new = f"new-{number}"
        known = rotation.offered(known, new)
        match data.draw(strategies.sampled_from(["accepted", "lost", "applied and lost", "rejected", "reboot"])):
            case "accepted":
                holds, due, known = new, None, rotation.taken(known, new)
            case "applied and lost":
                holds, due = new, None
            case "rejected":
                known = rotation.refused(known, new)
            case "reboot":
                due, known = new, rotation.deferred(known, new)
            case _:
                pass
        assert holds in known.good
        if due is not None and data.draw(strategies.booleans()):
            holds, due = due, None
        if data.draw(strategies.booleans()):
            assert holds in known.good
            known = rotation.used(known, holds)
    assert holds in known.good
    if due is None:
        assert rotation.used(known, holds).current == holds


def test_one_that_is_kept_for_another_way_to_connect_stands_beside_the_old_one() -> None:
    known = rotation.kept(rotation.offered(Credentials("old"), "new"), "new")
    assert known.good == ("old", "new")
    assert rotation.used(known, "old").good == ("old", "new"), "it has not used the other way yet"
    assert rotation.used(known, "new").good == ("new",)
    assert rotation.kept(Credentials(), "first").good == ("first",)
