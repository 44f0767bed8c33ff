"""Downloads: signed URLs by which chargers fetch firmware from us. The signature is the permission; it ends by itself.

Used by campaigns, and by api/resources/firmware.py, which serves the files.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from datetime import UTC, datetime, timedelta

from actors.recording import journal
from actors.services import Services
from actors.upkeep import uploads
from csms.storage import errors
from csms.storage.reference import firmware, settings

LIFETIME = timedelta(days=14)
"""Chargers fetch when they are told to, and try again after failures and reboots."""


async def url(services: Services, what: firmware.Firmware) -> str:
    """Where a charger fetches this firmware. Raises NoPublicUrl, StorageUnavailable."""
    if what.url is not None:
        return what.url
    base, key = uploads.base_url(services), await journal.write(services.journal, firmware.key)
    return f"{base}/downloads/{signed(key, what.id, services.now() + LIFETIME)}/{what.file_name}"


def signed(key: bytes, firmware_id: str, end: datetime) -> str:
    """The secret part of a URL that is good until `end`."""
    said = f"{firmware_id}.{int(end.timestamp())}"
    return f"{said}.{_signature(key, said)}"


def opened(conn: sqlite3.Connection, secret: str, now: datetime) -> firmware.Firmware | None:
    """What this secret lets somebody fetch; None when it is not from us, or its time is over."""
    known = settings.get(conn, firmware.KEY)
    said, _, signature = secret.rpartition(".")
    if known is None or not hmac.compare_digest(_signature(bytes.fromhex(known), said).encode(), signature.encode()):
        return None
    firmware_id, _, end = said.rpartition(".")
    if datetime.fromtimestamp(int(end), UTC) <= now:
        return None
    try:
        return firmware.get(conn, firmware_id)
    except errors.NotFound:
        return None


def _signature(key: bytes, said: str) -> str:
    return hmac.new(key, said.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
