"""Configuring: settings from templates at a charger's first boot, and again where a template enforces them.

Told of each charger that has booted or told its configuration (Services.described). The first time it is sent all that
templates want and it has not; later only what a template enforces, at most once an hour, since a charger that takes a
value and does not keep it would be told for ever. Everything else is only shown (drift).
"""

from __future__ import annotations

import logging
import sqlite3
from datetime import datetime, timedelta
from typing import NamedTuple

from actors import job, journal, runtime
from actors.services import Services
from csms.domain import template
from csms.storage import errors, lookups, queries
from csms.storage.reference import jobs, templates

AGAIN = timedelta(hours=1)
FIRST_BOOT, ENFORCE = "first-boot", "enforce"
SYSTEM = "system"

logger = logging.getLogger(__name__)


class Due(NamedTuple):
    """What a charger is to be sent, and why."""

    kind: str
    settings: dict[str, str]


def described(registry: runtime.Registry, charger_id: str) -> None:
    """A charger booted or told its configuration; nobody waits for what follows."""
    ref = registry.lookup("background/configuring", Configuring)
    try:
        if ref is not None:
            ref.cast(Configuring.on_described, charger_id)
    except runtime.NeverHandled as error:
        logger.warning("charger_not_configured charger=%s reason=%s", charger_id, error)


class Configuring(runtime.Actor):
    """Starts a job for whoever needs one."""

    capacity = 20_000

    def __init__(self, services: Services) -> None:
        self._services = services
        self._enforced: dict[str, datetime] = {}
        """When chargers were last corrected."""

    async def on_described(self, charger_id: str) -> None:
        """Look what it lacks; what cannot be stored now is looked for at its next boot."""
        now = self._services.now()
        try:
            due = await self._services.readers.read(_due, charger_id)
            if due is None or (due.kind == ENFORCE and now - self._enforced.get(charger_id, now - AGAIN) < AGAIN):
                return
            started = await journal.write(self._services.journal, _start, charger_id, due, now)
            if started is not None:
                logger.info("charger_configured charger=%s job=%s kind=%s", charger_id, started, due.kind)
                self._enforced[charger_id] = now
                await job.ensure(self._services, started)
        except (errors.StorageError, runtime.ActorError) as error:
            logger.warning("charger_not_configured charger=%s reason=%s", charger_id, error)


def _due(conn: sqlite3.Connection, charger_id: str) -> Due | None:
    """What a charger is to be sent; None for nothing, also while it has not told its configuration."""
    state = lookups.charger_state(conn, charger_id).state
    first = not templates.is_configured(conn, charger_id)
    if not (state.described and state.accepted and (first or templates.enforcing(conn))):
        return None
    found = queries.templates.drift(conn, queries.templates.subjects(conn, None, charger_id))
    differences, targets = (found[0].differences, found[0].targets) if found else ([], {})
    settings = {each.key: each.wanted for each in differences if _wanted(each, targets[each.key], first=first)}
    if first:
        return Due(FIRST_BOOT, settings)
    return Due(ENFORCE, settings) if settings else None


def _wanted(difference: template.Difference, target: template.Wanted, *, first: bool) -> bool:
    return difference.status in ("differs", "unknown") and (first or target.enforce)


def _start(conn: sqlite3.Connection, charger_id: str, due: Due, now: datetime) -> str | None:
    """Start the job, once for a first boot; None where there is nothing to send."""
    if due.kind == FIRST_BOOT:
        if templates.is_configured(conn, charger_id):
            return None
        templates.configured(conn, charger_id, now)
    if not due.settings:
        return None
    return jobs.add(conn, {charger_id: due.settings}, kind=due.kind, template_id=None, by=SYSTEM, now=now)
