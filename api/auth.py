"""Who is calling: a login token or an API key as Bearer, or the login token in the cookie of the pages.

Every request is identified by a look-up, so a revoked key or a sign-out counts at once. A write that a cookie signs in
must come from our own pages.
"""

import sqlite3
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from litestar.connection import ASGIConnection
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import ASGIApp

from actors import tree
from api import errors, origin
from api.caller import NOBODY, Caller
from api.permissions import Role
from csms.domain import charger
from csms.storage import staging
from csms.storage.reference import api_keys, logins, scopes, second_factors, users

COOKIE = "csms_session"
SECURE_COOKIE = "__Host-csms_session"
"""Browsers take a __Host- cookie over https only, and then for exactly this host."""


class Authenticator:
    """Looks credentials up in the database of a node."""

    def __init__(self, node: tree.Node) -> None:
        self._node = node
        self._careful = frozenset(node.settings.require_second_factor)
        self.trusted = node.settings.trusted_proxies

    async def identify(self, secret: str) -> Caller | None:
        """The caller with this login token or API key; None when it is unknown, revoked or expired."""
        now = datetime.now(UTC)
        if "." in secret:
            return await self._node.read(_with_key, secret, now)
        return await self._node.read(signed_in, secret, now, self._careful)

    async def still_valid(self, caller: Caller) -> bool:
        """False once the caller's credentials have ended or its role changed."""
        return await self.identify(caller.secret) == caller

    def cookie_name(self, connection: origin.Connection) -> str:
        """The name of the sign-in cookie on this connection."""
        return SECURE_COOKIE if origin.is_https(connection, self.trusted) else COOKIE


class Authentication(AbstractAuthenticationMiddleware):
    """Puts the Caller into the request. Raises NotSignedIn for a Bearer that is no good; a stale cookie is nobody."""

    def __init__(self, app: ASGIApp, parts: Mapping[str, Any]) -> None:
        super().__init__(app)
        self._parts = parts

    @property
    def _authenticator(self) -> Authenticator:
        authenticator: Authenticator = self._parts["authenticator"]
        return authenticator

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        """The caller of this request, who is known from here on as the one who acts."""
        result = await self._identified(connection)
        staging.acting.set(result.user.id or staging.SYSTEM)
        return result

    async def _identified(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        header = connection.headers.get("authorization")
        if connection.scope["path"].startswith(charger.SECRET_PATHS):
            return AuthenticationResult(NOBODY, None)  # whatever a charger presents: its URL is its permission
        if header is not None:
            return AuthenticationResult(await self._bearer(header), "bearer")
        secret = connection.cookies.get(self._authenticator.cookie_name(connection))
        caller = await self._authenticator.identify(secret) if secret else None
        if caller is None:
            return AuthenticationResult(NOBODY, None)
        if connection.scope.get("method") not in origin.SAFE_METHODS:
            origin.require_same_origin(connection)
        return AuthenticationResult(caller, "cookie")

    async def _bearer(self, header: str) -> Caller:
        scheme, _, secret = header.partition(" ")
        caller = await self._authenticator.identify(secret.strip()) if scheme.lower() == "bearer" else None
        if caller is None:
            raise errors.NotSignedIn(
                "This token or key is unknown, revoked or expired. POST /api/v1/login gives a new token.",
                status=HTTPStatus.UNAUTHORIZED,
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            )
        return caller


def signed_in(conn: sqlite3.Connection, secret: str, now: datetime, careful: Collection[str]) -> Caller | None:
    """Who has the login with this token; those of `careful` roles may only enrol until they have a second factor."""
    user = logins.find(conn, secret, now)
    if user is None:
        return None
    return Caller(
        id=user.id,
        kind="user",
        role=Role(user.role),
        name=user.name or user.email,
        email=user.email,
        scope=user.scope,
        stations=scopes.reach(conn, user.scope),
        secret=secret,
        must_enrol=user.role in careful and not _is_strong(conn, user, secret),
    )


def _is_strong(conn: sqlite3.Connection, user: users.User, secret: str) -> bool:
    return second_factors.is_on(conn, user.id) or logins.how(conn, secret) == "openid_strong"


def _with_key(conn: sqlite3.Connection, secret: str, now: datetime) -> Caller | None:
    key = api_keys.find(conn, secret, now)
    if key is None:
        return None
    stations = scopes.reach(conn, key.scope)
    return Caller(
        id=key.id, kind="key", role=Role(key.role), name=key.name, scope=key.scope, stations=stations, secret=secret
    )
