"""Configuring: settings from templates at a charger's first boot, and again where a template enforces them.

Told of each charger that has booted or told its configuration (Services.described). The first time it is sent all that
templates want and it has not; later only what a template enforces, at most once an hour, since a charger that takes a
value and does not keep it would be told for ever. Everything else is only shown (drift).
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from actors import runtime
from actors.recording import journal
from actors.services import Services
from actors.upkeep import job
from csms.domain import template
from csms.storage import errors, lookups, queries
from csms.storage.reference import jobs, templates

AGAIN = timedelta(hours=1)
FIRST_BOOT, ENFORCE = "first-boot", "enforce"
SYSTEM = "system"
TOGETHER = 100
"""Chargers that are looked at together, at most."""

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
    """Starts a job for whoever needs one; many that boot together share a look and a commit."""

    capacity = 20_000

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: dict[str, None] = {}
        self._enforced: dict[str, datetime] = {}
        """When chargers were last corrected."""

    async def on_described(self, charger_id: str) -> None:
        """Look what it lacks, soon."""
        self._waiting[charger_id] = None
        if len(self._waiting) >= TOGETHER:
            await self.drained()

    async def drained(self) -> None:
        """Look at all that wait; what cannot be stored now is looked for at their next boot."""
        if not self._waiting:
            return
        some, self._waiting = list(self._waiting), {}
        now = self._services.now()
        try:
            dues = await self._services.readers.read(_dues, some)
            dues = {each: due for each, due in dues.items() if due.kind != ENFORCE or self._may_correct(each, now)}
            if not dues:
                return
            for charger_id, job_id in (await journal.write(self._services.journal, _start, dues, now)).items():
                logger.info("charger_configured charger=%s job=%s", charger_id, job_id)
                self._enforced[charger_id] = now
                await job.ensure(self._services, job_id)
        except (errors.StorageError, runtime.ActorError) as error:
            logger.warning("chargers_not_configured count=%d reason=%s", len(some), error)

    def _may_correct(self, charger_id: str, now: datetime) -> bool:
        return now - self._enforced.get(charger_id, now - AGAIN) >= AGAIN


def _dues(conn: sqlite3.Connection, charger_ids: Sequence[str]) -> dict[str, Due]:
    """What these chargers are to be sent; those without anything are left out."""
    enforcing = templates.enforcing(conn)
    found = {each: _due(conn, each, enforcing=enforcing) for each in charger_ids}
    return {each: due for each, due in found.items() if due is not None}


def _due(conn: sqlite3.Connection, charger_id: str, *, enforcing: bool) -> Due | None:
    """What a charger is to be sent; None for nothing, also while it has not told its configuration."""
    state = lookups.charger_state(conn, charger_id).state
    first = not templates.is_configured(conn, charger_id)
    if not (state.read_whole and state.accepted and (first or enforcing)):
        return None
    found = queries.templates.drift(conn, queries.templates.subjects(conn, None, charger_id))
    differences, targets = (found[0].differences, found[0].targets) if found else ([], {})
    settings = {each.key: each.wanted for each in differences if _wanted(each, targets[each.key], first=first)}
    if first:
        return Due(FIRST_BOOT, settings)
    return Due(ENFORCE, settings) if settings else None


def _wanted(difference: template.Difference, target: template.Wanted, *, first: bool) -> bool:
    return difference.status in ("differs", "unknown") and (first or target.enforce)


def _start(conn: sqlite3.Connection, dues: Mapping[str, Due], now: datetime) -> dict[str, str]:
    """Charger -> job that was started for it: once for a first boot, and none where there is nothing to send."""
    started = {}
    for charger_id, due in dues.items():
        if due.kind == FIRST_BOOT and not templates.configured(conn, charger_id, now):
            continue
        if due.settings:
            parts = {charger_id: due.settings}
            started[charger_id] = jobs.add(conn, parts, kind=due.kind, template_id=None, by=SYSTEM, now=now)
    return started
