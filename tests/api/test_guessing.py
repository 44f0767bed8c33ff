"""Guessing is slowed down by where it comes from, and costs little to remember."""

import pytest

from api import errors, guessing, server
from csms.storage.reference.logins import Origin


async def test_a_household_guesses_as_one_whatever_address_it_takes(serving: server.Serving) -> None:
    watched = guessing.Guessing(serving.node)
    for number in range(50):
        watched.refused_address(Origin(f"2001:db8:1:2::{number:x}"))
    with pytest.raises(errors.ApiError, match="Too many failed attempts"):
        watched.check_address(Origin("2001:db8:1:2:ffff::1"))
    watched.check_address(Origin("2001:db8:1:3::1"))


async def test_of_an_endless_email_only_the_beginning_is_kept(serving: server.Serving) -> None:
    watched, here = guessing.Guessing(serving.node), Origin("203.0.113.7")
    for number in range(5):
        await watched.refused(f"{'a' * 1000}{number}", here, "code")
    with pytest.raises(errors.ApiError, match="Too many failed attempts"):
        await watched.check("a" * 2000, here)
