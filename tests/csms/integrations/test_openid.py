"""The client of identity providers against a real one: whom it believes, and what it believes nothing of."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain.identity import Identity
from csms.integrations import http, openid
from tests import identity_provider
from tests.csms.integrations.test_http import TRUSTED
from tests.identity_provider import CLIENT, KEY, OTHER_KEY, SECRET, IdentityProvider

BACK = "https://csms.example.com/openid/callback"

SignIn = Callable[[], Any]


@pytest.fixture
def server() -> Iterator[IdentityProvider]:
    with identity_provider.running() as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[http.Client]:
    made = http.Client(["127.0.0.1"], TRUSTED)
    yield made
    await made.close()


@pytest.fixture
def provider(server: IdentityProvider, client: http.Client) -> openid.Provider:
    return made(server, client)


def made(server: IdentityProvider, client: http.Client, secret: str | None = SECRET) -> openid.Provider:
    return openid.Provider(client, server.issuer, CLIENT, secret, scope="openid email profile", claim="realm.groups")


async def signed_in(provider: openid.Provider, server: IdentityProvider) -> Identity:
    """All of it, with a browser that does what it is told."""
    asked = openid.ask("/")
    back = server.authorize(await provider.authorization_url(BACK, asked))
    code = back.partition("code=")[2].partition("&")[0]
    return await provider.identity(code, BACK, asked, datetime.now(UTC))


async def test_somebody_signs_in(provider: openid.Provider, server: IdentityProvider) -> None:
    server.claims = {"realm": {"groups": ["staff", "north"]}, "amr": ["pwd", "otp"]}
    assert await signed_in(provider, server) == Identity(
        issuer=server.issuer,
        subject="subject-1",
        email="asha@example.com",
        name="Asha Rao",
        groups=("staff", "north"),
        strong=True,
    )


@pytest.mark.parametrize("verified", [False, None, "true"])
async def test_an_email_that_is_not_verified_is_nobodys(
    provider: openid.Provider, server: IdentityProvider, verified: object
) -> None:
    server.claims = {"email_verified": verified}
    assert (await signed_in(provider, server)).email is None


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": int(time.time()) - 3600}, "expired"),
        ({"exp": None}, "bad_claim"),
        ({"iat": int(time.time()) + 3600}, "bad_claim"),
        ({"aud": "another"}, "bad_claim"),
        ({"aud": "another", "azp": CLIENT}, "bad_claim"),
        ({"aud": [CLIENT, "another"]}, "bad_claim"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "bad_claim"),
        ({"iss": "https://evil.example"}, "bad_claim"),
        ({"nonce": "of another sign-in"}, "bad_claim"),
        ({"nonce": None}, "bad_claim"),
        ({"sub": None}, "bad_claim"),
    ],
)
async def test_a_token_that_is_not_for_this_sign_in_is_refused(
    provider: openid.Provider, server: IdentityProvider, claims: dict[str, Any], reason: str
) -> None:
    server.claims = claims
    with pytest.raises(openid.Refused) as refused:
        await signed_in(provider, server)
    assert refused.value.reason == reason


async def test_several_audiences_are_fine_where_the_token_was_made_for_us(
    provider: openid.Provider, server: IdentityProvider
) -> None:
    server.claims = {"aud": [CLIENT, "another"], "azp": CLIENT}
    assert (await signed_in(provider, server)).subject == "subject-1"


async def test_a_forged_signature_is_refused(provider: openid.Provider, server: IdentityProvider) -> None:
    server.key = OTHER_KEY
    with pytest.raises(openid.Refused, match="cannot be trusted"):
        await signed_in(provider, server)


async def test_a_token_that_claims_our_key_but_is_signed_by_another_is_refused(
    provider: openid.Provider, server: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    forger = identity_provider.new_key("one")
    monkeypatch.setattr(server, "key", forger)
    with pytest.raises(openid.Refused) as refused:
        await signed_in(provider, server)
    assert refused.value.reason == "bad_signature"


@pytest.mark.parametrize("token", ["none", "HS256", "not a token", "a.b.c"])
async def test_only_private_keys_sign(
    provider: openid.Provider, server: IdentityProvider, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setattr(server, "id_token", lambda nonce: _forged(server, token, nonce))
    with pytest.raises(openid.Refused) as refused:
        await signed_in(provider, server)
    assert refused.value.reason == "bad_signature"


def _forged(server: IdentityProvider, kind: str, nonce: str) -> str:
    _, body, signature = IdentityProvider.id_token(server, nonce).split(".")
    match kind:
        case "none":
            return f"eyJhbGciOiJub25lIn0.{body}."
        case "HS256":
            return f"eyJhbGciOiJIUzI1NiIsImtpZCI6Im9uZSJ9.{body}.{signature}"
        case _:
            return kind


async def test_keys_are_fetched_anew_when_the_provider_has_others(
    provider: openid.Provider, server: IdentityProvider
) -> None:
    await signed_in(provider, server)
    await signed_in(provider, server)
    assert server.asked.count("/jwks") == 1
    server.key, server.published = OTHER_KEY, [OTHER_KEY]
    await signed_in(provider, server)
    assert server.asked.count("/jwks") == 2
    server.key = KEY
    with pytest.raises(openid.Refused):
        await signed_in(provider, server)


async def test_a_code_is_good_once_and_only_for_who_asked(provider: openid.Provider, server: IdentityProvider) -> None:
    asked, other = openid.ask("/"), openid.ask("/")
    for verifier in (other, asked):
        back = server.authorize(await provider.authorization_url(BACK, asked))
        code = back.partition("code=")[2].partition("&")[0]
        if verifier is asked:
            await provider.identity(code, BACK, asked, datetime.now(UTC))
        with pytest.raises(openid.Refused, match="refused the code"):
            await provider.identity(code, BACK, verifier, datetime.now(UTC))


async def test_a_wrong_secret_is_told(server: IdentityProvider, client: http.Client) -> None:
    for secret in ("wrong", None):
        with pytest.raises(openid.Refused, match="invalid_client"):
            await signed_in(made(server, client, secret), server)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"issuer": "https://evil.example"}, "other_issuer"),
        ({"token_endpoint": 1}, "no_endpoint"),
        ({"jwks_uri": "http://10.0.0.1/jwks"}, "unreachable"),
    ],
)
async def test_a_provider_that_is_none_is_told(
    provider: openid.Provider, server: IdentityProvider, said: dict[str, Any], reason: str
) -> None:
    server.discovery = said
    with pytest.raises(openid.ProviderFailed) as failed:
        await signed_in(provider, server)
    assert failed.value.reason == reason


async def test_a_provider_that_is_down_is_told(client: http.Client) -> None:
    with identity_provider.running() as gone:
        pass
    with pytest.raises(openid.ProviderFailed, match="cannot be reached"):
        await made(gone, client).authorization_url(BACK, openid.ask("/"))
