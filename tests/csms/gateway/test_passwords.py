"""Password checks that do not stop the others (rule 8)."""

import threading

import trio
from trio.testing import wait_all_tasks_blocked

from csms import credentials
from csms.gateway import passwords


class Verifier:
    """Counts its calls and tells from which thread they came."""

    def __init__(self) -> None:
        self.threads: list[int] = []

    def __call__(self, stored: str, password: bytes) -> bool:
        self.threads.append(threading.get_ident())
        return stored.endswith(password.decode())


async def test_rule_8_a_fast_hash_is_checked_in_place() -> None:
    verify = Verifier()
    assert await passwords.Passwords(1, verify).matching(b"secret", ["sha256$secret"]) == "sha256$secret"
    assert verify.threads == [threading.get_ident()]


async def test_rule_8_argon2_runs_in_a_thread_and_only_once() -> None:
    verify = Verifier()
    vault = passwords.Passwords(1, verify)
    for _ in range(3):
        assert await vault.matching(b"secret", ["$argon2id$secret"]) == "$argon2id$secret"
    assert len(verify.threads) == 1
    assert verify.threads[0] != threading.get_ident()


async def test_rule_8_what_did_not_match_is_not_remembered_as_a_match() -> None:
    verify = Verifier()
    vault = passwords.Passwords(1, verify)
    assert await vault.matching(b"secret", ["$argon2id$secret"]) is not None
    assert await vault.matching(b"other", ["$argon2id$secret"]) is None
    assert await vault.matching(b"secret", ["$argon2id$changed"]) is None


async def test_rule_8_any_of_two_stored_ones_may_match_and_the_caller_learns_which() -> None:
    vault = passwords.Passwords(1, Verifier())
    assert await vault.matching(b"new", ["sha256$old", "sha256$new"]) == "sha256$new"
    assert await vault.matching(b"neither", ["sha256$old", "sha256$new"]) is None


async def test_rule_8_slow_checks_are_bounded_in_number() -> None:
    release, running, most = threading.Event(), [0], [0]

    def verify(stored: str, password: bytes) -> bool:
        running[0] += 1
        most[0] = max(most[0], running[0])
        release.wait()
        running[0] -= 1
        return True

    vault = passwords.Passwords(2, verify)
    async with trio.open_nursery() as nursery:
        for number in range(6):
            nursery.start_soon(vault.matching, b"%d" % number, ["$argon2id$x"])
        await wait_all_tasks_blocked()
        release.set()
    assert most[0] <= 2


async def test_rule_8_the_stored_hashes_of_keys_and_passwords_are_understood() -> None:
    vault = passwords.Passwords(1)
    key, password = credentials.generate(), "chosen by a person"
    stored = [credentials.hash_key(key), credentials.hash_password(password)]
    assert await vault.matching(key.encode(), stored) == stored[0]
    assert await vault.matching(password.encode(), stored) == stored[1]
    assert await vault.matching(b"neither", stored) is None


async def test_rule_8_old_firmware_may_present_the_hex_that_the_key_was_sent_as() -> None:
    key = credentials.generate()
    stored = [credentials.hash_key(key)]
    assert await passwords.Passwords(1).matching(key.encode().hex().upper().encode(), stored) == stored[0]
    assert await passwords.Passwords(1).matching(b"", stored) is None
