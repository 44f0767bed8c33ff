"""From an accepted TCP connection to an open WebSocket, or to a polite no.

Called by the server for each connection. Puts the pieces around trio-websocket together: admission, TLS, the wire, the
reader, the decision. Never runs a handler.
"""

import logging
import ssl
from typing import cast

import trio
import trio_websocket

from csms import patience
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
from csms.pki import presented

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
        with trio.fail_after(patience.spread(self._options.handshake_timeout)):
            await opening.whole(stream.socket, secure=tls is not None)
        turn = await self._admission.enter()
        self.underway += 1
        try:
            with trio.move_on_after(patience.spread(self._options.handshake_timeout)) as scope:
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
        secured = None if tls is None else await self._encrypted(stream, turn, tls)
        line = wire.Wire(tcp.Tcp(stream) if secured is None else secured)
        asked = await compression.wrap_server_stream(
            cast("trio.Nursery", reads), line, QUEUED, self._options.message_limit, READ_SIZE
        )
        request = self._request(asked, stream, secured)
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
            verdict.identity,
            verdict.subprotocol,
            request.remote,
            request.secure,
            verdict.credential,
            verdict.profile,
            None if request.certificate is None else request.certificate.serial_number,
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
            "upgrade_refused status=%d why=%s target=%r remote=%s detail=%r",
            no.status,
            no.why,
            request.target,
            request.remote,
            no.body,
        )
        headers = [*no.headers, (b"Content-Type", b"text/plain; charset=utf-8"), (b"Connection", b"close")]
        await asked.reject(no.status, extra_headers=headers, body=no.body.encode())
        self._directory.refused(no.identity, no.why, request.remote)

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
        self,
        asked: trio_websocket.WebSocketRequest,
        stream: trio.SocketStream,
        secured: trio.SSLStream[opening.Transport] | None,
    ) -> handshake.Request:
        address = stream.socket.getpeername()[0]
        remote, secure = proxy.origin(address, secured is not None, asked.headers, self._options.trusted_proxies)
        authorization = next((value for name, value in asked.headers if name.lower() == b"authorization"), None)
        shown = None if secured is None else secured.getpeercert(binary_form=True)
        certificate = None if shown is None else presented.read(shown)
        return handshake.Request(asked.path, authorization, asked.proposed_subprotocols, remote, secure, certificate)

    async def _encrypted(
        self, stream: trio.SocketStream, turn: admission.Turn, tls: ssl.SSLContext
    ) -> trio.SSLStream[opening.Transport]:
        transport = opening.Transport(tcp.Tcp(stream), turn)
        encrypted = trio.SSLStream(transport, tls, server_side=True, https_compatible=True)
        try:
            await encrypted.do_handshake()
        except trio.BrokenResourceError as error:
            if isinstance(error.__cause__, ssl.SSLError):
                await self._refused_by_tls(stream, encrypted, error.__cause__)
            raise
        return encrypted

    async def _refused_by_tls(
        self, stream: trio.SocketStream, encrypted: trio.SSLStream[opening.Transport], error: ssl.SSLError
    ) -> None:
        """Tell the charger why, with TLS's alert, which trio makes and does not send; and the log."""
        remote = stream.socket.getpeername()[0]
        why = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else error.reason
        log.info("tls_refused remote=%s reason=%s", remote, why)
        if isinstance(error, ssl.SSLCertVerificationError):
            self.refused += 1
            self._directory.refused(None, why, remote)
        await encrypted.transport_stream.send_all(encrypted._outgoing.read())


def _adopt(made: connection.Connection, found: auth.Known | auth.Unknown) -> None:
    """Take the charger's own ping policy where it has one."""
    if isinstance(found, auth.Known):
        made.ping_interval = made.ping_interval if found.ping_interval is None else found.ping_interval
        made.offline_after = made.offline_after if found.offline_after is None else found.offline_after
