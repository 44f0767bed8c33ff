"""Signing in with email and password: slow on purpose, bounded, and the same for addresses that nobody has.

Guessing is slowed down per address; an email whose password was guessed too often is locked out, whoever guessed.
"""

import math
import sqlite3
from datetime import UTC, datetime, timedelta

import trio

from actors import tree
from api import auth, errors
from api.caller import Caller
from api.throttle import Throttle
from csms import credentials
from csms.storage.reference import lockouts, logins, sign_ins, users

CHECKS_AT_ONCE = 2
"""An argon2id check takes a core and 64 MiB for tens of milliseconds; chargers need both."""
MINUTE = 60.0


class SignIn:
    """Checks passwords. Guessing is slowed down per address and email, and per address."""

    def __init__(self, node: tree.Node) -> None:
        self._node = node
        self._limiter = trio.CapacityLimiter(CHECKS_AT_ONCE)
        self._nobody: str | None = None
        self._throttles = (Throttle(5, 5 * MINUTE), Throttle(50, 5 * MINUTE))
        self._lockout = (node.settings.lockout_failures, timedelta(minutes=node.settings.lockout_minutes))

    async def login(self, email: str, password: str, origin: logins.Origin) -> tuple[Caller, datetime]:
        """Sign in: the caller, whose `secret` is the token, and its end. Raises NotSignedIn, ApiError 429."""
        keys = ((origin.address, email.casefold()), origin.address)
        self._refuse_hurry(keys)
        await self._refuse_locked(email)
        user = await self._node.read(users.find, email)
        if not await self._matches(user, password):
            for throttle, key in zip(self._throttles, keys, strict=True):
                throttle.failed(key, trio.current_time())
            await self._node.write(sign_ins.refused, email, origin, datetime.now(UTC), *self._lockout)
            await self._refuse_locked(email)
            raise errors.NotSignedIn("Email or password is wrong, or the account is disabled.", code="wrong_password")
        self._throttles[0].succeeded(keys[0])
        assert user is not None, "no password matches nobody"
        return await self._node.write(_accepted, user, origin, datetime.now(UTC))

    async def logout(self, caller: Caller) -> None:
        """End the login that this caller came with; an API key stays (revoke it instead)."""
        if caller.kind == "user":
            await self._node.write(_signed_out, caller)

    async def hash(self, password: str) -> str:
        """The stored form of a new password, made off the event loop."""
        return await trio.to_thread.run_sync(credentials.hash_password, password, limiter=self._limiter)

    def _refuse_hurry(self, keys: tuple[object, ...]) -> None:
        now = trio.current_time()
        wait = max(throttle.wait_s(key, now) for throttle, key in zip(self._throttles, keys, strict=True))
        if wait > 0:
            seconds = math.ceil(wait)
            raise _too_many(f"Too many failed attempts. Try again in {seconds} seconds.", "too_many_attempts", seconds)

    async def _refuse_locked(self, email: str) -> None:
        now = datetime.now(UTC)
        until = await self._node.read(lockouts.until, email, now)
        if until is not None:
            seconds = math.ceil((until - now).total_seconds())
            told = (
                f"This account is locked until {until:%H:%M} UTC, for its password was wrong too often. "
                "An administrator can unlock it sooner."
            )
            raise _too_many(told, "locked_out", seconds)

    async def _matches(self, user: users.User | None, password: str) -> bool:
        """Checks some password in any case, so that the time tells nothing of who has an account."""
        if self._nobody is None:
            self._nobody = await self.hash(credentials.generate())
        usable = user is not None and user.password is not None and not user.disabled
        stored = user.password if user is not None and usable else self._nobody
        right = await trio.to_thread.run_sync(
            credentials.verify_password, stored or self._nobody, password, limiter=self._limiter
        )
        return right and usable


def _accepted(
    conn: sqlite3.Connection, user: users.User, origin: logins.Origin, now: datetime
) -> tuple[Caller, datetime]:
    token, end = sign_ins.accepted(conn, user, origin, now)
    return auth.of_user(conn, user, token), end


def _signed_out(conn: sqlite3.Connection, caller: Caller) -> None:
    sign_ins.signed_out(conn, users.get(conn, caller.id), caller.secret)


def _too_many(told: str, code: str, seconds: int) -> errors.ApiError:
    return errors.ApiError(told, status=429, code=code, headers={"Retry-After": str(seconds)})
