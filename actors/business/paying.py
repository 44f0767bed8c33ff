"""Paying: what happens to sessions and bills, told to the payments that are for them. A follower of the log.

Also the task that wakes every payment that was not finished when the server stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from actors import runtime
from actors.business import payment
from actors.chargers import charger, errands
from actors.recording import follower, journal
from actors.services import Services
from csms.domain import events, payment_events
from csms.storage.paying import creating, facts
from csms.storage.records import Stored

NAME = "payments"
_SESSION = events.session_stream("")
_PAYMENT = payment_events.payment_stream("")
FRESH = timedelta(hours=1)
"""Sessions that began earlier are not paid for by what their drivers keep now."""


class Paying:
    """`follow` and `resume` are the bodies of two supervised tasks."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def follow(self, task: runtime.Task) -> None:
        """Tell what is new, for ever."""
        await follower.Follower(self._services, NAME, payment.NEWS, self.act).serve(task)

    async def act(self, stored: Stored) -> None:
        """Have the payments of this event's sessions look what it means for them; a driver's own begins with it."""
        if isinstance(stored.event, payment_events.PaymentFailed | payment_events.PaymentCanceled):
            await self._unpaid(stored)
            return
        if isinstance(stored.event, events.SessionStarted):
            await self._begin(stored)
        for payment_id in await self._services.readers.read(facts.of_sessions, _sessions(stored)):
            await payment.tell(self._services, payment_id)

    async def _begin(self, stored: Stored) -> None:
        """Hold what the session of a driver who keeps a method may cost."""
        session_id, now = stored.stream.removeprefix(_SESSION), self._services.now()
        if now - stored.at < FRESH and await self._services.readers.read(creating.wants_payment, session_id):
            await journal.write(self._services.journal, creating.for_session, session_id)

    async def _unpaid(self, stored: Stored) -> None:
        """Nothing could be held for a session that runs: it ends."""
        state = await self._services.readers.read(facts.state, stored.stream.removeprefix(_PAYMENT))
        if state is None or state.starts or state.authorised or state.session_id is None:
            return
        ref = await charger.ensure(self._services, state.charger_id)
        refused = (state.session_id, f"the payment was refused: {state.reason}")
        await ref.within(30).call(charger.Charger.on_errand, errands.Errands.unpaid, refused)

    async def resume(self, task: runtime.Task) -> None:
        """Once, after a start."""
        task.started()
        await payment.wake_all(self._services)


def _sessions(stored: Stored) -> Sequence[str]:
    match stored.event:
        case events.DocumentIssued(session_ids=found):
            return found
        case events.SessionCharged(covers=found):
            return found
        case _:
            return [stored.stream.removeprefix(_SESSION)]
