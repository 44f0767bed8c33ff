"""Campaign: one actor per firmware campaign that runs, and the task that wakes them all after a start.

Everything it knows is in its rows (csms/storage/reference/campaigns.py), read anew at each tick, so a crash costs
nothing and doubles nothing: a charger is claimed before it is sent the order, and what became of that is read from what
the charger said since. What is next is csms.domain.campaign's to decide.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import trio

from actors import alerts, runtime
from actors.chargers import charger, orders, preparation
from actors.recording import journal
from actors.services import Services
from actors.upkeep import downloads, ticking, uploads
from csms.domain import campaign, commands
from csms.storage import queries
from csms.storage.reference import campaigns, firmware

TOGETHER = 20
"""Chargers that are sent their order at a time."""

logger = logging.getLogger(__name__)

# -- Client ------------------------------------------------------------------------------------------------------------


async def ensure(services: Services, campaign_id: str) -> runtime.Ref[Campaign]:
    """The campaign's actor, started or told to look at its rows now. Raises runtime.ActorError."""
    return await ticking.ensure(services, Campaign, campaign_id)


async def wake_all(services: Services) -> None:
    """Give the campaigns that had not ended when the server stopped their actors back."""
    for campaign_id in await services.readers.read(campaigns.unfinished):
        try:
            await ensure(services, campaign_id)
        except runtime.ActorError as error:
            logger.error("campaign_not_resumed campaign=%s reason=%s", campaign_id, error)


# -- Process -----------------------------------------------------------------------------------------------------------


class Campaign(ticking.Ticking):
    """Looks, orders, waits; ends when it has nothing to do."""

    async def step(self) -> bool:
        """True when nothing is left to do until somebody resumes it."""
        now = self._services.now()
        situation = await self._services.readers.read(queries.campaigns.situation, self.id)
        if await self._follow(situation):
            situation = await self._services.readers.read(queries.campaigns.situation, self.id)
        state, targets = situation.campaign, situation.targets
        if state.status != campaign.RUNNING:
            return all(target.status != campaign.ORDERED for target in targets)
        step = campaign.step(state.plan, targets, await self._ready(state.plan, targets), state.since, now)
        if step.status != campaign.RUNNING:
            logger.info("campaign_%s campaign=%s reason=%s", step.status, self.id, step.reason)
            await self._write(campaigns.became, self.id, step.status, step.reason, now)
            if step.status == campaign.PAUSED:
                alerts.raise_alert(self._services.registry, "campaign_paused", self.id, step.reason)
        elif step.order:
            await self._order(state, step.order)
        return step.status == campaign.COMPLETED

    async def _follow(self, situation: queries.campaigns.Situation) -> bool:
        """Write down what became of the chargers since the last look; whether there was anything."""
        became = [*self._became(situation)]
        for change, *args in became:
            await self._write(change, self.id, *args)
        return bool(became)

    def _became(self, situation: queries.campaigns.Situation) -> Iterator[tuple[Any, ...]]:
        """(change of the rows, its arguments) for each charger of which there is something new."""
        now = self._services.now()
        slow = timedelta(seconds=2 * self._services.settings.command_timeout + 10)
        surely = max(self._services.started_at, now - slow)  # what was claimed before has a record, or was not sent
        for target in situation.targets:
            heard = situation.heard.get(target.charger_id)
            if target.charger_id in situation.removed:
                yield campaigns.removed, target.charger_id, now
            elif heard is None or target.ordered_at is None:
                continue
            elif target.charger_id in situation.unsent and target.ordered_at < surely:
                yield campaigns.unsent, target.charger_id, "the order was never sent"
            elif (ended := campaign.outcome(target.ordered_at, situation.version, heard, now)) is not None:
                yield campaigns.ended, target.charger_id, *ended, now
            elif (said := situation.untold.get(target.charger_id)) is not None:
                yield campaigns.noted, target.charger_id, said

    async def _ready(self, plan: campaign.Plan, targets: Sequence[campaign.Target]) -> frozenset[str]:
        """The waiting chargers that are connected and, where that matters, idle."""
        connected = frozenset(
            each.charger_id
            for each in targets
            if each.status == campaign.WAITING and each.charger_id in self._services.links
        )
        if not plan.only_when_idle:
            return connected
        return await self._services.readers.read(queries.campaigns.idle, connected)

    async def _order(self, state: campaigns.Campaign, charger_ids: Sequence[str]) -> None:
        """Claim some and send them the order; where chargers cannot be told a URL, somebody must mend that first."""
        now = self._services.now()
        what = await self._services.readers.read(firmware.get, state.firmware_id)
        try:
            url = await downloads.url(self._services, what)
        except uploads.NoPublicUrl as error:
            await self._write(campaigns.became, self.id, campaign.PAUSED, error.detail, now)
            return
        order = commands.UpdateFirmware(
            url=url, retrieve_at=now, signature=what.signature, signing_certificate=what.signing_certificate
        )
        some = charger_ids[:TOGETHER]
        claimed = await journal.write(self._services.journal, campaigns.claim, self.id, some, now)
        async with trio.open_nursery() as nursery:
            for charger_id in claimed:
                nursery.start_soon(self._send, charger_id, order)

    async def _send(self, charger_id: str, order: commands.UpdateFirmware) -> None:
        """Order one update. What was surely not sent may be sent later, anything else never again."""
        try:
            ref = await charger.ensure(self._services, charger_id)
            executed = await charger.execute(self._services, ref, order, by=self.id)
        except (orders.NoAnswer, runtime.OutcomeUnknown) as error:
            await self._write(campaigns.noted, self.id, charger_id, str(error))
        except (orders.NotExpressible, orders.NotAllowed, preparation.UrlRefused) as error:
            now = self._services.now()
            await self._write(campaigns.ended, self.id, charger_id, campaign.FAILED, error.detail, now)
        except (orders.CannotOrder, runtime.ActorError) as error:
            await self._write(campaigns.unsent, self.id, charger_id, str(error))
        else:
            said = executed.detail or f"the charger answered {executed.status}"
            if executed.refused or executed.error is not None:
                now = self._services.now()
                await self._write(campaigns.ended, self.id, charger_id, campaign.FAILED, said, now)
            else:
                await self._write(campaigns.noted, self.id, charger_id, said)

    async def _write(self, change: Callable[..., None], *args: object) -> None:
        await journal.write(self._services.journal, change, *args)
