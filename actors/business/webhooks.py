"""Webhooks: tells apps what happens, each at its own pace.

Two supervised tasks. `follow` turns events of the log into rows of the table `deliveries`, each once; `deliver` sends
what is due and notes what came of it, so that after kill -9 everything that was not noted is sent again under the same
id. Every receiver has a task of its own while something is due for it: one that is slow or dead holds up nobody else.
Who may be called is csms/integrations/http.py's business, signatures are csms/integrations/signing.py's.
"""

from __future__ import annotations

import hashlib
import logging

import trio

from actors import alerts, runtime
from actors.recording import follower, journal
from actors.recording.news import News
from actors.services import Services
from csms.domain import webhook
from csms.integrations import http, signing
from csms.storage.queries import notices
from csms.storage.records import EVENT_ID_BYTES, Stored
from csms.storage.reference import deliveries, webhooks

NAME = "webhooks"
AT_ONCE = 4
"""Calls to one receiver at a time."""
LOOK_SECONDS = 1.0
"""How often is looked for what is due again."""
SECONDS = 10.0
"""How long a receiver may take to answer."""

logger = logging.getLogger(__name__)


class Webhooks:
    """One node's deliveries. `wake` when there is something new to send."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._news = News()
        self._served: set[str] = set()

    def wake(self) -> None:
        """Something may be due. Never waits."""
        self._news.told()

    # -- filling -------------------------------------------------------------------------------------------------------

    async def follow(self, task: runtime.Task) -> None:
        """Note what is to be told to whom."""
        await follower.Follower(self._services, NAME, webhook.TYPES, self.act).serve(task)

    async def act(self, stored: Stored) -> None:
        """Note it for one event."""
        new = await self._services.readers.read(notices.wanted, stored, self._services.now())
        if new:
            await journal.write(self._services.journal, deliveries.add, new, self._services.now())
            self.wake()

    # -- sending -------------------------------------------------------------------------------------------------------

    async def deliver(self, task: runtime.Task) -> None:
        """Send what is due, for ever."""
        client = http.Client(self._services.settings.call_hosts, together=webhooks.MOST * AT_ONCE)
        task.started()
        try:
            async with trio.open_nursery() as nursery:
                while True:
                    seen = self._news.count
                    for webhook_id in await self._services.readers.read(deliveries.busy, self._services.now()):
                        if webhook_id not in self._served:
                            self._served.add(webhook_id)
                            nursery.start_soon(self._serve, client, webhook_id)
                    with trio.move_on_after(LOOK_SECONDS):
                        await self._news.since(seen)
        finally:
            self._served.clear()
            with trio.CancelScope(shield=True):
                await client.close()

    async def _serve(self, client: http.Client, webhook_id: str) -> None:
        """Send what is due for one webhook, some at a time, until nothing is."""
        read = self._services.readers.read
        try:
            while due := await read(deliveries.due, webhook_id, self._services.now(), AT_ONCE):
                keys = await read(webhooks.secrets, webhook_id, self._services.now())
                async with trio.open_nursery() as nursery:
                    for delivery in due:
                        nursery.start_soon(self._attempt, client, delivery, keys)
        finally:
            self._served.discard(webhook_id)

    async def _attempt(self, client: http.Client, delivery: deliveries.Due, keys: tuple[str, ...]) -> None:
        """One call, and what came of it."""
        signed = signing.headers(delivery.id, self._services.now(), delivery.body, keys)
        headers = {"content-type": "application/json", "user-agent": "csms", **signed}
        answered, wrong = None, ""
        try:
            answer = await client.request("POST", delivery.url, content=delivery.body, headers=headers, seconds=SECONDS)
            answered = answer.status
            wrong = "" if answer.good else f"it answered {answer.status}"
        except http.HttpError as error:
            wrong = error.reason
        outcome = deliveries.Outcome(self._services.now(), answered, wrong)
        if await journal.write(self._services.journal, deliveries.attempted, delivery.id, outcome):
            self._given_up(delivery, outcome)

    def _given_up(self, delivery: deliveries.Due, outcome: deliveries.Outcome) -> None:
        """One alert a day for each webhook, however much is given up."""
        logger.warning("delivery_given_up webhook=%s delivery=%s", delivery.webhook_id, delivery.id)
        once = hashlib.sha256(f"{delivery.webhook_id} {outcome.at:%Y-%m-%d}".encode()).digest()[:EVENT_ID_BYTES]
        detail = (
            f"{outcome.wrong}; what it did not take is kept for 30 days: mend it, then POST"
            f" /api/v1/webhooks/{delivery.webhook_id}/redeliver"
        )
        alerts.raise_alert(self._services.registry, "webhook_failed", delivery.webhook_id, detail, once)
