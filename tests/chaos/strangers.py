"""Who else has to do with a network in the course of a day: `python -m tests.chaos.strangers OCPP HTTP CHARGERS SEED`.

Support engineers with orders, dashboards that follow the events, second places with a charger's identity, and hostile
peers; in a process of their own and in our time. The first line of stdin is the token that the API knows them by; with
the second one they end, and say in a line how much they did, and what no answer of a server should ever be. What they
meet while the server is down is no surprise to them.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import trio
import trio_websocket

from api.cli import files
from csms import simulator
from tests.chaos import habits, hostile, network
from tests.csms.gateway import support

ORDERS_S, FIGHTS_S, ATTACKS_S = 0.4, 2.0, 6.0
"""Pauses between what they do."""
ATTACK_S = 20.0
"""An attack takes no longer, whatever becomes of the server."""
ENGINEERS = 2
DASHBOARDS = 2
ATTACKS = tuple(attack for attack in hostile.ATTACKS if attack is not hostile.bad_tls)
"""The server of a day has no port for wss."""
EXPECTED = frozenset({200, 202, 408, 409, 429, 502, 503, 504})
"""What an order may be answered: 502 where an actor was made to fail, 408 as seconds are short in compressed time."""


USURPED = "OCPP 1.6, which the charger speaks now, cannot name this transaction"
"""A stop while somebody who speaks 1.6 has the place of a 2.x charger, whose transaction cannot be named in 1.6."""


def as_expected(found: httpx.Response) -> bool:
    """Whether an order may be answered so; see USURPED for the one more that a stop may be."""
    if found.status_code in EXPECTED:
        return True
    return found.status_code == 422 and found.url.path.endswith("/stop") and USURPED in found.json()["detail"]


class Strangers:
    """What they share: the server's addresses, luck, and what they did."""

    def __init__(self, target: hostile.Target, token: str, charger_ids: list[str], dice: random.Random) -> None:
        self.target, self._token, self._ids, self._dice = target, token, charger_ids, dice
        self.done: Counter[str] = Counter()
        self.wrong: list[str] = []

    async def live(self) -> None:
        """All of them, until cancelled."""
        async with trio.open_nursery() as nursery:
            for _ in range(ENGINEERS):
                nursery.start_soon(self._engineer)
            for _ in range(DASHBOARDS):
                nursery.start_soon(self._dashboard)
            nursery.start_soon(self._again_and_again, "fight", FIGHTS_S, self._fight)
            nursery.start_soon(self._again_and_again, "attack", ATTACKS_S, self._attack)

    async def _again_and_again(self, name: str, pause: float, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            await trio.sleep(self._dice.uniform(0, 2 * pause))
            try:
                await act()
            except Exception as error:  # noqa: BLE001 - the server is killed under their hands
                self.done[f"{name}_{type(error).__name__}"] += 1
            else:
                self.done[name] += 1

    # -- Engineers and dashboards --------------------------------------------------------------------------------------

    async def _engineer(self) -> None:
        async with self._api() as api:
            await self._again_and_again("order", ORDERS_S, partial(self._order, api))

    async def _order(self, api: httpx.AsyncClient) -> None:
        order = self._dice.choices(tuple(_ORDERS), tuple(_ORDERS.values()))[0]
        found = await order(api, self._dice, self._dice.choice(self._ids))
        if found is None:
            return
        self.done[f"status_{found.status_code}"] += 1
        if not as_expected(found):
            self.wrong.append(f"{found.request.method} {found.request.url}: {found.status_code} {found.text}")

    async def _dashboard(self) -> None:
        async with self._api() as api:
            await self._again_and_again("watch", ORDERS_S, partial(self._watch, api, {"Last-Event-ID": ""}))

    async def _watch(self, api: httpx.AsyncClient, headers: dict[str, str]) -> None:
        """Follow the events from where the last stream broke off: their numbers grow, but where it begins anew."""
        number = 0
        async with api.stream("GET", "/events", headers=headers, timeout=None) as stream:
            async for line in stream.aiter_lines():
                field, _, value = line.partition(": ")
                if field == "id":
                    number = int(value)
                elif field == "event":
                    if value != "reset" and number <= int(headers["Last-Event-ID"] or 0):
                        self.wrong.append(f"event {number} after {headers['Last-Event-ID']}")
                    headers["Last-Event-ID"] = str(number)
                    self.done[f"seen_{value}"] += 1

    def _api(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self._token}"}
        return httpx.AsyncClient(base_url=f"{self.target.http}/api/v1", headers=headers, timeout=ATTACK_S)

    # -- Second places and hostile peers -------------------------------------------------------------------------------

    async def _fight(self) -> None:
        """Another place with a charger's identity, which comes back when it is sent away."""
        url = f"{self.target.ocpp}/{self._dice.choice(self._ids)}"
        with trio.move_on_after(ATTACK_S):
            for _ in range(self._dice.randint(1, 5)):
                async with support.charger(url) as socket:
                    try:
                        await _pretend(socket)
                    except trio_websocket.ConnectionClosed:
                        continue

    async def _attack(self) -> None:
        """What a hostile peer is answered is checked by itself; once more, as the server may have been killed."""
        attack = self._dice.choice(ATTACKS)
        for last in (False, True):
            try:
                with trio.move_on_after(ATTACK_S):
                    await attack(self.target, partial(trio.sleep, 0.1))
                return
            except AssertionError as error:
                if last:
                    self.wrong.append(f"{attack.__name__}: {error!r}")
            await trio.sleep(ATTACK_S)


async def _pretend(socket: trio_websocket.WebSocketConnection) -> None:
    """Say what a charger says that has nothing to do, and answer nothing, until the other one is back."""
    boot = {"chargePointVendor": "Elsewhere", "chargePointModel": "Other"}
    await socket.send_message(json.dumps([2, "boot", "BootNotification", boot]))
    for number in range(20):
        await socket.send_message(json.dumps([2, f"{number}", "Heartbeat", {}]))
        await socket.get_message()
        await trio.sleep(0.02)


# -- Orders ------------------------------------------------------------------------------------------------------------


async def _start(api: httpx.AsyncClient, dice: random.Random, charger_id: str) -> httpx.Response:
    order = {"charger_id": charger_id, "connector_id": 1, "id_token": habits.token_of(charger_id, 1)}
    return await api.post("/sessions", json=order)


async def _stop(api: httpx.AsyncClient, dice: random.Random, charger_id: str) -> httpx.Response | None:
    running = (await api.get("/sessions", params={"status": "active"})).raise_for_status().json()["items"]
    return await api.post(f"/sessions/{dice.choice(running)['id']}/stop") if running else None


def _command(name: str, *bodies: dict[str, Any]) -> Callable[..., Awaitable[httpx.Response]]:
    async def order(api: httpx.AsyncClient, dice: random.Random, charger_id: str) -> httpx.Response:
        return await api.post(f"/chargers/{charger_id}/commands/{name}", json=dice.choice(bodies))

    return order


_INTERVALS = ({"key": "MeterValueSampleInterval", "value": "60"}, {"key": "MeterValueSampleInterval", "value": "120"})
_SERVICE = ({"connector_id": 1, "available": False}, *[{"connector_id": 1, "available": True}] * 5)
_ORDERS: dict[Callable[..., Awaitable[httpx.Response | None]], float] = {
    _start: 6,
    _stop: 2,
    _command("reset", {"type": "soft"}, {"type": "hard"}): 0.4,
    _command("unlock", {"connector_id": 1}): 0.2,
    _command("trigger", {"message": "MeterValues"}, {"message": "StatusNotification", "connector_id": 1}): 3,
    _command("clear-cache", {}): 1,
    _command("get-configuration", {}): 2,
    _command("set-configuration", *_INTERVALS): 2,
    _command("availability", *_SERVICE): 1,
}
"""With how often they are given."""


async def run(strangers: Strangers) -> dict[str, Any]:
    """Until the next line of stdin."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(strangers.live)
        await trio.to_thread.run_sync(sys.stdin.readline)
        nursery.cancel_scope.cancel()
    return {"wrong": strangers.wrong, **strangers.done}


def main(ocpp: str, http: str, count: str, seed: str) -> None:
    """The whole life of the process."""
    files.raise_limit()
    token = sys.stdin.readline().strip()
    charger_ids = simulator.numbered(network.PREFIX, int(count))
    strangers = Strangers(hostile.Target(ocpp, http), token, charger_ids, random.Random(int(seed)))
    told = trio.run(run, strangers)
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
