"""The gateway over real sockets: accept, authenticate, receive, send, close."""

import ipaddress
from contextlib import AsyncExitStack

import pytest
import trio
import trio_websocket
from trio.testing import wait_all_tasks_blocked

from csms import gateway
from csms.gateway import auth, connection, server
from tests.csms.gateway import support

CP = auth.Known("CP-01")
LOCKED = auth.Known("CP-02", security_profile=1, credentials=("plain:secret",))


async def test_a_registered_charger_talks() -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as websocket:
            await websocket.send_message('[2,"1","Heartbeat",{}]')
            assert await websocket.get_message() == '[2,"1","Heartbeat",{}]'
            assert websocket.subprotocol == "ocpp1.6"


async def test_rule_6_an_unknown_charger_gets_404_before_the_upgrade() -> None:
    async with support.serving(support.Echo()) as running:
        status, _, _ = await support.refused(running, "/ocpp/CP-09")
        assert status == 404


async def test_rule_6_a_missing_password_is_asked_for_with_401() -> None:
    async with support.serving(support.Echo(support.registered(LOCKED))) as running:
        status, headers, _ = await support.refused(running, "/ocpp/CP-02")
        assert status == 401
        assert headers["www-authenticate"].startswith("Basic ")


async def test_rule_6_a_wrong_password_is_refused_and_the_right_one_taken() -> None:
    handler = support.Echo(support.registered(LOCKED))
    async with support.serving(handler) as running:
        status, _, _ = await support.refused(
            running, "/ocpp/CP-02", f"Authorization: {support.basic('CP-02', 'wrong')}"
        )
        assert status == 401
        right = support.basic("CP-02", "secret")
        async with support.charger(f"{running.endpoints[0].url}/CP-02", authorization=right) as websocket:
            await websocket.send_message("hello")
            assert await websocket.get_message() == "hello"
        assert handler.connections[0].credential == "plain:secret"


async def test_rule_4_two_sockets_of_one_charger_are_both_accepted_and_the_handler_decides() -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler) as running:
        url = f"{running.endpoints[0].url}/cp-01"
        async with support.charger(url) as old, support.charger(url) as new:
            while len(handler.connections) < 2:
                await trio.lowlevel.checkpoint()
            handler.connections[0].close(4000, "superseded")
            with pytest.raises(trio_websocket.ConnectionClosed) as caught:
                await old.get_message()
            assert caught.value.reason
            assert (caught.value.reason.code, caught.value.reason.reason) == (4000, "superseded")
            await new.send_message("the new one lives")
            assert await new.get_message() == "the new one lives"
        assert [each.identity for each in handler.connections] == ["CP-01", "CP-01"]


@pytest.mark.parametrize(
    ("offer", "agreed"), [(("ocpp9", "ocpp2.0.1", "ocpp1.6"), "ocpp2.0.1"), (("ocpp1.6",), "ocpp1.6")]
)
async def test_rule_5_the_chosen_subprotocol_is_answered(offer: tuple[str, ...], agreed: str) -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01", offer=offer) as websocket:
            assert websocket.subprotocol == agreed
            await handler.met.wait()
            assert handler.connections[0].subprotocol == agreed


