"""What a handler can rely on: receiving, sending, closing, pings and the frame rate."""

import gc
import weakref

import pytest
import trio
import websockets.sync.client as foreign
from trio.testing import wait_all_tasks_blocked
from websockets.typing import Subprotocol

from csms import gateway
from csms.gateway import auth
from tests.csms.gateway import support

CP = auth.Known("CP-01")
PING = b"\x89\x00"
PONG = b"\x8a\x80" + bytes(4)
TEXT, ECHO = b"\x81\x85" + bytes(4) + b"hello", b"\x81\x05hello"


class Mute(support.Echo):
    """Neither reads nor writes, until it is told to."""

    release: trio.Event

    async def talk(self, connection: gateway.Connection) -> None:
        self.release = trio.Event()
        await self.release.wait()


async def test_closing_ends_a_waiting_receive_with_the_code_given() -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01"):
            await handler.met.wait()
            handler.connections[0].close(4001, "enough")
            handler.connections[0].close(4002, "too late")
            await handler.ended.wait()
    assert (handler.ends[0].code, handler.ends[0].reason) == (4001, "enough")


async def test_after_close_nothing_can_be_sent_or_received() -> None:
    handler = Mute(support.registered(CP))
    async with support.serving(handler) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01"):
            await handler.met.wait()
            connection = handler.connections[0]
            connection.close()
            assert connection.closed
            with pytest.raises(gateway.ConnectionClosed):
                await connection.send("x")
            with pytest.raises(gateway.ConnectionClosed):
                await connection.receive()
            handler.release.set()


async def test_close_does_not_cancel_a_handler_in_the_middle_of_its_work() -> None:
    handler = Mute(support.registered(CP))
    async with support.serving(handler, gateway.Options(close_grace=0.05)) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01"))
            await handler.met.wait()
            handler.connections[0].close()
            await support.answered(stream)  # the charger does not answer the close, so the grace runs out
            assert not handler.ended.is_set()
            handler.release.set()
            await handler.ended.wait()


async def test_a_close_waits_for_the_chargers_answer_although_the_handler_has_ended() -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler, gateway.Options(close_grace=1000)) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01"))
            await handler.met.wait()
            handler.connections[0].close(1000)
            await handler.ended.wait()
            received = b""
            with trio.move_on_after(0.05):
                while chunk := await stream.receive_some():
                    received += chunk
                raise AssertionError("the socket was closed without waiting")
            assert received.endswith(b"\x88\x02\x03\xe8")
            await stream.send_all(b"\x88\x82" + bytes(4) + b"\x03\xe8")
            assert await support.answered(stream) == b""


async def test_close_is_harmless_after_the_end_and_cuts_a_long_reason() -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as websocket:
            await handler.met.wait()
            handler.connections[0].close(4000, "ü" * 200)
            await handler.ended.wait()
        while list(running):
            await trio.lowlevel.checkpoint()
        assert websocket.closed
        assert websocket.closed.reason == "ü" * 61
        handler.connections[0].close(4001, "again")


async def test_the_chargers_own_close_code_is_told() -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as websocket:
            await handler.met.wait()
            await websocket.aclose(4711, "lunch")
        await handler.ended.wait()
    assert (handler.ends[0].code, handler.ends[0].reason) == (4711, "lunch")


async def test_frames_that_came_before_the_close_are_still_received() -> None:
    class Late(Mute):
        async def talk(self, connection: gateway.Connection) -> None:
            await super().talk(connection)
            self.got = [await connection.receive(), await connection.receive()]

    handler = Late(support.registered(CP))
    async with support.serving(handler) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as websocket:
            await handler.met.wait()
            await websocket.send_message("one")
            await websocket.send_message("two")
        handler.release.set()
        await handler.ended.wait()
    assert handler.got == ["one", "two"]


async def test_a_charger_that_does_not_read_is_given_up() -> None:
    class Talker(support.Echo):
        async def talk(self, connection: gateway.Connection) -> None:
            while True:
                await connection.send("x" * 2**18)

    handler = Talker(support.registered(CP))
    async with support.serving(handler, gateway.Options(send_timeout=0.1, sweep_every=0.01)) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01"))
            await handler.ended.wait()
    assert handler.ends[0].code == 1006


async def test_rule_16_the_charger_is_pinged_and_its_pong_proves_life() -> None:
    handler = support.Echo(support.registered(CP))
    numbers = gateway.Options(ping_interval=0.02, sweep_every=0.01)
    async with support.serving(handler, numbers) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01"))
            received = b""
            while not received.endswith(PING):
                received += await stream.receive_some()
            seen = handler.connections[0].last_seen
            await stream.send_all(PONG)
            while handler.connections[0].last_seen == seen:
                await trio.lowlevel.checkpoint()
            assert not handler.connections[0].closed


async def test_rule_16_a_foreign_client_answers_our_pings() -> None:
    handler = support.Echo(support.registered(CP))
    numbers = gateway.Options(ping_interval=0.01, offline_after=0.5, sweep_every=0.01)
    async with support.serving(handler, numbers) as running:
        leave = trio.Event()

        def talk() -> None:
            with foreign.connect(
                f"{running.endpoints[0].url}/CP-01", subprotocols=[Subprotocol("ocpp1.6")], ping_interval=None
            ) as websocket:
                trio.from_thread.run(leave.wait)
                websocket.send("still connected")
                assert websocket.recv() == "still connected"

        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, talk)
            await handler.met.wait()
            seen = handler.connections[0].last_seen
            while handler.connections[0].last_seen < seen + 0.05:  # nothing but pongs
                await trio.lowlevel.checkpoint()
            leave.set()


