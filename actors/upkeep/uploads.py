"""Uploads: URLs of ours that chargers send their logs to, and what becomes of the files.

The charger actor completes an order for a log that names no URL; api/resources/uploads.py takes the file. What is old
is forgotten by sweeping.py.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from actors.chargers.orders import CannotOrder
from actors.recording import journal
from actors.services import Services
from csms.domain import commands
from csms.storage.reference import uploads


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
