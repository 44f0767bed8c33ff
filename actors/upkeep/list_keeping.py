"""List keeping: what chargers' local lists say of a token follows when it is blocked, gets another group, or ends.

Only lists that a charger took from us, and only the tokens in them: which those are is an operator's choice. Changes
that come close together go in one message, to each charger when it is connected; what it has to be told is in a table
until it was. One that holds another version than it took from us gets its whole list again (rule 32).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

import trio

from actors import alerts, runtime
from actors.chargers import charger, orders
from actors.recording import journal
from actors.services import Services
from actors.upkeep import local_lists
from csms.domain import facts, ids, local_list
from csms.storage import errors
from csms.storage import local_lists as lists
from csms.storage.reference import list_updates

LOOK_SECONDS = 5.0
"""How long changes gather before chargers are told of them together."""
AGAIN_SECONDS = 60.0
"""After how long a charger that did not answer is told again."""
TOGETHER = 20

logger = logging.getLogger(__name__)


class Keeper:
    """`serve` is the body of a supervised task."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tried: dict[str, float] = {}

    async def serve(self, task: runtime.Task) -> None:
        """For ever."""
        task.started()
        while True:
            await self.look()
            await trio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Tell whoever is here, but for those that did not answer a moment ago."""
        due = await self._services.readers.read(list_updates.due)
        self._tried = {each: at for each, at in self._tried.items() if each in due}
        now = trio.current_time()
        here = [
            each
            for each in due
            if each in self._services.links and now - self._tried.get(each, -math.inf) >= AGAIN_SECONDS
        ]
        for some in (here[begin : begin + TOGETHER] for begin in range(0, len(here), TOGETHER)):
            async with trio.open_nursery() as nursery:
                for charger_id in some:
                    nursery.start_soon(self._told, charger_id, due[charger_id])

    async def _told(self, charger_id: str, updates: Sequence[list_updates.Update]) -> None:
        """Tell one; what came of it is over, unless it did not answer."""
        self._tried[charger_id] = trio.current_time()
        try:
            wrong = await self._tell(charger_id, updates)
            await journal.write(self._services.journal, list_updates.done, updates)
        except (orders.Offline, orders.NoAnswer, orders.QueueFull, runtime.ActorError, errors.StorageError) as error:
            logger.info("list_not_told charger=%s reason=%s", charger_id, error)
            return
        if wrong is not None:
            day = self._services.now().date().isoformat()
            alert_id = ids.digest("local_list", charger_id, wrong, day)
            alerts.raise_alert(self._services.registry, "local_list_not_updated", charger_id, wrong, alert_id)

    async def _tell(self, charger_id: str, updates: Sequence[list_updates.Update]) -> str | None:
        """Why the charger did not take it; None for all well."""
        services, tokens = self._services, [each.token for each in updates]
        outdated = await services.readers.read(lists.outdated, charger_id, tokens, services.now())
        if not outdated.changes and not outdated.whole:
            return None
        entries = outdated.entries if outdated.whole else outdated.changes
        wanted = [local_lists.Wanted(facts.IdToken(each.id_token.value, each.id_token.type), each) for each in entries]
        try:
            ref = await charger.ensure(services, charger_id)
            update: local_list.Update = "full" if outdated.whole else "differential"
            by = charger.SYSTEM
            done = await local_lists.send(services, ref, charger_id, wanted, update, by=by, held=outdated.held)
        except (orders.NotExpressible, orders.NotAllowed, local_lists.ListTooLong) as error:
            return error.detail
        if not done.refused and done.error is None:
            return None
        return done.detail or f"the charger answered {done.status} to its local list"
