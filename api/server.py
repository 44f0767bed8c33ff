"""The composition root: one process with its data directory, its tree of actors and its HTTP server.

`csms serve` calls it and prints what `Serving` tells; tests start it on free ports.
"""

import logging
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import trio
from litestar import Litestar

from actors import runtime, tree
from actors.recording import readers
from api import addresses, connection, listener
from api import app as application
from csms import config, credentials
from csms.storage.log import Log
from csms.storage.reference import users

ADMIN = "admin@localhost"
HTTP_STOP_S = listener.GRACE_S + 7

log = logging.getLogger(__name__)


class FirstAdmin(NamedTuple):
    """The account of the first run; `password` is None when the settings gave it, else it is shown once."""

    email: str
    password: str | None


class Serving(NamedTuple):
    """Everything listens."""

    node: tree.Node
    http: str
    ocpp: str
    admin: FirstAdmin | None

    @property
    def ready(self) -> str:
        """The one line that says so."""
        return f"ready http={self.http} ocpp={self.ocpp}"


async def serve(settings: config.Settings, *, task_status: trio.TaskStatus[Serving] = trio.TASK_STATUS_IGNORED) -> None:
    """Serve until cancelled, then drain: chargers and streams are closed in order, what was recorded is on disk.

    Raises listener.AddressInUse, runtime.StartFailed (a port for chargers), and the errors of csms.storage.errors.
    """
    # The directory first: a second server on it should hear so, not that its ports are busy.
    with _storage(settings) as storage, listener.bind(settings.http_host, settings.http_port, "--http-port") as sock:
        reads = readers.Readers(settings.data)
        node = tree.Node(settings, storage, reads)
        node.services.http = addresses.reachable(sock)
        app = application.create(node)
        limits = connection.Limits(settings.http_connections, settings.http_idle_timeout)
        http = runtime.ChildSpec("http", lambda: runtime.Task(partial(_http, app, sock, limits)), shutdown=HTTP_STOP_S)
        try:
            async with node.running([http]):
                # Not sooner: a password that is made while the start still may fail would never be shown.
                admin = await node.write(_first_admin, email=settings.admin_email, password=settings.admin_password)
                serving = Serving(node, listener.url(sock), addresses.ocpp_url(node), admin)
                log.info("serving http=%s ocpp=%s", serving.http, serving.ocpp)
                task_status.started(serving)
                await trio.sleep_forever()
        finally:
            reads.close()


async def _http(app: Litestar, sock: socket.socket, limits: connection.Limits, task: runtime.Task) -> None:
    await listener.serve(app, sock, task.started, task.stopping, limits)


@contextmanager
def _storage(settings: config.Settings) -> Iterator[Log]:
    opened = Log.open(settings.data)
    try:
        yield opened
    finally:
        opened.close()


def _first_admin(conn: sqlite3.Connection, *, email: str | None, password: str | None) -> FirstAdmin | None:
    """Make somebody who can sign in, if there is nobody at all."""
    if users.every(conn):
        return None
    made = None if password else credentials.generate()
    stored = credentials.hash_password(password or made or "")
    added = users.add(conn, {"email": email or ADMIN, "role": "admin", "name": "Administrator"}, stored)
    return FirstAdmin(added.email, made)
