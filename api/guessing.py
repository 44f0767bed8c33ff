"""Guessing of passwords and codes: slowed down per network and email, and locked out per email. Used by signin.py.

The first is kept in memory, the second on disk. A new password counts as another account here, so that whoever forgot
the old one is not held up by their attempts.
"""

import math
from datetime import UTC, datetime, timedelta
from typing import Literal

import trio

from actors import tree
from api import errors
from api.throttle import Throttle, network_of
from csms.storage.reference import lockouts, logins, sign_ins, users

MINUTE = 60.0
LONGEST = 320
"""Characters of an email that are kept, for a form may say a million of them."""


class Guessing:
    """What is tried, and how often in vain."""

    def __init__(self, node: tree.Node) -> None:
        self._node = node
        self._each, self._address = Throttle(5, 5 * MINUTE), Throttle(50, 5 * MINUTE)
        self._told = Throttle(5, 5 * MINUTE)
        """So that whoever knocks at a locked account does not fill the log."""
        settings = node.settings
        self.lockout = sign_ins.Lockout(settings.lockout_failures, timedelta(minutes=settings.lockout_minutes))

    async def check(self, email: str, origin: logins.Origin) -> None:
        """Raises ApiError 429 for who tries too often, and while the email is locked out."""
        now, key = trio.current_time(), await self._key(email, origin)
        self.check_address(origin)
        _require_none(self._each.wait_s(key, now))
        try:
            await self.check_locked(email)
        except errors.ApiError:
            if self._told.wait_s(key, now) == 0:
                self._told.failed(key, now)
                await self._node.write(sign_ins.locked, email, origin)
            raise

    def check_address(self, origin: logins.Origin) -> None:
        """Raises ApiError 429 when too much has failed from there."""
        _require_none(self._address.wait_s(network_of(origin.address), trio.current_time()))

    def refused_address(self, origin: logins.Origin) -> None:
        """Something from there was wrong, whoever it was."""
        self._address.failed(network_of(origin.address), trio.current_time())

    async def check_locked(self, email: str) -> None:
        """Raises ApiError 429 while the email is locked out."""
        now = datetime.now(UTC)
        until = await self._node.read(lockouts.until, email, now)
        if until is not None:
            told = (
                f"This account is locked until {until:%H:%M} UTC, for its password or code was wrong too often. "
                "An administrator can unlock it sooner."
            )
            raise _too_many(told, "locked_out", math.ceil((until - now).total_seconds()))

    async def refused(self, email: str, origin: logins.Origin, how: Literal["password", "code"]) -> None:
        """Something was wrong. Raises ApiError 429 when that locked the email out."""
        self._each.failed(await self._key(email, origin), trio.current_time())
        self.refused_address(origin)
        if how == "password":  # a code was counted with its check
            await self._node.write(sign_ins.refused, email, origin, datetime.now(UTC), self.lockout, how)
        await self.check_locked(email)

    async def accepted(self, email: str, origin: logins.Origin) -> None:
        """All was right: what failed before from there is forgotten."""
        self._each.succeeded(await self._key(email, origin))

    async def _key(self, email: str, origin: logins.Origin) -> tuple[str, str, str]:
        user = await self._node.read(users.find, email)
        return network_of(origin.address), email.casefold()[:LONGEST], "" if user is None else user.password or ""


def _require_none(wait_s: float) -> None:
    if wait_s > 0:
        wait = math.ceil(wait_s)
        raise _too_many(f"Too many failed attempts. Try again in {wait} seconds.", "too_many_attempts", wait)


def _too_many(told: str, code: str, seconds: int) -> errors.ApiError:
    return errors.ApiError(told, status=429, code=code, headers={"Retry-After": str(seconds)})
