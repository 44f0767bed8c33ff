"""Record: a charger's state and the stream that it comes from. Used by the charger actor and its two halves.

Appends first and takes the new state after the commit, so the state never says what the log does not.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from actors.recording import journal
from actors.services import Services
from csms.domain import charger, events, inventory, reservations
from csms.storage import lookups
from csms.storage.records import Append, Entry, Fence, New
from csms.storage.reference import customer_information, tokens

logger = logging.getLogger(__name__)


class Record:
    """`state` is what the charger's stream folds to; `epoch` is its newest link, which fences all older ones."""

    def __init__(self, services: Services, charger_id: str) -> None:
        self._services = services
        self.charger_id = charger_id
        self.state = charger.Charger(id=charger_id)
        self.epoch = 0

    @property
    def fence(self) -> Fence:
        """What appends on behalf of the newest link carry."""
        return Fence(self.charger_id, self.epoch)

    def begin(self, rebuilt: lookups.Rebuilt) -> None:
        """Go on from what the log says."""
        self.state, self.epoch = rebuilt

    async def append(
        self,
        decided: Sequence[events.AnyEvent],
        *,
        event_id: bytes = b"",
        fenced: bool = True,
        command: str | None = None,
    ) -> bool:
        """Make the events durable; False when the log had them already. `command` correlates them with an order.

        `event_id` is the first one's: what belongs together is there together.
        """
        if not decided:
            return False
        if any(isinstance(event, events.InventoryChanged) for event in decided):
            decided = [await self._without_tokens(event) for event in decided]
        return await self._write(decided, event_id, self.fence if fenced else None, None, command)

    async def claim(self, epoch: int, decided: Sequence[events.AnyEvent]) -> None:
        """Make `epoch` the newest link; appends of older ones are refused from here on."""
        await self._write(decided, b"", None, Fence(self.charger_id, epoch), None)
        self.epoch = epoch

    async def asked_customer(self, request_id: int) -> None:
        """The charger agreed to tell of a customer under this id: what it told under it of another one is erased."""
        await journal.write(self._services.journal, customer_information.asked_anew, self.charger_id, request_id)

    async def _without_tokens(self, event: events.AnyEvent) -> events.AnyEvent:
        """What a charger holds with surrogates for the tokens in it: the log knows no card numbers."""
        if not isinstance(event, events.InventoryChanged) or not (held := inventory.tokens(event.changes)):
            return event
        refs = await journal.write(self._services.journal, tokens.intern_all, held)
        changes = reservations.dated(event.changes, self._services.now())
        return events.InventoryChanged(changes=inventory.with_surrogates(changes, refs))

    async def _write(
        self,
        decided: Sequence[events.AnyEvent],
        event_id: bytes,
        fence: Fence | None,
        claim: Fence | None,
        command: str | None,
    ) -> bool:
        now = self._services.now()
        after = self.state
        for event in decided:
            after = charger.evolve(after, event, now)
        if left := charger.left_out(self.state, after, decided):
            logger.warning("state_is_full charger=%s left_out=%d", self.charger_id, left)
        new = tuple(New(event, b"" if index else event_id, command) for index, event in enumerate(decided))
        entries = (Entry(events.charger_stream(self.charger_id), self.state.version, new),) if new else ()
        state = (after,) if new else ()
        done = await journal.append(
            self._services.journal, Append(entries=entries, at=now, fence=fence, claim=claim, state=state)
        )
        if not done.duplicate:
            self.state = after
        return not done.duplicate