@pytest.mark.parametrize("offer", ["ocpp9, soap", ""])
async def test_rule_5_without_one_in_common_the_upgrade_is_finished_and_closed_at_once(offer: str) -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler, gateway.Options(close_grace=0.1)) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01", offer=offer))
            head, _, frame = (await support.answered(stream)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101")
        assert b"sec-websocket-protocol" not in head.lower()
        assert frame[:4] == b"\x88\x17\x03\xea"  # a close frame with 1002
        assert handler.connections == []


async def test_rule_7_an_identity_that_2_0_1_forbids_is_not_found_there() -> None:
    handler = support.Echo(support.registered(auth.Known("a:b")))
    async with support.serving(handler) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/a:b", offer="ocpp2.0.1"))
            assert (await support.answered(stream)).startswith(b"HTTP/1.1 404")


async def test_rule_15_a_frame_sent_together_with_the_request_is_not_lost() -> None:
    class Slow(support.Echo):
        async def credentials(self, identity: str) -> auth.Known | auth.Unknown:
            await wait_all_tasks_blocked()
            return await super().credentials(identity)

    frame = b"\x81\x85" + bytes(4) + b"early"
    async with support.serving(Slow(support.registered(CP))) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01") + frame)
            await stream.send_all(frame)
            received = b""
            while not received.endswith(b"\x81\x05early" * 2):
                received += await stream.receive_some()


async def test_while_not_accepting_upgrades_get_503_and_are_told_when_to_come_back() -> None:
    handler = support.Echo(support.registered(CP), ready=False)
    async with support.serving(handler, gateway.Options(retry_after=7)) as running:
        status, headers, _ = await support.refused(running, "/ocpp/CP-01")
        assert (status, headers["retry-after"]) == (503, "7")
        handler.ready = True
        assert await support.works(running)


async def test_a_look_up_that_fails_costs_one_503(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(support.Echo):
        async def credentials(self, identity: str) -> auth.Known | auth.Unknown:
            raise RuntimeError("no database")

    async with support.serving(Broken()) as running:
        assert (await support.refused(running, "/ocpp/CP-01"))[0] == 503
    assert "credentials_failed" in caplog.text


async def test_a_handler_that_raises_loses_its_connection_with_1011(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(support.Echo):
        async def talk(self, connection: gateway.Connection) -> None:
            if await connection.receive() == "break":
                raise RuntimeError("a bug")
            await connection.send("fine")

    async with support.serving(Broken(support.registered(CP))) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as bad:
            async with support.charger(f"{running.endpoints[0].url}/CP-01") as good:
                await bad.send_message("break")
                with pytest.raises(trio_websocket.ConnectionClosed) as caught:
                    await bad.get_message()
                assert caught.value.reason
                assert caught.value.reason.code == 1011
                await good.send_message("hello")
                assert await good.get_message() == "fine"
    assert "handler_failed" in caplog.text


async def test_a_handler_that_returns_closes_with_1000() -> None:
    class Brief(support.Echo):
        async def talk(self, connection: gateway.Connection) -> None:
            return

    async with support.serving(Brief(support.registered(CP))) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as websocket:
            with pytest.raises(trio_websocket.ConnectionClosed) as caught:
                await websocket.get_message()
            assert caught.value.reason
            assert caught.value.reason.code == 1000


async def test_all_sockets_can_be_closed_with_1013() -> None:
    async with support.serving(support.Echo(unknown=auth.Unknown(admit=True))) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as websocket:
            while not list(running):
                await trio.lowlevel.checkpoint()
            running.close_all(1013, "cannot store")
            with pytest.raises(trio_websocket.ConnectionClosed) as caught:
                await websocket.get_message()
            assert caught.value.reason
            assert caught.value.reason.code == 1013


async def test_draining_closes_everybody_batch_by_batch() -> None:
    handler = support.Echo(unknown=auth.Unknown(admit=True))
    async with support.serving(handler) as running, AsyncExitStack() as stack:
        for number in range(5):
            url = f"{running.endpoints[0].url}/CP-{number}"
            await stack.enter_async_context(support.charger(url))
        while running.statistics().connections < 5:
            await trio.lowlevel.checkpoint()
        await running.drain(batch=2, pause=0)
        while running.statistics().connections:
            await trio.lowlevel.checkpoint()
        assert {end.code for end in handler.ends} == {1001}


async def test_stopping_the_gateway_tells_the_chargers_1001() -> None:
    handler = support.Echo(support.registered(CP))
    async with trio.open_nursery() as nursery:
        async with support.serving(handler, gateway.Options(close_grace=0.05)) as running:
            stream = await support.raw(running)
            await stream.send_all(support.upgrade("/ocpp/CP-01"))
            await handler.met.wait()
            received: list[bytes] = []

            async def read() -> None:
                received.append(await support.answered(stream))

            nursery.start_soon(read)
    assert received[0].endswith(b"\x88\x02\x03\xe9")
    await stream.aclose()


async def test_statistics_count_what_became_of_connections() -> None:
    async with support.serving(support.Echo(support.registered(CP))) as running:
        assert await support.works(running)
        await support.refused(running, "/ocpp/nobody")
        while running.statistics().connections:
            await trio.lowlevel.checkpoint()
        assert running.statistics() == gateway.Statistics(0, 0, 0, accepted=1, refused=1, failed=0)


async def test_a_busy_port_is_named_with_the_flag_to_change() -> None:
    async with support.serving(support.Echo()) as running:
        listener = gateway.Listener("127.0.0.1", running.endpoints[0].port, flag="--ocpp-port")
        with pytest.raises(gateway.BadListener, match=rf"{listener.port}.*--ocpp-port"):
            await gateway.serve(
                support.Echo(),
                [gateway.Listener("127.0.0.1", 0), listener],
                choose=support.choose,
                verify=support.verify,
            )


async def test_a_trusted_proxy_ends_tls_for_a_profile_2_charger() -> None:
    handler = support.Echo(support.registered(auth.Known("CP-02", 2, ("plain:secret",))))
    lines = ("X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https")
    password = f"Authorization: {support.basic('CP-02', 'secret')}"
    async with support.serving(handler) as running:
        assert (await support.refused(running, "/ocpp/CP-02", password, *lines))[0] == 401
    trusting = gateway.Options(trusted_proxies=(ipaddress.ip_network("127.0.0.0/8"),))
    async with support.serving(handler, trusting) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-02", password, *lines))
            await handler.met.wait()
        assert (handler.connections[0].remote, handler.connections[0].secure) == ("203.0.113.9", True)


async def test_others_have_their_turn_while_many_are_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SWEPT_TOGETHER", 1)
    order: list[str] = []
    swept = trio.Event()

    def sweep(_: connection.Connection, now: float) -> None:
        order.append("sweep")
        swept.set()

    async with support.serving(support.Echo(support.registered(CP)), gateway.Options(sweep_every=0.01)) as running:
        url = f"{running.endpoints[0].url}/CP-01"
        async with support.charger(url), support.charger(url), support.charger(url):
            while running.statistics().connections < 3:
                await trio.lowlevel.checkpoint()
            monkeypatch.setattr(connection.Connection, "sweep", sweep)
            await swept.wait()
            order.append("other")
            while order.count("sweep") < 3:
                await trio.lowlevel.checkpoint()
    assert "other" in order[:3]
