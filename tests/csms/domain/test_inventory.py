"""What is recorded of things: never a token."""

from csms.domain import inventory, local_list, reservations
from csms.domain.inventory import Change
from tests.csms.domain.test_reservations import LATER

LISTED = local_list.held(3, {"CARD-A": {"status": "Accepted", "parentIdTag": "FLEET"}, "CARD-B": {}}, full=False)
RESERVED = reservations.made({"idTag": "CARD-A", "note": "CARD-A"}, reservation_id=7, evse_id=1, expires_at=LATER)
OTHER = Change(kind="variables", put={"idTag": {"idTag": "CARD-C"}})


def test_the_tokens_of_a_list_and_of_reservations_are_found() -> None:
    assert inventory.tokens((LISTED, RESERVED, OTHER)) == {"CARD-A", "CARD-B", "FLEET"}
    assert inventory.tokens((local_list.version_told(4), OTHER)) == set()


def test_their_surrogates_take_their_place() -> None:
    refs = {"CARD-A": "t1", "CARD-B": "t2", "FLEET": "t3"}
    listed, reserved, other = inventory.with_surrogates((LISTED, RESERVED, OTHER), refs)
    assert (listed.drop, listed.put["t1"]) == (("t2",), {"status": "Accepted", "parentIdTag": "t3"})
    assert listed.put["version"] == {"version": 3}
    assert reserved.put["7"]["idTag"] == "t1"
    assert other is OTHER


def test_what_no_token_can_be_has_no_surrogate_and_is_left_out() -> None:
    [change] = inventory.with_surrogates((local_list.held(3, {"": {"status": "Accepted"}}, full=True),), {})
    assert change.put == {"version": {"version": 3}}
