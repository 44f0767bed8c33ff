"""permessage-deflate without context takeover on either side (rule 14; RFC 7692), for the upgrade.

trio-websocket accepts upgrades without extensions and has no way to pass any; wsproto, which does its protocol, has
this one. Here wsproto's connection adds it to the answer. A context that lives on would cost tens of kB a charger, so
each message is compressed alone; what is short goes out as it is.
"""

import dataclasses
from collections.abc import Generator

import trio
import trio_websocket
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Event
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import FrameDecoder, FrameProtocol, Opcode, RsvBits
from wsproto.handshake import H11Handshake

SHORTEST = 512
"""Bytes that are worth compressing: most of what chargers are told is shorter."""


async def wrap_server_stream(
    nursery: trio.Nursery, stream: trio.abc.Stream, queued: int, message_limit: int, read_size: int
) -> trio_websocket.WebSocketRequest:
    """The same as trio-websocket's function of this name (0.12.2), over a connection that can be offered compression.

    What one read brings is at most a thousand times as long when it is decompressed, and then the limit is looked at:
    `read_size` bounds what a message that explodes can cost.
    """
    connection = trio_websocket.WebSocketConnection(
        stream,
        Deflating(ConnectionType.SERVER),
        message_queue_size=queued,
        max_message_size=message_limit,
        receive_buffer_size=read_size,
    )
    nursery.start_soon(connection._reader_task)
    request: trio_websocket.WebSocketRequest = await connection._get_request()
    return request


def release(websocket: trio_websocket.WebSocketConnection) -> None:
    """Let go of what reads the frames of a connection that has ended.

    It and its frames would keep each other until all garbage is collected, which hardly ever happens.
    """
    spoken = websocket._wsproto.connection
    if spoken is not None:
        spoken._proto._parse_more.close()


class Deflating(WSConnection):
    """A server's side of a WebSocket that takes up an offer of compression."""

    def send(self, event: Event) -> bytes:
        """The bytes that say this. Raises wsproto.LocalProtocolError."""
        if not isinstance(event, AcceptConnection):
            return super().send(event)
        answer = super().send(dataclasses.replace(event, extensions=[Deflate()]))
        self.handshake = _OVER
        return answer


class _Over(H11Handshake):
    """In the place of a handshake that succeeded: h11's twenty objects for each charger would stay for nothing."""

    def __init__(self) -> None:
        pass

    def events(self) -> Generator[Event, None, None]:
        """None any more."""
        yield from ()


_OVER = _Over()


class Deflate(PerMessageDeflate):
    """The extension of one connection: takes the first offer that it understands."""

    def __init__(self) -> None:
        super().__init__(client_no_context_takeover=True, server_no_context_takeover=True)

    def accept(self, offer: str) -> bool | str | None:
        """The parameters to answer an offer with, None to pass it over."""
        if self.enabled():
            return None
        try:
            return super().accept(offer)
        except ValueError:  # wsproto reads a size that is no number without looking
            return None

    def frame_outbound(
        self, proto: FrameDecoder | FrameProtocol, opcode: Opcode, rsv: RsvBits, data: bytes, fin: bool
    ) -> tuple[RsvBits, bytes]:
        """A frame as it goes out; every message of ours is one frame."""
        if len(data) < SHORTEST:
            return rsv, data
        return super().frame_outbound(proto, opcode, rsv, data, fin)
