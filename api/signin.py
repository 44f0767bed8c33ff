"""Signing in with email and password: slow on purpose, bounded, and the same for addresses that nobody has."""

import math
from datetime import UTC, datetime

import trio

from actors import tree
from api import auth, errors
from api.caller import Caller
from api.throttle import Throttle
from csms import credentials
from csms.storage.reference import logins, users

CHECKS_AT_ONCE = 2
"""An argon2id check takes a core and 64 MiB for tens of milliseconds; chargers need both."""
MINUTE = 60.0


class SignIn:
    """Checks passwords. Guessing is slowed down per address and email, per address, and per email."""

    def __init__(self, node: tree.Node) -> None:
        self._node = node
        self._limiter = trio.CapacityLimiter(CHECKS_AT_ONCE)
        self._nobody: str | None = None
        self._throttles = (Throttle(5, 5 * MINUTE), Throttle(50, 5 * MINUTE), Throttle(100, 60 * MINUTE))

    async def login(self, email: str, password: str, address: str) -> tuple[Caller, datetime]:
        """Sign in: the caller, whose `secret` is the token, and its end. Raises NotSignedIn, ApiError 429."""
        keys = ((address, email.casefold()), address, email.casefold())
        self._refuse_hurry(keys)
        user = await self._node.read(users.find, email)
        if not await self._matches(user, password):
            for throttle, key in zip(self._throttles, keys, strict=True):
                throttle.failed(key, trio.current_time())
            raise errors.NotSignedIn("Email or password is wrong, or the account is disabled.", code="wrong_password")
        self._throttles[0].succeeded(keys[0])
        assert user is not None, "no password matches nobody"
        token, end = await self._node.write(logins.add, user.id, datetime.now(UTC))
        return auth.of_user(user, token), end

    async def logout(self, caller: Caller) -> None:
        """End the login that this caller came with; an API key stays (revoke it instead)."""
        if caller.kind == "user":
            await self._node.write(logins.end, caller.secret)

    async def hash(self, password: str) -> str:
        """The stored form of a new password, made off the event loop."""
        return await trio.to_thread.run_sync(credentials.hash_password, password, limiter=self._limiter)

    def _refuse_hurry(self, keys: tuple[object, ...]) -> None:
        now = trio.current_time()
        wait = max(throttle.wait_s(key, now) for throttle, key in zip(self._throttles, keys, strict=True))
        if wait > 0:
            seconds = math.ceil(wait)
            raise errors.ApiError(
                f"Too many failed attempts. Try again in {seconds} seconds.",
                status=429,
                code="too_many_attempts",
                headers={"Retry-After": str(seconds)},
            )

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
