"""Signing in at an OpenID Connect provider: authorization code flow with PKCE, and what its ID token must be.

    OpenIdError             reason (a word for programs), and a text that says what to do
    ├── ProviderFailed      the provider does not answer, or not what the standard says
    └── Refused             what it answered is nothing to sign in with

Keys and addresses of the provider are kept for an hour; a token that none of the keys fits has them fetched anew once,
for providers change theirs. Called by api/web/openid.py, which keeps what was `Asked` between the two steps. Never
keeps or logs a code, a token or the client's secret, and asks nothing on the person's behalf afterwards.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import trio
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import errors as jose
from joserfc import jwt
from joserfc.jwk import KeySet

from csms.domain.identity import Identity, is_strong
from csms.integrations import http

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Of ID tokens: those that the provider signs with a private key."""
FRESH_S = 3600.0
LEEWAY_S = 60
"""That clocks may differ by."""


class OpenIdError(Exception):
    """Nobody is signed in; `reason` is a word, such as "expired"."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class ProviderFailed(OpenIdError):
    """The provider does not answer, or not what the standard says."""


class Refused(OpenIdError):
    """What the provider answered is nothing to sign in with."""


class Asked(msgspec.Struct, frozen=True):
    """What a sign-in was begun with, and where to go when it is done."""

    state: str
    nonce: str
    verifier: str
    next: str = "/"


class _Known(NamedTuple):
    authorization: str
    token: str
    jwks: str
    basic: bool
    until: float


def ask(next: str) -> Asked:
    """Begin: fresh random values."""
    return Asked(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), next)


class Provider:
    """One provider, and this server as its client."""

    def __init__(
        self, client: http.Client, issuer: str, client_id: str, secret: str | None, *, scope: str, claim: str
    ) -> None:
        self.issuer = issuer
        self._client = client
        self._client_id, self._secret = client_id, secret
        self._scope, self._claim = scope, claim
        self._known: _Known | None = None
        self._keys: KeySet | None = None
        self._keys_until = 0.0

    async def authorization_url(self, redirect_uri: str, asked: Asked) -> str:
        """Where the browser goes to sign in. Raises ProviderFailed."""
        url: str = prepare_grant_uri(
            (await self._discovered()).authorization,
            self._client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=self._scope,
            state=asked.state,
            nonce=asked.nonce,
            code_challenge=create_s256_code_challenge(asked.verifier),
            code_challenge_method="S256",
        )
        return url

    async def identity(self, code: str, redirect_uri: str, asked: Asked, now: datetime) -> Identity:
        """Who signed in, for the code that the browser brought back. Raises ProviderFailed, Refused."""
        token = await self._exchanged(code, redirect_uri, asked)
        try:
            read = await self._read(token)
        except (jose.JoseError, ValueError) as error:
            raise Refused("bad_signature", f"the provider's token cannot be trusted: {_told(error)}") from None
        return self._identity(self._checked(read, asked, now))

    async def _exchanged(self, code: str, redirect_uri: str, asked: Asked) -> str:
        known = await self._discovered()
        how = "none" if self._secret is None else "client_secret_basic" if known.basic else "client_secret_post"
        body = prepare_token_request(
            "authorization_code", redirect_uri=redirect_uri, code=code, code_verifier=asked.verifier
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        url, headers, body = ClientAuth(self._client_id, self._secret, how).prepare("POST", known.token, headers, body)
        answer = await self._called("POST", url, body.encode(), headers)
        told = _object(answer, known.token)
        if not answer.good:
            raise Refused("code_refused", f"the provider refused the code ({told.get('error', answer.status)})")
        token = told.get("id_token")
        if not isinstance(token, str):
            raise ProviderFailed("no_id_token", "the provider sent no ID token: is this client one of OpenID Connect?")
        return token

    async def _read(self, token: str) -> jwt.Token:
        """The token, which a key of the provider has signed. Raises JoseError, ValueError."""
        if self._keys is not None and self._keys_until > trio.current_time():
            try:
                return jwt.decode(token, self._keys, algorithms=[*ALGORITHMS])
            except (jose.JoseError, ValueError):
                pass  # perhaps by a key that is new
        return jwt.decode(token, await self._fetched_keys(), algorithms=[*ALGORITHMS])

    def _checked(self, read: jwt.Token, asked: Asked, now: datetime) -> Mapping[str, Any]:
        options = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._client_id},
        }
        params = {"nonce": asked.nonce, "client_id": self._client_id}
        claims: CodeIDToken = CodeIDToken(read.claims, read.header, options, params)
        try:
            claims.validate(int(now.timestamp()), LEEWAY_S)
        except jose.ExpiredTokenError:
            raise Refused("expired", "the provider's token has expired: is the clock of this server right?") from None
        except jose.JoseError as error:
            raise Refused("bad_claim", f"the provider's token is not for this sign-in: {_told(error)}") from None
        return read.claims

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        email, name, methods = claims.get("email"), claims.get("name"), claims.get("amr") or []
        return Identity(
            issuer=self.issuer,
            subject=str(claims["sub"]),
            email=email if isinstance(email, str) and claims.get("email_verified") is True else None,
            name=name if isinstance(name, str) else "",
            groups=_values(claims, self._claim),
            strong=is_strong([each for each in methods if isinstance(each, str)]),
        )

    async def _discovered(self) -> _Known:
        if self._known is None or self._known.until <= trio.current_time():
            url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            found = _object(await self._called("GET", url), url)
            if found.get("issuer") != self.issuer:
                said = str(found.get("issuer"))[:200]
                raise ProviderFailed(
                    "other_issuer", f"{url} is of the issuer {said}, not {self.issuer}: set CSMS_OPENID_ISSUER to it"
                )
            methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            self._known = _Known(
                _url(found, "authorization_endpoint", url),
                _url(found, "token_endpoint", url),
                _url(found, "jwks_uri", url),
                "client_secret_basic" in methods,
                trio.current_time() + FRESH_S,
            )
        return self._known

    async def _fetched_keys(self) -> KeySet:
        url = (await self._discovered()).jwks
        found = _object(await self._called("GET", url), url)
        usable = [key for key in found.get("keys", []) if isinstance(key, dict) and key.get("use", "sig") == "sig"]
        self._keys = KeySet.import_key_set({"keys": usable})
        self._keys_until = trio.current_time() + FRESH_S
        return self._keys

    async def _called(
        self, method: str, url: str, content: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> http.Answer:
        try:
            return await self._client.request(method, url, content=content, headers=headers)
        except http.HttpError as error:
            raise ProviderFailed("unreachable", f"the provider cannot be reached: {error}") from error


def _object(answer: http.Answer, url: str) -> dict[str, Any]:
    """The JSON object of an answer. Raises ProviderFailed."""
    try:
        return msgspec.json.decode(answer.body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ProviderFailed("not_json", f"{url} answered {answer.status} and no JSON object") from None


def _url(found: Mapping[str, Any], name: str, where: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise ProviderFailed("no_endpoint", f"{where} names no {name}")
    return value


def _values(claims: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """The values of a claim, or of one inside others: "realm_access.roles"."""
    found: Any = claims
    for name in [path] if path in claims else path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return (found,)
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def _told(error: Exception) -> str:
    """What is wrong with a token, without its content."""
    claim = getattr(error, "claim", None)
    return f"its claim {claim!r} is missing or wrong" if claim else getattr(error, "error", "it cannot be read")
