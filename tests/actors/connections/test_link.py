"""A link: what lasts as long as one socket, and how a frame is written to it. In virtual time."""

import trio
from trio.testing import MockClock

from actors.chargers.outbound import Pending
from actors.connections import link as links
from actors.connections.link import Link
from csms import gateway, protocol
from csms.domain import commands
from csms.protocol import frames
from csms.protocol.versions import Order

V16 = protocol.version("ocpp1.6")


class Socket:
    """Takes frames after `seconds`, or is gone."""

    credential: str | None = None
    certificate: str | None = None
    profile = 0
    ping_interval = offline_after = 0.0

    def __init__(self, *, seconds: float = 0.0, gone: bool = False) -> None:
        self._seconds = seconds
        self._gone = gone
        self.sent: list[str] = []
        self.closed: list[tuple[int, str]] = []

    async def send(self, text: str) -> None:
        await trio.sleep(self._seconds)
        if self._gone:
            raise gateway.ConnectionClosed(1006, "")
        self.sent.append(text)

    def close(self, code: int, reason: str) -> None:
        self.closed.append((code, reason))


async def test_a_frame_is_written_as_it_is() -> None:
    socket = Socket()
    await Link(socket, V16).send("[3,1,{}]")
    assert (socket.sent, socket.closed) == (["[3,1,{}]"], [])


async def test_a_socket_that_is_gone_is_told_by_its_own_end() -> None:
    socket = Socket(gone=True)
    await Link(socket, V16).send("[3,1,{}]")
    assert socket.closed == []


async def test_a_slow_charger_is_waited_for(autojump_clock: MockClock) -> None:
    socket = Socket(seconds=links.SEND_SECONDS - 1)
    await Link(socket, V16).send("[3,1,{}]")
    assert (len(socket.sent), socket.closed) == (1, [])


async def test_a_charger_that_takes_no_frame_is_sent_away(autojump_clock: MockClock) -> None:
    socket = Socket(seconds=3600)
    await Link(socket, V16).send("[3,1,{}]")
    assert trio.current_time() < 2 * links.SEND_SECONDS
    assert [code for code, _ in socket.closed] == [1001]


def test_nothing_is_shared_between_two_links() -> None:
    one, other = Link(Socket(), V16), Link(Socket(), V16)
    call = frames.Call("1", "Heartbeat", {})
    one.replies.keep(call, "[3,1,{}]")
    one.calls.add(Pending("c1", commands.ClearCache(), Order("ClearCache", {}), None))
    one.triggered.add("BootNotification")
    one.reported.add(1)
    assert other.replies.find(call) is None
    assert (len(other.calls), other.triggered, other.reported) == (0, set(), set())


def test_links_of_the_same_socket_are_different_links() -> None:
    socket = Socket()
    assert Link(socket, V16) != Link(socket, V16)
