"""The steps of signing in at an OpenID Connect provider, and what is kept in the browser between them.

What was asked is in a cookie, signed with a key of this process and good for some minutes; each state is good once.
A restart forgets the key, and with it every sign-in that was under way. Made by app.py where the settings name a
provider; called by web/openid.py.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections import OrderedDict
from datetime import datetime

import msgspec
import trio

from actors import tree
from api import errors
from csms.domain.identity import Identity
from csms.integrations import openid
from csms.storage.reference.identities import Rules

CALLBACK = "/openid/callback"
MINUTES = 10
MOST_DONE = 10_000
"""States that are remembered as done; the oldest are forgotten first, long after their cookies have ended."""


class _Sealed(msgspec.Struct, frozen=True):
    asked: openid.Asked
    until: float


class OpenId:
    """One provider, and the sign-ins there that are under way."""

    def __init__(self, node: tree.Node, provider: openid.Provider) -> None:
        settings = node.settings
        self.name = settings.openid_name
        self.rules = Rules(settings.openid_roles, settings.openid_scopes, settings.openid_new_users)
        self._node = node
        self._provider = provider
        self._key = secrets.token_bytes(32)
        self._done: OrderedDict[str, None] = OrderedDict()

    async def begin(self, wanted: str) -> tuple[str, str]:
        """Where the browser goes, and the cookie that it keeps meanwhile. Raises ApiError."""
        asked = openid.ask(wanted)
        try:
            url = await self._provider.authorization_url(self._redirect_uri(), asked)
        except openid.OpenIdError as error:
            raise _failed(error) from error
        return url, self._seal(_Sealed(asked, trio.current_time() + MINUTES * 60))

    def opened(self, cookie: str | None, state: str) -> openid.Asked:
        """What was asked, if the browser comes back from just there, and for the first time. Raises NotSignedIn."""
        sealed = self._unseal(cookie or "")
        if sealed is None or sealed.until < trio.current_time():
            raise errors.NotSignedIn(
                f"This sign-in took longer than {MINUTES} minutes, or began in another browser or at another address: "
                "begin again.",
                code="sign_in_expired",
            )
        if not hmac.compare_digest(sealed.asked.state.encode(), state.encode("utf-8", "surrogatepass")):
            raise errors.NotSignedIn("This is the answer to another sign-in: begin again.", code="wrong_state")
        if state in self._done:
            raise errors.NotSignedIn("This sign-in was used already: begin again.", code="replayed_state")
        self._done[state] = None
        while len(self._done) > MOST_DONE:
            self._done.popitem(last=False)
        return sealed.asked

    async def identity(self, code: str, asked: openid.Asked, now: datetime) -> Identity:
        """Who signed in there. Raises ApiError."""
        try:
            return await self._provider.identity(code, self._redirect_uri(), asked, now)
        except openid.OpenIdError as error:
            raise _failed(error) from error

    def _redirect_uri(self) -> str:
        if (here := self._node.services.public_url) is None:
            raise errors.Invalid(
                "The provider cannot send you back: CSMS_PUBLIC_URL has to say where this server is.",
                code="no_public_url",
            )
        return here + CALLBACK

    def _seal(self, sealed: _Sealed) -> str:
        body = base64.urlsafe_b64encode(msgspec.json.encode(sealed)).decode()
        return f"{body}.{self._signature(body)}"

    def _unseal(self, cookie: str) -> _Sealed | None:
        body, _, signature = cookie.partition(".")
        if not hmac.compare_digest(signature.encode("utf-8", "surrogatepass"), self._signature(body).encode()):
            return None
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(body), type=_Sealed)
        except (msgspec.DecodeError, binascii.Error):
            return None

    def _signature(self, body: str) -> str:
        return hmac.new(self._key, body.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def made(node: tree.Node) -> OpenId | None:
    """What the settings say; None without a provider."""
    settings = node.settings
    if settings.openid_issuer is None or settings.openid_client_id is None:
        return None
    provider = openid.Provider(
        node.services.outbound,
        settings.openid_issuer,
        settings.openid_client_id,
        settings.openid_client_secret,
        scope=settings.openid_scope,
        claim=settings.openid_claim,
    )
    return OpenId(node, provider)


def _failed(error: openid.OpenIdError) -> errors.ApiError:
    text = f"{str(error)[:1].upper()}{str(error)[1:]}."
    if isinstance(error, openid.ProviderFailed):
        return errors.ApiError(text, status=502, code=error.reason)
    return errors.NotSignedIn(text, code=error.reason)
