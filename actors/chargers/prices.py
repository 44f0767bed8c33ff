"""Prices: what a charger shows to somebody who identifies themselves, before anything is charged. One object each.

Asked by reports.py while a token is answered, and by errands.py, which sends what 1.6 has no room for in an answer.
Only chargers that say that they show prices cost a look-up, and one that fails keeps nobody from charging.
"""

from __future__ import annotations

import logging

from actors.chargers.record import Record
from actors.services import Services
from csms.domain import abilities, authorization, commands, facts
from csms.storage import stays

logger = logging.getLogger(__name__)


class Prices:
    """Of one charger."""

    def __init__(self, services: Services, record: Record) -> None:
        self._services = services
        self._record = record
        self._due: commands.ShowPrice | None = None

    async def shown(
        self,
        presented: facts.IdToken,
        token: authorization.TokenRecord,
        station_id: str | None,
        connector_id: int | None = None,
    ) -> facts.PersonalMessage | None:
        """What charging will cost who holds this token, which may charge; None where it is not shown, or free."""
        self._due = None
        if not abilities.shows_prices(self._record.state.configuration):
            return None
        place, now = stays.Place(self._record.charger_id, station_id, connector_id), self._services.now()
        try:
            text = await self._services.look_ups.read(stays.prices, place, token.ref or None, now)
        except Exception:  # containment: somebody may charge though nobody can tell them the price
            logger.exception("price_not_shown charger=%s", self._record.charger_id)
            return None
        if text is None:
            return None
        self._due = commands.ShowPrice(id_token=presented, text=text)
        return facts.PersonalMessage(text, language="en")

    def take(self) -> commands.ShowPrice | None:
        """What was to be shown last, for a version whose answers have no room for it."""
        due, self._due = self._due, None
        return due
