"""Profiles: a charger's way from one security profile to another (rule 57). Used by the charger actor, one object each.

The new one is good here before the charger is told of it, and the old one until the charger has signed in with the new
one: it tries, and falls back when that fails. Every step is durable before anything follows from it.
"""

from __future__ import annotations

import dataclasses
import logging
from functools import partial

from actors.recording import journal
from actors.services import Services
from csms.domain import security, variables
from csms.storage.queries import inventory
from csms.storage.reference import chargers

DOWNGRADE = "SecurityCtrlr.AllowSecurityProfileDowngrade"
_REFUSALS = frozenset({"rejected", "failed", "not_supported"})
"""Any other outcome, such as a timeout, does not tell whether the charger will try."""

logger = logging.getLogger(__name__)


@dataclasses.dataclass(eq=False)
class Profiles:
    """`known` follows the reference data."""

    services: Services
    charger_id: str
    known: security.Profile = dataclasses.field(default_factory=security.Profile)

    async def objection(self, wanted: int, version: str) -> str | None:
        """Why the charger must not be told to use `wanted`; None if it may."""
        downgrade = wanted < self.known.current and await self._may_go_down()
        return security.objection(self.known.current, wanted, version, downgrade=downgrade)

    async def offer(self, wanted: int) -> None:
        """Make it good beside the one that it has, before the charger is told."""
        await self._step(partial(security.told, wanted=wanted))

    async def answered(self, wanted: int, status: str) -> None:
        """The charger said what it made of it."""
        if status in _REFUSALS:
            await self._step(partial(security.refused, wanted=wanted))

    async def used(self, profile: int) -> None:
        """The charger signed in with this one."""
        if self.known.upcoming == profile:
            logger.info("security_profile charger=%s from=%d to=%d", self.charger_id, self.known.current, profile)
            await self._step(partial(security.used, profile=profile))

    async def _may_go_down(self) -> bool:
        read = self.services.look_ups.read
        body = await read(inventory.get, self.charger_id, variables.KIND, DOWNGRADE)
        value = ((body or {}).get("attributes") or {}).get("Actual", {}).get("value")
        return str(value).casefold() == "true"

    async def _step(self, step: chargers.ProfileStep) -> None:
        """Raises errors.StorageError; the charger may be removed meanwhile, and then nothing is left to keep."""
        self.known = (await journal.write(self.services.journal, chargers.move, self.charger_id, step)).profile
