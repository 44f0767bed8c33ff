"""Paying: what happens to sessions and bills, told to the payments that are for them. A follower of the log.

Also the task that wakes every payment that was not finished when the server stopped.
"""

from __future__ import annotations

from collections.abc import Sequence

from actors import runtime
from actors.business import payment
from actors.recording import follower
from actors.services import Services
from csms.domain import events
from csms.storage.paying import facts
from csms.storage.records import Stored

NAME = "payments"
_SESSION = events.session_stream("")


class Paying:
    """`follow` and `resume` are the bodies of two supervised tasks."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def follow(self, task: runtime.Task) -> None:
        """Tell what is new, for ever."""
        await follower.Follower(self._services, NAME, payment.NEWS, self.act).serve(task)

    async def act(self, stored: Stored) -> None:
        """Have the payments of this event's sessions look what it means for them."""
        for payment_id in await self._services.readers.read(facts.of_sessions, _sessions(stored)):
            await payment.tell(self._services, payment_id)

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
