"""Well-behaved chargers that charge while something else goes on, and count what they are answered."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import trio

from tests.actors import node as nodes


def token_of(charger_id: str) -> str:
    """The card that is used at this charger and nowhere else."""
    return f"TAG-{charger_id}"


CHARGING = 3
"""Answers after which a charger has a session and its first sample."""


class Member:
    """A charger with one session. `asked` calls were sent and `answers` came; `wh` is its meter."""

    def __init__(self, charger_id: str, station: nodes.Station, pause: float) -> None:
        self.id, self._station, self._pause = charger_id, station, pause
        self.asked = self.answers = self.wh = 0
        self.latencies: list[float] = []
        """Seconds from each sample to its answer."""
        self.more = trio.Event()

    async def charge(self, over: trio.Event) -> None:
        """Start, sample as fast as it is answered, and stop when it is `over`."""
        await self._counted(self._station.boot())
        number = (await self._counted(self._station.start(0, id_tag=token_of(self.id))))["transactionId"]
        while not over.is_set():
            self.wh += 10
            began = time.perf_counter()
            await self._counted(self._station.meter(number, self.wh))
            self.latencies.append(time.perf_counter() - began)
            await trio.sleep(self._pause)
        await self._counted(self._station.stop(number, self.wh))
        await self._station.close()

    async def _counted(self, call: Awaitable[Any]) -> Any:
        self.asked += 1
        answer = await call
        self.answers += 1
        self.more.set()
        self.more = trio.Event()
        return answer


class Crowd:
    """All of them."""

    def __init__(self, url: str, nursery: trio.Nursery, pause: float) -> None:
        self._url, self._nursery, self._pause = url, nursery, pause
        self._over = trio.Event()
        self.members: list[Member] = []

    @property
    def ids(self) -> list[str]:
        """Who they are."""
        return [member.id for member in self.members]

    async def join(self, charger_id: str) -> Member:
        """One more, which is back when it charges."""
        station = await self._nursery.start(nodes.run, f"{self._url}/{charger_id}")
        member = Member(charger_id, station, self._pause)
        self.members.append(member)
        self._nursery.start_soon(member.charge, self._over)
        await self._answered(member, CHARGING)
        return member

    async def goes_on(self, samples: int = 5) -> None:
        """Wait until each of them has had so many further answers."""
        enough = [(member, member.answers + samples) for member in self.members]
        for member, answers in enough:
            await self._answered(member, answers)

    def end(self) -> None:
        """All stop charging."""
        self._over.set()

    async def _answered(self, member: Member, answers: int) -> None:
        with trio.fail_after(nodes.PATIENCE):
            while member.answers < answers and not self._over.is_set():
                await member.more.wait()


@asynccontextmanager
async def charging(url: str, charger_ids: Sequence[str], pause: float = 0) -> AsyncIterator[Crowd]:
    """These charge, with a `pause` of seconds between samples; at the end each has had every answer."""
    async with trio.open_nursery() as nursery:
        crowd = Crowd(url, nursery, pause)
        for charger_id in charger_ids:
            await crowd.join(charger_id)
        yield crowd
        crowd.end()
    assert {member.id: member.asked - member.answers for member in crowd.members} == dict.fromkeys(crowd.ids, 0)
