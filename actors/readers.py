"""Readers: read-only questions to the database, asked from actors and the API, answered in threads.

Each thread has its own connection, made when first needed. What was acknowledged is visible in the next read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Concatenate, ParamSpec, TypeVar

import trio

from csms.storage import connection as connections

P = ParamSpec("P")
R = TypeVar("R")


class Readers:
    """A small pool of read-only connections to one database file."""

    def __init__(self, path: Path, size: int = 4) -> None:
        self._path = path
        self._limiter = trio.CapacityLimiter(size)
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()

    async def read(
        self, query: Callable[Concatenate[sqlite3.Connection, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `query(connection, ...)` in a thread; it must only read. Raises what the query raises."""
        return await trio.to_thread.run_sync(lambda: self._with_connection(query, args, kwargs), limiter=self._limiter)

    def close(self) -> None:
        """Close the idle connections."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _with_connection(self, query: Callable[..., R], args: tuple[object, ...], kwargs: dict[str, object]) -> R:
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = connections.reader(self._path)
        try:
            answer = query(connection, *args, **kwargs)
        except BaseException:
            connection.close()  # what it left open would show an old state to whoever comes next
            raise
        self._idle.put(connection)
        return answer
