"""From an accepted TCP connection to an open WebSocket, or to a polite no.

Called by the server for each connection. Puts the pieces around trio-websocket together: admission, TLS, the wire, the
reader, the decision. Never runs a handler.
"""

import logging
import ssl
from typing import cast

import trio
import trio_websocket

from csms.gateway import (
    admission,
    auth,
    compression,
    connection,
    handshake,
    opening,
    options,
    pacing,
    passwords,
    proxy,
    reader,
    tcp,
    wire,
)

log = logging.getLogger(__name__)

PROTOCOL_ERROR = 1002
QUEUED = 2  # frames that are read ahead, so that a ping behind them is answered while one is being handled
READ_SIZE = 4096


class Upgrader:
    """Shakes hands. Counts what became of it; `underway` is of now."""

    def __init__(
        self,
        directory: handshake.Directory,
        choose: handshake.Choose,
        verify: passwords.Verify,
        numbers: options.Options,
        paces: pacing.Paces,
    ) -> None:
        self._directory = directory
        self._choose = choose
        self._options = numbers
        self._paces = paces
        self._vault = passwords.Passwords(numbers.slow_verifications, verify)
        self._admission = admission.Admission(numbers.handshakes_at_once, numbers.handshakes_per_second)
        self.underway = self.accepted = self.refused = 0

    @property
    def waiting(self) -> int:
        """How many connections wait for their turn."""
        return self._admission.waiting

    async def shake_hands(
        self, nursery: trio.Nursery, stream: trio.SocketStream, tls: ssl.SSLContext | None
    ) -> connection.Connection | None:
        """The open connection, whose tasks run in `nursery`; None if it was refused, too slow or gone.

        May raise anything that TLS or a broken socket makes of it.
        """
        # Who connects and says nothing, or not all of it, costs no turn.
        with trio.fail_after(self._options.handshake_timeout):
            await opening.whole(stream.socket, secure=tls is not None)
        turn = await self._admission.enter()
        self.underway += 1
        try:
            with trio.move_on_after(self._options.handshake_timeout) as scope:
                reads = reader.Reader(nursery, on_end=scope.cancel)
                return await self._upgrade(nursery, reads, stream, tls, turn)
            return None
        finally:
            self.underway -= 1
            turn.leave()

    async def _upgrade(
        self,
        nursery: trio.Nursery,
        reads: reader.Reader,
        stream: trio.SocketStream,
        tls: ssl.SSLContext | None,
        turn: admission.Turn,
    ) -> connection.Connection | None:
        plain = tcp.Tcp(stream)
        line = wire.Wire(plain if tls is None else await _encrypted(opening.Transport(plain, turn), tls))
        asked = await compression.wrap_server_stream(
            cast("trio.Nursery", reads), line, QUEUED, self._options.message_limit, READ_SIZE
        )
        request = self._request(asked, stream, secure=tls is not None)
        verdict = await handshake.answer(request, self._directory, self._vault, self._choose, self._options.retry_after)
        if isinstance(verdict, auth.Refuse):
            await self._refuse(asked, request, verdict)
            return None
        websocket = await asked.accept(subprotocol=verdict.subprotocol)
        reads.on_end = None
        line.open()
        if verdict.subprotocol is None:
            await self._part(websocket, request, verdict)
            return None
        self.accepted += 1
        peer = connection.Peer(
            verdict.identity, verdict.subprotocol, request.remote, request.secure, verdict.credential
        )
        pace = self._paces.of(peer.identity)
        made = connection.Connection(peer, websocket, line, reads, nursery.start_soon, pace, self._options)
        _adopt(made, verdict.found)
        return made

    async def _refuse(
        self, asked: trio_websocket.WebSocketRequest, request: handshake.Request, no: auth.Refuse
    ) -> None:
        self.refused += 1
        log.info(
            "upgrade_refused status=%d why=%s target=%r remote=%s", no.status, no.why, request.target, request.remote
        )
        headers = [*no.headers, (b"Content-Type", b"text/plain; charset=utf-8"), (b"Connection", b"close")]
        await asked.reject(no.status, extra_headers=headers, body=no.body.encode())

    async def _part(
        self,
        websocket: trio_websocket.WebSocketConnection,
        request: handshake.Request,
        admitted: handshake.Admitted,
    ) -> None:
        """Rule 5: no subprotocol in common, so the handshake is finished without one and the socket closed at once."""
        self.refused += 1
        log.info("no_common_subprotocol offered=%r identity=%s", request.offered, admitted.identity)
        with trio.move_on_after(self._options.close_grace):
            await websocket.aclose(PROTOCOL_ERROR, "no common subprotocol")

    def _request(
        self, asked: trio_websocket.WebSocketRequest, stream: trio.SocketStream, *, secure: bool
    ) -> handshake.Request:
        address = stream.socket.getpeername()[0]
        remote, secure = proxy.origin(address, secure, asked.headers, self._options.trusted_proxies)
        authorization = next((value for name, value in asked.headers if name.lower() == b"authorization"), None)
        return handshake.Request(asked.path, authorization, asked.proposed_subprotocols, remote, secure)


async def _encrypted(stream: trio.abc.Stream, tls: ssl.SSLContext) -> trio.abc.Stream:
    encrypted = trio.SSLStream(stream, tls, server_side=True, https_compatible=True)
    await encrypted.do_handshake()
    return encrypted


def _adopt(made: connection.Connection, found: auth.Known | auth.Unknown) -> None:
    """Take the charger's own ping policy where it has one."""
    if isinstance(found, auth.Known):
        made.ping_interval = made.ping_interval if found.ping_interval is None else found.ping_interval
        made.offline_after = made.offline_after if found.offline_after is None else found.offline_after
