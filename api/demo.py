"""`csms serve --demo`: registers the demo, and keeps its drivers running beside the server.

The drivers are a process of their own, so that nothing they do can harm the server. It ends when its stdin does: with
the server, however that ends. What is registered already stays as it is.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import msgspec
import trio

from actors import tree
from api import server
from csms.domain.session import ACTIVE
from csms.simulator import demo
from csms.storage import errors, lookups, operations

AGAIN_S = 5.0
"""How long after an unexpected end the drivers are started again."""
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here

logger = logging.getLogger(__name__)


@asynccontextmanager
async def running(serving: server.Serving) -> AsyncIterator[None]:
    """The demo within this block; at its end the drivers leave first, while the server still listens."""
    await _register(serving.node)
    drivers = Drivers(serving)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(drivers.run)
        try:
            yield
        finally:
            await drivers.leave()


class Drivers:
    """The process of the simulated drivers, started again when it ends by itself."""

    def __init__(self, serving: server.Serving) -> None:
        self._node = serving.node
        self._url = local_url(serving.ocpp)
        self._process: trio.Process | None = None
        self._leaving = False
        self._here = trio.CancelScope(shield=True)

    async def run(self) -> None:
        """Keep them running until they have left: whoever wants to end them calls `leave`."""
        with self._here:
            await self._keep_running()

    async def leave(self) -> None:
        """Ask them to end their sessions and go, wait for that a little, then end them. Cannot be cancelled."""
        self._leaving = True
        with trio.CancelScope(shield=True):
            process = self._process
            if process is not None and process.stdin is not None:
                await process.stdin.aclose()
                with trio.move_on_after(demo.GRACE_S * 2):
                    await process.wait()
            self._here.cancel()

    async def _keep_running(self) -> None:
        while True:
            briefing = demo.Briefing(self._url, await self._left())
            process = await trio.lowlevel.open_process(
                [sys.executable, "-P", "-m", demo.__name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the server, which tells them to leave
            )
            self._process = process
            try:
                await self._brief(process, briefing)
                await process.wait()
            finally:
                if process.poll() is None:
                    process.kill()
            if not self._leaving:
                logger.warning("demo_drivers_ended code=%s again_s=%g", process.returncode, AGAIN_S)
            await trio.sleep(AGAIN_S)

    async def _brief(self, process: trio.Process, briefing: demo.Briefing) -> None:
        assert process.stdin is not None, "it was asked for"
        try:
            await process.stdin.send_all(msgspec.json.encode(briefing) + b"\n")
        except trio.BrokenResourceError:
            logger.warning("demo_drivers_deaf")

    async def _left(self) -> tuple[demo.Left, ...]:
        """The transactions that an earlier run of the demo left open."""
        states = [
            state
            for charger_id in demo.CHARGERS
            for state in await self._node.read(lookups.open_sessions, charger_id)
            if state.status == ACTIVE and state.connector_id in demo.CONNECTORS
        ]
        return tuple(
            demo.Left(
                charger_id=state.charger_id,
                connector_id=state.connector_id,
                transaction_id=state.transaction_id,
                started_at=state.started_at.timestamp(),
                register_wh=int(state.register_wh or 0),
                records=0 if state.ledger is None else state.ledger.sequence.due or 0,
            )
            for state in states
            if state.connector_id and state.transaction_id and state.started_at
        )


def local_url(url: str) -> str:
    """The address of a listener as this machine reaches it, also where it listens on every interface."""
    parts = urlsplit(url)
    host = _EVERYWHERE.get(parts.hostname or "", parts.hostname or "")
    return parts._replace(netloc=f"[{host}]:{parts.port}" if ":" in host else f"{host}:{parts.port}").geturl()


async def _register(node: tree.Node) -> None:
    for operation, arguments in demo.registrations():
        try:
            await node.write(operations.run, operation, arguments)
        except errors.AlreadyExists as known:
            logger.debug("demo_has_it_already operation=%s reason=%s", operation, known)
