"""Signing in with email and password, and a code where there is a second factor: slow on purpose, bounded, and the same
for addresses that nobody has.

Guessing is slowed down and locked out by guessing.py; what becomes of it is recorded by sign_ins.py.
"""

import sqlite3
from datetime import UTC, datetime

import trio

from actors import tree
from api import auth, errors
from api.caller import Caller
from api.guessing import Guessing
from csms import credentials
from csms.domain.identity import Identity
from csms.storage import staging
from csms.storage.reference import identities, logins, sign_ins, users

CHECKS_AT_ONCE = 2
"""An argon2id check takes a core and 64 MiB for tens of milliseconds; chargers need both."""


class CodeNeeded(errors.NotSignedIn):
    """The password was right: send the code with this `challenge`, to the second step."""

    def __init__(self, challenge: str, end: datetime) -> None:
        super().__init__(
            "Now send the code of your authenticator app, or a recovery code: POST /api/v1/login/second-factor"
            " {challenge, code}.",
            code="second_factor_needed",
            challenge=challenge,
            expires_at=end,
        )
        self.challenge = challenge


class SignIn:
    """Checks what people sign in with."""

    def __init__(self, node: tree.Node) -> None:
        self._node = node
        self._limiter = trio.CapacityLimiter(CHECKS_AT_ONCE)
        self._nobody: str | None = None
        self._guessing = Guessing(node)
        self._careful = frozenset(node.settings.require_second_factor)

    async def login(self, email: str, password: str, origin: logins.Origin) -> tuple[Caller, datetime]:
        """Sign in: the caller, whose `secret` is the token, and its end.

        Raises CodeNeeded, NotSignedIn, ApiError 429.
        """
        await self._guessing.check(email, origin)
        user = await self._node.read(users.find, email)
        if not await self._matches(user, password):
            await self._guessing.refused(email, origin, "password")
            raise errors.NotSignedIn("Email or password is wrong, or the account is disabled.", code="wrong_password")
        assert user is not None, "no password matches nobody"
        made = await self._node.write(sign_ins.with_password, user, origin, datetime.now(UTC))
        if made is None:
            await self._guessing.check_locked(email)
            raise errors.NotSignedIn("Too many tried to sign in at the same time. Try again.", code="try_again")
        return await self.entered(made, email, origin)

    async def second_step(self, challenge: str, code: str, origin: logins.Origin) -> tuple[Caller, datetime]:
        """Sign in with the code that `login` asked for. Raises NotSignedIn, ApiError 429."""
        user = await self._node.read(logins.half_way, challenge, datetime.now(UTC))
        if user is None:
            raise errors.NotSignedIn("That took too long, or was done before: sign in again.", code="sign_in_expired")
        await self._guessing.check(user.email, origin)
        made = await self._node.write(
            sign_ins.with_code, challenge, code, origin, datetime.now(UTC), self._guessing.lockout
        )
        if made is None:
            await self._guessing.refused(user.email, origin, "code")
            raise errors.NotSignedIn(
                "This code is wrong, or was used before. Wait for the next one, or send a recovery code.",
                code="wrong_code",
            )
        return await self.entered(made, user.email, origin)

    async def with_provider(
        self, who: Identity, rules: identities.Rules, origin: logins.Origin, *, acting: str
    ) -> tuple[Caller, datetime]:
        """Sign in somebody for whom a provider vouches. Raises CodeNeeded, NotSignedIn."""
        staging.acting.set(acting)
        try:
            user, made = await self._node.write(identities.enter, who, rules, origin, datetime.now(UTC))
        except identities.NotAdmitted as error:
            told = str(error)
            text = f"{told[:1].upper()}{told[1:]}."
            raise errors.NotSignedIn(text, code=error.reason, user_id=error.user_id) from error
        return await self.entered(made, user.email, origin)

    def check_address(self, origin: logins.Origin) -> None:
        """Raises ApiError 429 when too much has failed from there."""
        self._guessing.check_address(origin)

    async def refused_by_provider(self, origin: logins.Origin, why: str, user_id: str | None = None) -> None:
        """Record that what came from a provider was nothing to sign in with."""
        self._guessing.refused_address(origin)
        await self._node.write(sign_ins.refused_by_provider, user_id, origin, why)

    async def entered(self, made: sign_ins.SignedIn, email: str, origin: logins.Origin) -> tuple[Caller, datetime]:
        """The caller and the end of what a step has made. Raises CodeNeeded where it is half the way."""
        if made.awaits_code:
            raise CodeNeeded(made.token, made.end)
        await self._guessing.accepted(email, origin)
        caller = await self._node.read(auth.signed_in, made.token, datetime.now(UTC), self._careful)
        if caller is None:
            raise errors.NotSignedIn("An administrator has just signed you out. Sign in again.", code="try_again")
        return caller, made.end

    async def confirm(self, caller: Caller, password: str | None, origin: logins.Origin) -> users.User:
        """The user again, who has said the password once more (nothing to say where there is none).

        Raises Forbidden, Conflict for a key, ApiError 429.
        """
        if caller.kind != "user":
            raise errors.Conflict("A key has no password of its own: sign in as a person.", code="not_a_person")
        user = await self._node.read(users.get, caller.id)
        if user.password is None:
            return user
        await self._guessing.check(user.email, origin)
        if not await self._matches(user, password or ""):
            await self._guessing.refused(user.email, origin, "password")
            raise errors.Forbidden("This is not your present password.", code="wrong_password")
        return user

    async def change_password(
        self, caller: Caller, old: str, new: str, origin: logins.Origin
    ) -> tuple[Caller, datetime]:
        """Another password for oneself: all logins end, a new one takes the place of this. Raises as confirm does."""
        user = await self.confirm(caller, old, origin)
        if user.password is None:
            raise errors.Conflict("You sign in elsewhere and have no password here: an administrator may set one.")
        made = await self._node.write(_changed, caller, await self.hash(new), origin, datetime.now(UTC))
        return await self.entered(made, user.email, origin)

    async def switch_off(self, caller: Caller, password: str | None, code: str, origin: logins.Origin) -> None:
        """Do without a second factor. Raises as confirm does, and storage's NotFound where there is none."""
        user = await self.confirm(caller, password, origin)
        await self._guessing.check(user.email, origin)
        if not await self._node.write(
            sign_ins.without_code, user, code, origin, datetime.now(UTC), self._guessing.lockout
        ):
            await self._guessing.refused(user.email, origin, "code")
            raise errors.Forbidden("This code is wrong, or was used before. Wait for the next one.", code="wrong_code")

    async def logout(self, caller: Caller) -> None:
        """End the login that this caller came with; an API key stays (revoke it instead)."""
        if caller.kind == "user":
            await self._node.write(_signed_out, caller)

    async def hash(self, password: str) -> str:
        """The stored form of a new password, made off the event loop."""
        return await trio.to_thread.run_sync(credentials.hash_password, password, limiter=self._limiter)

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


def _changed(
    conn: sqlite3.Connection, caller: Caller, stored: str, origin: logins.Origin, now: datetime
) -> sign_ins.SignedIn:
    how = logins.how(conn, caller.secret)
    user = users.change(conn, caller.id, {}, password=stored)
    return sign_ins.renewed(conn, user, how, origin, now)


def _signed_out(conn: sqlite3.Connection, caller: Caller) -> None:
    sign_ins.signed_out(conn, users.get(conn, caller.id), caller.secret)