async def test_rule_16_a_silent_charger_is_closed() -> None:
    handler = support.Echo(support.registered(CP))
    numbers = gateway.Options(ping_interval=0.02, offline_after=0.1, sweep_every=0.01, close_grace=0.05)
    async with support.serving(handler, numbers) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01"))
            assert b"no sign of life" in await support.answered(stream)
            await handler.ended.wait()


async def test_rule_16_a_charger_is_not_called_silent_while_we_do_not_read() -> None:
    class Flooded(Mute):
        async def talk(self, connection: gateway.Connection) -> None:
            await super().talk(connection)
            await support.Echo.talk(self, connection)

    handler = Flooded(support.registered(CP))
    numbers = gateway.Options(offline_after=0.05, ping_interval=0.01, sweep_every=0.01)
    async with support.serving(handler, numbers) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01") + TEXT * 10)  # more than is read ahead
            pings = b""
            while pings.count(PING) < 20:  # four times as long as a silent charger would have
                pings += await stream.receive_some()
            assert not handler.connections[0].closed
            handler.connections[0].offline_after = 0
            handler.release.set()
            echoes = b""
            while echoes.count(ECHO) < 10:
                echoes += await stream.receive_some()


async def test_rule_16_a_charger_may_have_its_own_ping_policy() -> None:
    handler = support.Echo(support.registered(auth.Known("CP-01", ping_interval=0, offline_after=270)))
    async with support.serving(handler) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01"):
            await handler.met.wait()
    assert (handler.connections[0].ping_interval, handler.connections[0].offline_after) == (0, 270)


async def test_pings_of_the_charger_are_answered_while_a_frame_is_being_handled() -> None:
    handler = Mute(support.registered(CP))
    async with support.serving(handler) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as websocket:
            await handler.met.wait()
            await websocket.send_message("being handled")
            await websocket.ping()
            handler.release.set()


async def test_the_frame_rate_slows_a_charger_down_and_drops_nothing() -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler, gateway.Options(frame_rate=100)) as running:
        url = f"{running.endpoints[0].url}/CP-01"
        started = trio.current_time()
        for batch in range(2):  # over a reconnect
            async with support.charger(url) as websocket, trio.open_nursery() as nursery:

                async def send(websocket: object = websocket, batch: int = batch) -> None:
                    for number in range(60):
                        await websocket.send_message(f"{batch}-{number}")  # type: ignore[attr-defined]

                nursery.start_soon(send)
                echoed = [await websocket.get_message() for _ in range(60)]
                assert echoed == [f"{batch}-{number}" for number in range(60)]
        # 120 frames: a burst of 100, and the other 20 take a fifth of a second. Waiting can only take longer.
        assert trio.current_time() - started > 0.19


async def test_a_long_frame_counts_as_several() -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler, gateway.Options(frame_rate=0.001)) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as websocket:
            await websocket.send_message("x" * 10_000)
            assert await websocket.get_message() == "x" * 10_000  # it is not held up itself
        await handler.ended.wait()
        pace, now = handler.connections[0]._pace, trio.current_time()
        assert not pace.idle(now + 2900)
        assert pace.idle(now + 3000)


async def test_a_frame_that_waits_for_its_turn_when_we_close_holds_up_nobody() -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler, gateway.Options(frame_rate=0.001)) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as websocket:
            for text in ("counts", "waits for a quarter of an hour"):
                await websocket.send_message(text)
            await handler.met.wait()
            connection = handler.connections[0]
            while connection._pause is None:
                await trio.lowlevel.checkpoint()
            connection.close(1000, "a newer one took over")
            await handler.ended.wait()
        assert connection._pace.idle(trio.current_time() + 1001)  # one frame counts, not two


async def test_frame_rate_0_never_waits() -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler, gateway.Options(frame_rate=0)) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as websocket:
            for number in range(200):
                await websocket.send_message(str(number))
                assert await websocket.get_message() == str(number)


async def test_it_shows_who_it_is_but_no_credential() -> None:
    handler = support.Echo(support.registered(auth.Known("CP-01", 1, ("plain:secret",))))
    async with support.serving(handler) as running:
        right = support.basic("CP-01", "secret")
        async with support.charger(f"{running.endpoints[0].url}/CP-01", authorization=right):
            await handler.met.wait()
            await wait_all_tasks_blocked()
            assert repr(handler.connections[0]) == "<Connection 'CP-01' from 127.0.0.1>"


async def test_a_broken_connection_leaves_nothing_that_only_a_collection_of_garbage_finds() -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01") + TEXT)
            await handler.met.wait()
            spoken = handler.connections[0]._websocket._wsproto.connection
            assert spoken is not None
            left = weakref.ref(spoken._proto)
            del spoken
        await handler.ended.wait()
    gc.disable()
    try:
        handler.connections.clear()
        handler.ends.clear()
        await wait_all_tasks_blocked()
        assert left() is None
    finally:
        gc.enable()
