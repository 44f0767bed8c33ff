"""Revocations: a certificate that must open the door no more, now. Called by the API and the control socket."""

from __future__ import annotations

import logging
from datetime import datetime

import trio

from actors.recording import journal
from actors.services import Services
from csms import pki
from csms.pki import revocation, store
from csms.storage.reference import certificates

logger = logging.getLogger(__name__)


async def revoke(services: Services, serial_number: str, reason: str) -> certificates.Certificate:
    """Revoke it, send away whoever is connected with it, and publish. Raises NotFound, InvalidValue."""
    revoked = await journal.write(services.journal, certificates.revoke, serial_number, reason, services.now())
    logger.warning("certificate_revoked charger=%s serial=%s reason=%s", revoked.charger_id, serial_number, reason)
    link = services.links.get(revoked.charger_id)
    if link is not None and link.connection.certificate == revoked.serial_number:
        link.connection.close(1008, "the certificate was revoked")
    try:
        await publish(services)
    except pki.PkiError as error:  # it is revoked all the same: only others do not hear of it
        logger.error("revocations_not_published reason=%s", error)
    return revoked


async def publish(services: Services) -> None:
    """Write the list of what was revoked into DATA/pki, where there is an authority. Raises pki.BadStore."""
    kept = store.Store(services.settings.data / "pki", services.settings.operator_name)
    if kept.begun:
        revoked = await services.readers.read(certificates.revoked, "charger")
        await trio.to_thread.run_sync(_publish, kept, revoked, services.now())


def _publish(kept: store.Store, revoked: list[revocation.Revoked], now: datetime) -> None:
    kept.publish(revocation.publish(kept.operator(now), revoked, now))
