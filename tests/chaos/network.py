"""The chargers of a day, in their own process: `python -m tests.chaos.network HOURS BOOK URL CHARGERS SEED ...`.

HOURS is the file of compressed time (hours.py), BOOK the file that takes what is acknowledged, a JSON line each,
written before the charger goes on. Orders come on stdin, a line each, and are answered by a line on stdout:

    tell             what goes on now
    offline          answered when no charger has a connection any more
    vanish           some sockets become half-open; some of their chargers come back at once, the others later
    outage           a part of the chargers is cut off from the network for hours, and goes on charging
    power            some lose their power, with what they were at
    clocks           some get a wrong clock, and the right one again later
    leave            the drivers leave; answered when all is delivered
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import random
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import trio

from api.cli import files
from csms import simulator
from csms.simulator.session import Session
from tests.chaos import habits, hours

PREFIX = "DAY"
HOUR_S = 3600.0
HALF_OPEN = 200
"""Sockets that are kept half-open at most; the oldest ones end then."""
WRONG = (HOUR_S, -HOUR_S)
"""How chargers' clocks are wrong."""
PROTOCOLS = ("1.6", "1.6", "2.0.1", "2.1")
"""What they speak, one after the other."""


class Book(simulator.Ledger):
    """A ledger that says when something was acknowledged, and of a sample no more than the register."""

    def __init__(self, path: pathlib.Path) -> None:
        super().__init__()
        self._lines = path.open("a", encoding="utf-8")

    def start_acknowledged(self, session: Session) -> None:
        """As a ledger does."""
        super().start_acknowledged(session)
        self._write("start", **dataclasses.asdict(self.entries[session.key]))

    def sample_acknowledged(self, session: Session, register_wh: int) -> None:
        """As a ledger does."""
        super().sample_acknowledged(session, register_wh)
        self._write("sample", session=session.key, last_register_wh=register_wh)

    def stop_acknowledged(self, session: Session) -> None:
        """As a ledger does."""
        super().stop_acknowledged(session)
        self._write("stop", **dataclasses.asdict(self.entries[session.key]))

    def given_up(self, session: Session) -> None:
        """No charger of a day ever gives up."""
        raise AssertionError(f"a record of {session.key} was given up")

    def _write(self, record: str, **fields: object) -> None:
        line = {"record": record, "at": trio.current_time(), **fields}
        self._lines.write(msgspec.json.encode(line).decode() + "\n")
        self._lines.flush()


class WallClock(simulator.Clock):
    """A charger's clock, `wrong` by so many seconds. Make it inside the event loop."""

    def __init__(self) -> None:
        super().__init__(start=trio.current_time())
        self.wrong = 0.0

    def set(self, wrong: float) -> None:
        """Wrong by so much from now on."""
        self.wrong = wrong

    def now(self) -> float:
        """What the charger takes for the time."""
        return super().now() + self.wrong

    def deadline(self, at: float) -> float:
        """When that will be."""
        return super().deadline(at - self.wrong)


