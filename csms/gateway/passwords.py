"""Checks the password of a connecting charger without stopping the others (rule 8).

Called by the handshake. Generated keys have a fast hash that is checked in place; argon2, for passwords that people
chose, takes 0.17 s of CPU and goes to a thread, few at a time. What was verified once is remembered as a keyed
digest. Never stores or logs a password.
"""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import trio

Verify: TypeAlias = Callable[[str, bytes], bool]

REMEMBERED = 20_000  # digests of 32 bytes


class Passwords:
    """`verify(stored, password)` tells whether they match.

    `slow(stored)` whether that takes long enough for a thread.
    """

    def __init__(self, verify: Verify, at_once: int, slow: Callable[[str], bool] | None = None) -> None:
        self._verify = verify
        self._slow = slow or _argon2
        self._threads = trio.CapacityLimiter(at_once)
        self._secret = secrets.token_bytes(32)
        self._verified: OrderedDict[bytes, None] = OrderedDict()

    async def matching(self, password: bytes, stored: Sequence[str]) -> str | None:
        """The first of `stored` that the password matches, or None."""
        for candidate in stored:
            if await self._matches(candidate, password):
                return candidate
        return None

    async def _matches(self, stored: str, password: bytes) -> bool:
        if not self._slow(stored):
            return self._verify(stored, password)
        # A digest under a key of this process: useless in a memory dump's hands without it, and gone with the process.
        digest = hashlib.blake2b(stored.encode() + b"\0" + password, key=self._secret, digest_size=32).digest()
        if digest in self._verified:
            self._verified.move_to_end(digest)
            return True
        if not await trio.to_thread.run_sync(partial(self._verify, stored, password), limiter=self._threads):
            return False
        self._verified[digest] = None
        if len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)
        return True


def _argon2(stored: str) -> bool:
    return stored.startswith("$argon2")
