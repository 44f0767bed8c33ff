"""The gateway over real sockets: accept, authenticate, receive, send, close."""

from csms.gateway import auth
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
