"""Secrets are checked by what was stored of them, whichever way it was stored."""

from collections.abc import Callable

import pytest

from csms import credentials


def test_a_generated_key_has_256_bits_and_is_safe_in_urls() -> None:
    keys = {credentials.generate() for _ in range(100)}
    assert len(keys) == 100
    assert all(
        len(key) == 43 and set(key) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        for key in keys
    )


@pytest.mark.parametrize("hash", [credentials.hash_key, credentials.hash_password])
def test_only_the_secret_that_was_stored_matches(hash: Callable[[str], str]) -> None:
    stored = hash("correct horse")
    assert credentials.verify(stored, "correct horse")
    for wrong in ("correct horsf", "", "correct horse ", "Correct horse", "\udcff"):
        assert not credentials.verify(stored, wrong)


@pytest.mark.parametrize("hash", [credentials.hash_key, credentials.hash_password])
def test_what_is_stored_differs_each_time_and_does_not_show_the_secret(hash: Callable[[str], str]) -> None:
    assert hash("correct horse") != hash("correct horse")
    assert "correct" not in hash("correct horse")


def test_only_passwords_are_slow() -> None:
    assert "$m=65536,t=3,p=4$" in credentials.hash_password("chosen by a person")
    assert credentials.is_slow(credentials.hash_password("chosen by a person"))
    assert not credentials.is_slow(credentials.hash_key(credentials.generate()))


def test_a_key_is_not_taken_for_a_password_nor_the_other_way_round() -> None:
    key = credentials.generate()
    assert not credentials.verify_password(credentials.hash_key(key), key)
    assert not credentials.verify_key(credentials.hash_password(key), key)


@pytest.mark.parametrize(
    "stored", ["", "sha256", "sha256$", "sha256$salt", "$argon2id$", "plain text", "$argon2id$v=19$x"]
)
def test_what_is_no_stored_secret_matches_nothing(stored: str) -> None:
    assert not credentials.verify(stored, "")
    assert not credentials.verify(stored, stored)