class Network:
    """The running chargers, and what happens to them."""

    def __init__(self, book: Book, rng: random.Random, longest: float, nursery: trio.Nursery) -> None:
        self._book, self._rng, self._longest, self._nursery = book, rng, longest, nursery
        self._clocks: dict[str, WallClock] = {}
        self._half_open: list[int] = []
        self._nowhere = socket.socket()
        self._nowhere.bind(("127.0.0.1", 0))  # and nobody listens
        self.misdated: set[str] = set()
        """Chargers whose clock was ever wrong."""
        self.links: dict[str, simulator.Link] = {}

    def open(self, config: simulator.ChargerConfig, site: habits.Site, hurry: float) -> None:
        """Run one more charger, with the people who come to it."""
        clock = self._clocks[config.id] = WallClock()
        link = simulator.Link(config, self._book, clock=clock, statistics=simulator.Statistics())
        link.charger.settings.record_attempts = sys.maxsize
        self.links[config.id] = link
        for number in link.charger.connectors:
            rng = random.Random(f"{config.seed}/{config.id}/{number}/life")
            link.charger.drive(habits.life(link.charger, number, site, rng, hurry))
        self._nursery.start_soon(link.run)

    def waits(self) -> bool:
        """Whether any charger waits for an answer."""
        return any(link.charger.exchange._open is not None for link in self.links.values())

    def tell(self) -> dict[str, Any]:
        """What goes on."""
        at = [connector for link in self.links.values() for connector in link.charger.connectors.values()]
        return {
            "online": sum(link.connected for link in self.links.values()),
            "charging": sum(connector.session is not None for connector in at),
            "sessions": len(self._book.entries),
            "pending": self._book.pending,
            **self._book.counts,
        }

    def vanish(self) -> None:
        """Sockets die without a word: the server keeps what it takes for a connection."""
        for link in self._some(0.1):
            stream = link._stream
            if isinstance(stream, trio.SocketStream):
                self._half_open.append(os.dup(stream.socket.fileno()))  # as long as that lives nothing is said goodbye
            link.drop_link()
            if self._rng.random() < 0.5:
                self._cut_off(link, self._rng.uniform(0, 0.1) * self._longest)
        while len(self._half_open) > HALF_OPEN:
            os.close(self._half_open.pop(0))

    def outage(self) -> None:
        """A part of the country is without a network."""
        for link in self._some(0.15):
            self._cut_off(link, self._rng.uniform(0, 1) * self._longest)

    def power(self) -> None:
        """And now some have no power for a moment."""
        for link in self._some(0.03):
            link.charger.power.reboot(soft=False)
            link.drop_link()

    def clocks(self) -> None:
        """Some get another time with the next connection."""
        for link in self._some(0.05):
            charger_id = link.charger.config.id
            self.misdated.add(charger_id)
            self._clocks[charger_id].set(self._rng.choice((*WRONG, 0.0)))
            # Or one set back would not connect until then.
            link.charger.power.dark_until = self._clocks[charger_id].now()
            link.drop_link()

    async def offline(self) -> None:
        """Wait until nobody has a connection."""
        for link in self.links.values():
            await link.wait_until(lambda _, link=link: not link.connected)  # type: ignore[misc]

    def leave(self) -> None:
        """Everybody goes home."""
        for link in self.links.values():
            link.shut_down()

    def _some(self, share: float) -> list[simulator.Link]:
        return self._rng.sample(list(self.links.values()), max(1, round(share * len(self.links))))

    def _cut_off(self, link: simulator.Link, seconds: float) -> None:
        self._nursery.start_soon(self._without_network, link, seconds)

    async def _without_network(self, link: simulator.Link, seconds: float) -> None:
        charger = link.charger
        right = charger.addresses
        if right[0].endswith("nowhere"):
            return
        host, port = self._nowhere.getsockname()
        charger.addresses = (f"ws://{host}:{port}/nowhere",)
        link.drop_link()
        with trio.move_on_after(seconds):
            await link._stopping.wait()
        charger.addresses = right


def configs(url: str, count: int, seed: int, speed: float) -> list[tuple[simulator.ChargerConfig, habits.Site]]:
    """Each charger and where it stands. What a charger waits for in the network it waits for in our time, too."""
    return [
        (
            simulator.ChargerConfig(
                id=charger_id,
                url=url,
                protocol=PROTOCOLS[index % len(PROTOCOLS)],
                profile="manual",
                connectors=site.connectors,
                max_power_w=site.power_w,
                seed=seed,
                connect_timeout=max(10.0, speed),
                response_timeout=max(30.0, speed),
                start_delay=index / 10,
            ),
            site,
        )
        for index, charger_id in enumerate(simulator.numbered(PREFIX, count))
        for site in (habits.site_of(index),)
    ]


async def run(
    clock: hours.Clock, book: Book, url: str, count: int, seed: int, hurry: float, longest: float, speed: float
) -> dict[str, Any]:
    """The whole day, order by order; what the last answer says."""
    async with trio.open_nursery() as nursery:
        network = Network(book, random.Random(seed), longest, nursery)
        clock.waits = network.waits
        for config, site in configs(url, count, seed, speed):
            network.open(config, site, hurry)
        while (order := (await trio.to_thread.run_sync(sys.stdin.readline)).strip()) != "leave":
            if not order:
                sys.exit("nobody gives orders any more")
            if order == "offline":
                await network.offline()
            elif order != "tell":
                HAPPENS[order](network)
            say(order, network.tell())
        network.leave()
    left = [entry.session for entry in book.unacknowledged()]
    return {"unacknowledged": left, "misdated": sorted(network.misdated), **network.tell()}


HAPPENS: dict[str, Callable[[Network], None]] = {
    "vanish": Network.vanish,
    "outage": Network.outage,
    "power": Network.power,
    "clocks": Network.clocks,
}


def say(order: str, told: dict[str, Any]) -> None:
    """The answer to an order."""
    sys.stdout.write(json.dumps({"order": order, **told}) + "\n")
    sys.stdout.flush()


def main(hours_file: str, book_file: str, url: str, count: str, seed: str, *measures: str) -> None:
    """The whole life of the process. `measures`: how many more people come, the longest outage, the speed."""
    files.raise_limit()
    clock, book = hours.Clock(pathlib.Path(hours_file), hours.NETWORK), Book(pathlib.Path(book_file))
    day = partial(run, clock, book, url, int(count), int(seed), *map(float, measures))
    say("leave", trio.run(day, clock=clock))


if __name__ == "__main__":
    main(*sys.argv[1:])
