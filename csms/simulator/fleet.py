"""Many chargers in one process, with one ledger and one set of counts. What `csms simulate`, the demo and tests run."""

from __future__ import annotations

import dataclasses
import ssl
from collections.abc import Mapping, Sequence

import trio

from csms.simulator import clock, ledger, link
from csms.simulator.config import ChargerConfig
from csms.simulator.statistics import Statistics

_CONNECTS_PER_S = 200.0
"""How fast a fleet knocks at first; the gateway admits at its own pace after that."""


class Fleet:
    """Chargers that run together. `links` steers single ones, by id, once `run` has started."""

    def __init__(
        self,
        configs: Sequence[ChargerConfig],
        *,
        ledger: ledger.Ledger,
        speed: float = 1.0,
        start: float | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.statistics = Statistics()
        self.links: dict[str, link.Link] = {}
        self.ledger = ledger
        self._configs = configs
        self._speed = speed
        self._start = start
        self._ssl = ssl_context
        self._stopping = trio.Event()

    @property
    def size(self) -> int:
        """How many chargers there are."""
        return len(self._configs)

    @property
    def stopping(self) -> bool:
        """`shut_down` was called."""
        return self._stopping.is_set()

    async def run(self, *, drain: float = 30.0, task_status: trio.TaskStatus[Fleet] = trio.TASK_STATUS_IGNORED) -> None:
        """Run until `shut_down` and all is delivered, at most `drain` real seconds longer.

        Raises UnsupportedProtocol, UnknownProfile.
        """
        time = clock.Clock(self._speed, self._start)
        for config in self._configs:
            self.links[config.id] = link.Link(
                config, self.ledger, clock=time, statistics=self.statistics, ssl_context=self._ssl
            )
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as outer:
                outer.start_soon(self._limit, scope, drain)
                async with trio.open_nursery() as nursery:
                    for charger in self.links.values():
                        nursery.start_soon(charger.run)
                    task_status.started(self)
                outer.cancel_scope.cancel()

    def shut_down(self) -> None:
        """End all sessions gracefully and deliver what is queued; `run` returns then."""
        self._stopping.set()
        for charger in self.links.values():
            charger.shut_down()

    async def _limit(self, scope: trio.CancelScope, drain: float) -> None:
        await self._stopping.wait()
        scope.deadline = trio.current_time() + drain


def numbered(prefix: str, count: int) -> list[str]:
    """PREFIX-0001, PREFIX-0002, ..."""
    return [f"{prefix}-{number:04d}" for number in range(1, count + 1)]


def configs(
    template: ChargerConfig, names: Sequence[str], passwords: Mapping[str, str] | None = None
) -> list[ChargerConfig]:
    """A charger like `template` for each name, with its own password where one is given; they start one by one."""
    known = passwords or {}
    return [
        dataclasses.replace(
            template,
            id=name,
            password=known.get(name, template.password),
            start_delay=template.start_delay + index / _CONNECTS_PER_S,
        )
        for index, name in enumerate(names)
    ]
