"""No-shows: a reservation that nobody used, and that costs something by its tariff, becomes a session with a bill.

A follower of the log, so that none is forgotten whatever crashes; harmless to repeat, since the session's id is made of
the reservation's. What it costs is worked out by csms/domain/session_cost.py, who is billed by billing.py.
"""

from __future__ import annotations

from actors import runtime, session
from actors.recording import follower
from actors.services import Services
from csms.domain import events, reservations
from csms.storage import no_shows
from csms.storage.records import Stored

NAME = "no_shows"
_CHARGER = events.charger_stream("")


class NoShows:
    """`follow` is the body of a supervised task."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def follow(self, task: runtime.Task) -> None:
        """Look at whatever chargers hold or no longer hold."""
        await follower.Follower(self._services, NAME, ["InventoryChanged"], self.act).serve(task)

    async def act(self, stored: Stored) -> None:
        """Make the sessions of the reservations that ended with this event without having been used."""
        assert isinstance(stored.event, events.InventoryChanged), "it follows nothing else"
        charger_id = stored.stream.removeprefix(_CHARGER)
        for key, end in reservations.unused(stored.event.changes).items():
            found = await self._services.readers.read(no_shows.find, charger_id, key, end, stored.at)
            if found is not None:
                ref = await session.ensure(self._services, found.session_id)
                await ref.call(session.Session.on_lapsed, found.event, found.terms)
