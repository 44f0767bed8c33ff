"""What groups at a provider mean here, and which ways of signing in are two factors."""

import pytest

from csms.domain import identity
from csms.domain.identity import Meaning

ROLES = (Meaning("admins", "admin"), Meaning("desk", "support"))
PLACES = (Meaning("north", "network:north"), Meaning("mall", "station:st1"), Meaning("hq", "all"))


@pytest.mark.parametrize(
    ("methods", "strong"),
    [
        ([], False),
        (["pwd"], False),
        (["otp"], False),
        (["pwd", "pin"], False),
        (["pwd", "unheard-of"], False),
        (["mfa"], True),
        (["pwd", "otp"], True),
        (["hwk", "fpt"], True),
    ],
)
def test_two_factors_are_of_two_kinds(methods: list[str], strong: bool) -> None:
    assert identity.is_strong(methods) is strong


@pytest.mark.parametrize(
    ("groups", "role"), [(["desk", "admins"], "admin"), (["desk"], "support"), (["Desk"], None), ([], None)]
)
def test_the_first_meaning_that_fits_is_the_role(groups: list[str], role: str | None) -> None:
    assert identity.role(groups, ROLES) == role


@pytest.mark.parametrize(
    ("groups", "places"),
    [
        (["north", "mall"], {("network", "north"), ("station", "st1")}),
        (["north", "hq"], None),
        (["elsewhere"], set()),
    ],
)
def test_places_add_up_and_all_is_everything(groups: list[str], places: set[identity.Place] | None) -> None:
    assert identity.places(groups, PLACES) == places


def test_a_meaning_is_written_as_it_is_set() -> None:
    assert str(PLACES[0]) == "north=network:north"
