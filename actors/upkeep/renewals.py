"""Renewals: chargers whose certificates end soon are asked for new requests; once a day each, until they have one.

A supervised task beside the alerts. The charger makes a new key and asks (SignCertificate), and the rest is as with its
first certificate. What ends within a week all the same is an alert.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import trio

from actors import runtime
from actors.chargers import charger
from actors.chargers.orders import CannotOrder
from actors.connections import quarantine
from actors.recording import journal
from actors.services import Services
from actors.upkeep import revocations
from csms import pki
from csms.domain import commands, ids
from csms.storage import errors
from csms.storage.reference import certificates

EVERY_SECONDS = 3600.0
AGAIN = timedelta(days=1)
URGENT = timedelta(days=7)
OVER = timedelta(days=3)
"""After its end nothing gets worse: who did not hear of it by then is told no more."""

logger = logging.getLogger(__name__)


async def serve(services: Services, task: runtime.Task) -> None:
    """The body of the task: look every hour."""
    task.started()
    while True:
        await trio.sleep(EVERY_SECONDS)
        await look(services)


async def look(services: Services) -> None:
    """Ask whoever is due, and publish what was revoked anew: a list counts for a week."""
    now = services.now()
    soon = now + timedelta(days=services.settings.certificate_renewal_days)
    for ending in await services.readers.read(certificates.ending, soon, now):
        if ending.ends_at is not None and now - OVER < ending.ends_at < now + URGENT:
            await _urgent(services, ending, now)
        if ending.renewal_at is None or ending.renewal_at < now - AGAIN:
            await _ask(services, ending)
    try:
        await revocations.publish(services)
    except pki.PkiError as error:
        logger.error("revocations_not_published reason=%s", error)


async def _ask(services: Services, ending: certificates.Certificate) -> None:
    """Only who is connected can be asked; the others are, when we look again."""
    if ending.charger_id not in services.links:
        return
    order = commands.RenewCertificate(kind="v2g" if ending.kind == "v2g" else "charger")
    try:
        ref = await charger.ensure(services, ending.charger_id)
        executed = await charger.execute(services, ref, order, by=charger.SYSTEM)
        logger.info("renewal_asked charger=%s status=%s", ending.charger_id, executed.status)
        await journal.write(services.journal, certificates.asked_to_renew, ending.number, services.now())
    except (CannotOrder, runtime.ActorError, errors.StorageError) as error:
        logger.warning("renewal_not_asked charger=%s reason=%s", ending.charger_id, error)


async def _urgent(services: Services, ending: certificates.Certificate, now: datetime) -> None:
    """Stored here and now: a whole fleet's certificates may end in the same week."""
    alert_id = ids.digest("certificate_ends", ending.number, now.date().isoformat())
    detail = f"its certificate {ending.serial_number} ends on {ending.ends_at:%Y-%m-%d} and was not renewed"
    try:
        await quarantine.alert(services, "certificate_ends", ending.charger_id, detail, alert_id)
    except (errors.StorageError, runtime.ActorError) as error:
        logger.warning("certificate_end_not_alerted charger=%s reason=%s", ending.charger_id, error)
