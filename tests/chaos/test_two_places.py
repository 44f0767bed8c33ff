"""One identity in two places: two chargers with the same name, or one whose old socket still talks."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

import trio

from csms.domain import events
from tests.actors.node import AT, Closed, Connect, Station, Watched
from tests.chaos.conftest import sound

RECORDS = 30


class Place:
    """Comes back whenever it is sent away, and keeps what was not acknowledged."""

    def __init__(self, connect: Connect, registers: list[int], dice: random.Random) -> None:
        self._connect = connect
        self._dice = dice
        self._station: Station | None = None
        self.registers = registers

    async def deliver(self, transaction_id: int) -> None:
        """Every register, one after the other, until it is acknowledged; now and then over a new socket."""
        for register in self.registers:
            while not await self._delivered(transaction_id, register):
                self._station = None
        await self.leave()

    async def leave(self) -> None:
        """Hang up."""
        if self._station is not None:
            await self._station.close()

    async def _delivered(self, transaction_id: int, register: int) -> bool:
        if self._station is None or self._dice.random() < 0.2:
            self._station = await self._connect(attached=False)
        try:
            await self._station.meter(transaction_id, register)
        except Closed:
            return False
        return True


async def test_two_that_fight_for_an_identity_lose_nothing_and_double_nothing(
    node: Watched, connect: Connect, nursery: trio.Nursery, dice: random.Random
) -> None:
    first = await connect()
    number = (await first.start(meter=0))["transactionId"]
    registers = range(1, 2 * RECORDS + 1)
    places = [Place(connect, list(registers[side::2]), dice) for side in (0, 1)]
    async with trio.open_nursery() as both:
        for place in places:
            both.start_soon(place.deliver, number)
    last = await connect()
    await last.stop(number, 2 * RECORDS)
    samples = node.have(events.MeterSampled)
    assert sorted(int(sample.readings[0].values[0].value) for sample in samples) == list(registers)
    state = await node.only()
    assert (state.energy_wh, state.samples) == (Decimal(2 * RECORDS), 2 * RECORDS)
    await sound(node)


async def test_they_are_one_charger_that_is_online_as_long_as_one_of_them_is(
    node: Watched, connect: Connect, dice: random.Random
) -> None:
    sockets = [await connect()]
    for _ in range(RECORDS):
        sockets.append(await connect())
        closing = sockets.pop(dice.randrange(len(sockets) - 1))
        await closing.close()
    newest = sockets[-1]
    await newest.boot()
    told = [stored.event for stored in node.stored if isinstance(stored.event, events.Connected | events.Disconnected)]
    assert [type(event) for event in told] == [events.Connected]
    assert (await node.state()).state.online


async def test_the_same_record_from_both_at_once_is_one_record(
    node: Watched, connect: Connect, nursery: trio.Nursery
) -> None:
    start = {"connectorId": 1, "idTag": "CARD", "meterStart": 1000, "timestamp": AT}
    frame = json.dumps([2, "same", "StartTransaction", start])
    old = await connect()
    new = await connect(attached=False)
    answers: list[Any] = []

    async def say(station: Station) -> None:
        station.expect("same")
        try:
            await station.send(frame)
            answers.append((await station.reply("same"))[2]["transactionId"])
        except Closed:
            assert station is old

    async with trio.open_nursery() as both:
        both.start_soon(say, old)
        both.start_soon(say, new)
    state = await node.only()
    assert set(answers) == {int(state.transaction_id or 0)}
    assert len(node.have(events.SessionStarted)) == 1
