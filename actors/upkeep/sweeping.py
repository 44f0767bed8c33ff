"""Sweeping: once an hour, in the background, what is kept for a time only is forgotten, and files nobody knows of go.

Personal data of customers and payers, what webhooks were told, mails, whom links were for that nobody opened, logs
of chargers, and files of firmware that a killed server left unfinished or whose entry was removed while they came.
Never touches the log.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import trio

from actors import runtime
from actors.recording import journal
from actors.services import Services
from actors.upkeep import uploads
from csms.storage import errors, files
from csms.storage.reference import customer_information, deliveries, firmware, mails, one_time_links, payers
from csms.storage.reference import uploads as table

SECONDS = 3600.0
DELIVERIES_KEPT = MAILS_KEPT = timedelta(days=30)

logger = logging.getLogger(__name__)


async def serve(services: Services, task: runtime.Task) -> None:
    """The body of the supervised task."""
    task.started()
    while True:
        try:
            await sweep(services)
        except (errors.StorageError, runtime.ActorError, OSError) as error:
            logger.warning("not_swept reason=%s", error)
        await trio.sleep(SECONDS)


async def sweep(services: Services) -> None:
    """All of it. Raises StorageError, ActorError, OSError."""
    now = services.now()
    await journal.write(services.journal, customer_information.expire, now)
    await journal.write(services.journal, table.forget, now - timedelta(days=services.settings.upload_days))
    await journal.write(services.journal, deliveries.forget, now - DELIVERIES_KEPT)
    await journal.write(services.journal, mails.forget, now - MAILS_KEPT)
    await journal.write(services.journal, one_time_links.forget, now)
    await journal.write(services.journal, payers.forget, now - payers.KEPT)
    await _strangers(services, uploads.folder(services), table.ids)
    await _strangers(services, services.settings.data / firmware.FOLDER, firmware.checksums)


async def _strangers(services: Services, folder: Path, ids: Callable[[sqlite3.Connection], frozenset[str]]) -> None:
    """Remove the files that have none of these names. What comes in meanwhile was not there when they were listed."""
    there = await trio.to_thread.run_sync(files.names, folder)
    coming = frozenset(services.receiving)
    known = await services.readers.read(ids)
    gone = there - known - coming - {name + files.PART for name in coming}
    for name in gone:
        await trio.to_thread.run_sync(files.remove, folder, name)
    if gone:
        logger.info("files_removed folder=%s count=%d", folder.name, len(gone))
