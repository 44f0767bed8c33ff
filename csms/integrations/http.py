"""HTTP calls that this server makes itself: one client for all of them, with limits.

    HttpError
    ├── NotAllowed     the address is not one that this server may call; nothing was sent
    ├── Unreachable    no answer: no such host, refused, bad certificate, too slow
    └── TooLarge       the answer is larger than was asked for

Addresses often come from outside (a charger's request, a webhook's owner), and behind this server lies a network that
others do not see: so names are looked up here, private addresses must be allowed by name, and the connection goes to
the very address that was checked. Redirects are not followed and the environment's proxies are not used, for the same
reason. Made once by actors/services.py; who calls it says what a status means.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import httpx
import trio

from csms import addresses

SECONDS = 10.0
"""For a whole call, from the name's look-up to the last byte."""
LARGEST = 1_000_000
"""Bytes of an answer."""
TOGETHER = 50
"""Calls at a time; more wait for their turn, within their own time."""

logger = logging.getLogger(__name__)


class HttpError(Exception):
    """A call that came to nothing; `reason` says why, without what was sent."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.reason = reason


class NotAllowed(HttpError):
    """The address is not one that this server may call."""


class Unreachable(HttpError):
    """No answer came."""


class TooLarge(HttpError):
    """The answer is larger than was asked for."""


class Answer(NamedTuple):
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def good(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300


class Client:
    """The shared client; `allowed` are hosts as csms.addresses takes them. Close it at the end.

    `trusted` says whose certificates are good: None for those that browsers trust. `together`: calls at a time.
    """

    def __init__(
        self, allowed: Collection[str], trusted: ssl.SSLContext | None = None, *, together: int = TOGETHER
    ) -> None:
        self._allowed = allowed
        self._trusted = trusted
        self._turns = trio.CapacityLimiter(together)
        self._client: httpx.AsyncClient | None = None
        self._making = trio.Lock()

    async def request(
        self,
        method: str,
        url: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] = {},
        seconds: float = SECONDS,
        largest: int = LARGEST,
    ) -> Answer:
        """Make a call. Raises HttpError."""
        reason = addresses.call_refusal(url, self._allowed)
        if reason is not None:
            raise NotAllowed(url, reason)
        try:
            with trio.fail_after(seconds):
                async with self._turns:
                    return await self._made(httpx.Request(method, url, content=content, headers=headers), largest)
        except trio.TooSlowError:
            raise Unreachable(url, f"no answer within {seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, UnicodeError) as error:
            raise Unreachable(url, _why(error)) from error

    async def close(self) -> None:
        """Give up all connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _made(self, request: httpx.Request, largest: int) -> Answer:
        client = await self._ready()
        failed: Exception = OSError("the host has no address")
        for address in await self._found(request.url):
            there = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                content=request.content,
                headers=request.headers,  # they name the host, not the address
                extensions={"sni_hostname": request.url.host},
            )
            try:
                answer = await client.send(there, stream=True)
            except httpx.ConnectError as error:
                failed = error
                continue
            try:
                return Answer(answer.status_code, answer.headers, await _body(answer, str(request.url), largest))
            finally:
                await answer.aclose()
        raise failed

    async def _found(self, url: httpx.URL) -> Sequence[str]:
        """The addresses of a host, all of which must be allowed. Raises NotAllowed."""
        port = url.port or (443 if url.scheme == "https" else 80)
        found = await trio.socket.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        there = list(dict.fromkeys(str(each[4][0]) for each in found))
        for address in there:
            reason = addresses.address_refusal(url.host, address, self._allowed)
            if reason is not None:
                raise NotAllowed(str(url), reason)
        return there

    async def _ready(self) -> httpx.AsyncClient:
        async with self._making:
            if self._client is None:
                # Off the loop: reading all root certificates takes a tenth of a second.
                if (trusted := self._trusted) is None:
                    trusted = await trio.to_thread.run_sync(httpx.create_ssl_context)
                # A connection that is kept belongs to an address, and might be taken for another host there.
                limits = httpx.Limits(max_keepalive_connections=0)
                patient = httpx.Timeout(None)  # who calls says how long, for all of it
                self._client = httpx.AsyncClient(verify=trusted, limits=limits, trust_env=False, timeout=patient)
            return self._client


def _why(error: BaseException) -> str:
    """The first words in a chain of errors, such as what is wrong with a certificate."""
    told: BaseException | None = error
    while told is not None and not str(told):
        told = told.__cause__ or told.__context__
    return str(told or type(error).__name__)


async def _body(answer: httpx.Response, url: str, largest: int) -> bytes:
    """All of it. Raises TooLarge."""
    body = bytearray()
    # Given up from inside: a generator that is left in the middle would be closed by the collector of garbage.
    with trio.CancelScope() as enough:
        async for chunk in answer.aiter_raw():  # nothing that grows when it is unpacked
            body += chunk
            if len(body) > largest:
                enough.cancel()
    if len(body) > largest:
        raise TooLarge(url, f"the answer is longer than {largest:,} bytes")
    return bytes(body)
