"""Uploads: URLs of ours that chargers send their logs to, and what becomes of the files.

The charger actor completes an order for a log that names no URL; api/resources/uploads.py takes the file. The sweeper
runs in the background: it forgets what is old, and removes files that nobody knows of.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import msgspec
import trio

from actors import journal, runtime
from actors.orders import CannotOrder
from actors.services import Services
from csms.domain import commands
from csms.storage import errors, files
from csms.storage.reference import uploads

SWEEP_SECONDS = 3600.0

logger = logging.getLogger(__name__)


class NoPublicUrl(CannotOrder):
    """Nobody told where chargers reach the HTTP port."""


def base_url(services: Services) -> str:
    """Where chargers reach our HTTP port. Raises NoPublicUrl."""
    if services.public_url is None:
        raise NoPublicUrl("chargers cannot be told a URL of this server: set CSMS_PUBLIC_URL, or name one yourself")
    return services.public_url


async def completed(
    services: Services, charger_id: str, command: commands.AnyCommand, command_id: str
) -> commands.AnyCommand:
    """`command`, with a URL of ours where it asks for a log and says not whereto. Raises NoPublicUrl."""
    match command:
        case commands.GetDiagnostics(upload_url=None):
            base, now = base_url(services), services.now()
            secret = await journal.write(services.journal, uploads.offer, charger_id, command_id, now)
            return msgspec.structs.replace(command, upload_url=f"{base}/uploads/{secret}")
        case _:
            return command


def folder(services: Services) -> Path:
    """Where the files are."""
    return services.settings.data / uploads.FOLDER


async def sweep(services: Services, task: runtime.Task) -> None:
    """The body of the supervised task."""
    task.started()
    while True:
        try:
            await _sweep(services)
        except (errors.StorageError, runtime.ActorError, OSError) as error:
            logger.warning("uploads_not_swept reason=%s", error)
        await trio.sleep(SWEEP_SECONDS)


async def _sweep(services: Services) -> None:
    """In this order: what comes in meanwhile is not among the files that were there before."""
    there = await trio.to_thread.run_sync(files.names, folder(services))
    before = services.now() - timedelta(days=services.settings.upload_days)
    await journal.write(services.journal, uploads.forget, before)
    known = await services.readers.read(uploads.ids)
    gone = there - known - {name + files.PART for name in services.receiving}
    for name in gone:
        await trio.to_thread.run_sync(files.remove, folder(services), name)
    if gone:
        logger.info("uploads_removed count=%d", len(gone))
