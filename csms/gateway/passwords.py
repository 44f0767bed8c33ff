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

from csms import credentials

Verify: TypeAlias = Callable[[str, bytes], bool]

REMEMBERED = 20_000  # digests of 32 bytes


class Passwords:
    """`verify(stored, password)` tells whether they match.

    `slow(stored)` whether that takes long enough for a thread.
    """

    def __init__(
        self, at_once: int, verify: Verify = credentials.verify, slow: Callable[[str], bool] = credentials.is_slow
    ) -> None:
        self._verify = verify
        self._slow = slow
        self._threads = trio.CapacityLimiter(at_once)
        self._secret = secrets.token_bytes(32)
        self._verified: OrderedDict[bytes, None] = OrderedDict()

    async def matching(self, password: bytes, stored: Sequence[str]) -> str | None:
        """The first of `stored` that the password matches, or None.

        In OCPP 1.6 a key is sent to the charger as the hex of its bytes, and old firmware takes that for the text.
        """
        for candidate in stored:
            for presented in filter(None, (password, _unhexed(password))):
                if await self._matches(candidate, presented):
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


def _unhexed(password: bytes) -> bytes | None:
    try:
        return bytes.fromhex(password.decode("ascii"))
    except ValueError:
        return None
