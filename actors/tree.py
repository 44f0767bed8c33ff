"""The whole supervision tree on one screen, and the node that it makes.

    root            one_for_one    started in this order, stopped in reverse
    |- journal      the single writer of the log; group commit
    |- feed         live state for pages and apps
    |- sessions     one actor per charging stay; parks what cannot be rebuilt
    |- chargers     one actor per charger; parks what cannot be rebuilt
    |- recovery     once: wakes the sessions that were open, or owed a price, when the server stopped
    |- gateway      the chargers' front door; every connection is a contained task
    |- jobs         one actor per firmware campaign and bulk change that runs
    |- payments     one actor per payment that something is to be done about
    |- background   one_for_one    alerts, checkpoints, renewals, billing, unbilled, no_shows, paying,
    |                              unpaid, reconciling, configuring, limiting, jobs, lists, sweeping,
    |                              mailing, mails, links, webhooks, deliveries, control
    `- http         API and pages (added by api/server.py)

Sessions stand beside chargers, not below them: one supervisor loop serves thousands of children, and a session outlives
a restart of its charger's actor anyway. One_for_one: refs and mailboxes survive restarts, so nobody needs to be
restarted together with the journal.
"""

from __future__ import annotations

import logging
import math
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

import trio

from actors import control, runtime, session
from actors.alerts import Alerts, raise_alert
from actors.business import billing, linking, mailing, no_shows, paying, payment, reconciling, webhooks
from actors.chargers import charger, configuring, limiting
from actors.connections import gateway
from actors.recording import journal, readers
from actors.recording.feed import Feed, Hub
from actors.services import JOURNAL_SECONDS, Services, utc_now
from actors.upkeep import campaign, job, list_keeping, renewals, sweeping, ticking
from csms import config
from csms.domain import charger as charger_state
from csms.domain import events
from csms.domain import session as session_state
from csms.storage import drifts, lookups, stays
from csms.storage.log import Log
from csms.storage.records import Append, Entry, New

P = ParamSpec("P")
R = TypeVar("R")

CHECKPOINT_SECONDS = 60.0
LIVE_SECONDS = 1.0
"""How long a reader waits for an actor before it takes what is stored."""
RECOVERED_TOGETHER = 100
"""Sessions that are rebuilt at a time after a start."""

Live: TypeAlias = charger.Live

logger = logging.getLogger(__name__)


class UnknownCharger(LookupError):
    """No charger of this id is registered."""

    def __init__(self, charger_id: str) -> None:
        super().__init__(f"there is no charger {charger_id}: check its spelling or add it")
        self.charger_id = charger_id


class Node:
    """One running node: what the API, the pages and the control socket talk to."""

    def __init__(self, settings: config.Settings, log: Log, reads: readers.Readers) -> None:
        self.settings = settings
        self.log = log
        self.readers = reads
        self.hub = Hub()
        self.drifts = drifts.Drifts()
        self.started_at: datetime = utc_now()
        self.healthy = True
        self.costs = stays.Recent()
        self._published = 0
        self._feed: runtime.Ref[Feed] | None = None
        self.sessions = runtime.DynamicSupervisor(on_parked=partial(self._parked, "session"))
        self.chargers = runtime.DynamicSupervisor(on_parked=partial(self._parked, "charger"))
        self.jobs = runtime.DynamicSupervisor(on_parked=partial(self._parked, "job"))
        self.payments = runtime.DynamicSupervisor(on_parked=partial(self._parked, "payment"))
        self.services = Services(settings, reads, self.sessions, self.chargers, self.jobs, self.payments)
        self.reconciling = reconciling.Reconciling(self.services)
        self.webhooks, self.mailing = webhooks.Webhooks(self.services), mailing.Mailing(self.services)
        self.front = gateway.Front(self.services)
        self.system: runtime.System

    # -- What others use -----------------------------------------------------------------------------------------------

    async def read(self, query: Callable[Concatenate[sqlite3.Connection, P], R], *args: P.args, **kw: P.kwargs) -> R:
        """Run `query(connection, ...)` on a read-only connection in a thread."""
        return await self.readers.read(query, *args, **kw)

    async def write(self, change: Callable[Concatenate[sqlite3.Connection, P], R], *args: P.args, **kw: P.kwargs) -> R:
        """Run `change(connection, ...)` in a transaction of the single writer; durable when this returns."""
        return await journal.write(self.services.journal.within(JOURNAL_SECONDS), change, *args, **kw)

    async def charger(self, charger_id: str) -> runtime.Ref[charger.Charger]:
        """The actor of a registered charger, woken if need be. Raises UnknownCharger and runtime.ActorError."""
        known = await self.read(lookups.known_charger, charger_id)
        if known is None:
            raise UnknownCharger(charger_id)
        return await charger.ensure(self.services, known.id)

    def actors(self) -> dict[str, Any]:
        """The supervision tree as it is now."""
        return self.system.snapshot()

    async def live_charger(self, charger_id: str) -> Live | None:
        """What a charger's actor knows; None when it sleeps, or is too busy to tell at once."""
        ref = self.system.registry.lookup(f"{charger.SUPERVISOR}/{charger_id}", charger.Charger)
        try:
            return None if ref is None else await charger.live(ref.within(LIVE_SECONDS))
        except runtime.ActorError:
            return None

    async def live_session(self, session_id: str) -> session_state.Session | None:
        """The same of a session's actor."""
        ref = self.system.registry.lookup(f"{session.SUPERVISOR}/{session_id}", session.Session)
        try:
            return None if ref is None else await session.view(ref.within(LIVE_SECONDS))
        except runtime.ActorError:
            return None

    def last_seen(self, charger_id: str) -> datetime | None:
        """When a connected charger's last frame came; None when it is not connected."""
        link = self.services.links.get(charger_id)
        return None if link is None else link.seen_at

    def charger_changed(self, charger_id: str) -> None:
        """The reference data of a charger changed: a running actor reads it again; one that sleeps will."""
        ref = self.system.registry.lookup(f"{charger.SUPERVISOR}/{charger_id}", charger.Charger)
        if ref is not None:
            try:
                ref.cast(charger.Charger.on_changed)
            except runtime.NeverHandled as error:
                logger.warning("charger_not_told charger=%s reason=%s", charger_id, error)

    def charger_removed(self, charger_id: str) -> None:
        """The charger was deleted: it is sent away, and what it said is forgotten where it is not a record."""
        self.charger_changed(charger_id)
        self.services.traces.forget(charger_id)

    # -- Life ----------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self, extra: Sequence[runtime.ChildSpec[Any]] = ()) -> AsyncIterator[Node]:
        """Run the tree, with `extra` children (http) last. Raises runtime.StartFailed."""
        system = runtime.System([*self._children(), *extra], hard_deadline=60)
        self.system, self.services.registry = system, system.registry
        self.services.described = partial(configuring.described, system.registry)
        try:
            async with system:
                yield self
        finally:
            self.services.look_ups.close()
            with trio.CancelScope(shield=True):
                await self.services.close()

    def _children(self) -> list[runtime.ChildSpec[Any]]:
        dynamic = partial(runtime.ChildSpec, type=runtime.ChildType.SUPERVISOR)
        return [
            runtime.ChildSpec("journal", self._journal, shutdown=30),
            runtime.ChildSpec("feed", lambda: Feed(self.hub)),
            dynamic(session.SUPERVISOR, lambda: self.sessions),
            dynamic(charger.SUPERVISOR, lambda: self.chargers),
            runtime.ChildSpec(
                "recovery",
                lambda: runtime.Task(self._recover),
                restart=runtime.Restart.TRANSIENT,
                init_timeout=math.inf,
            ),
            runtime.ChildSpec("gateway", lambda: runtime.Task(self.front.serve), shutdown=15),
            dynamic(ticking.SUPERVISOR, lambda: self.jobs),
            dynamic(payment.SUPERVISOR, lambda: self.payments),
            dynamic("background", lambda: runtime.Supervisor(self._background())),
        ]

    def _background(self) -> list[runtime.ChildSpec[Any]]:
        patient, bills = runtime.Backoff(), billing.Billing(self.services)
        payments = paying.Paying(self.services)
        return [
            runtime.ChildSpec("alerts", lambda: Alerts(self.services), backoff=patient),
            runtime.ChildSpec("checkpoints", lambda: runtime.Task(self._checkpoints), shutdown=0, backoff=patient),
            runtime.ChildSpec(
                "renewals", lambda: runtime.Task(partial(renewals.serve, self.services)), shutdown=0, backoff=patient
            ),
            runtime.ChildSpec("billing", lambda: runtime.Task(bills.follow), shutdown=0, backoff=patient),
            runtime.ChildSpec("unbilled", lambda: runtime.Task(bills.wait), shutdown=0, backoff=patient),
            runtime.ChildSpec(
                "no_shows", lambda: runtime.Task(no_shows.NoShows(self.services).follow), shutdown=0, backoff=patient
            ),
            runtime.ChildSpec("paying", lambda: runtime.Task(payments.follow), shutdown=0, backoff=patient),
            runtime.ChildSpec(
                "unpaid", lambda: runtime.Task(payments.resume), restart=runtime.Restart.TRANSIENT, backoff=patient
            ),
            runtime.ChildSpec("reconciling", lambda: runtime.Task(self.reconciling.serve), shutdown=0, backoff=patient),
            runtime.ChildSpec("configuring", lambda: configuring.Configuring(self.services), backoff=patient),
            runtime.ChildSpec(limiting.NAME, lambda: limiting.Limiting(self.services), backoff=patient),
            runtime.ChildSpec("jobs", lambda: runtime.Task(self._resume), restart=runtime.Restart.TRANSIENT),
            runtime.ChildSpec(
                "lists", lambda: runtime.Task(list_keeping.Keeper(self.services).serve), shutdown=0, backoff=patient
            ),
            runtime.ChildSpec(
                "sweeping", lambda: runtime.Task(partial(sweeping.serve, self.services)), shutdown=0, backoff=patient
            ),
            runtime.ChildSpec("mailing", lambda: runtime.Task(self.mailing.follow), shutdown=0, backoff=patient),
            runtime.ChildSpec("mails", lambda: runtime.Task(self.mailing.send), shutdown=0, backoff=patient),
            runtime.ChildSpec(
                "links", lambda: runtime.Task(partial(linking.serve, self.services)), shutdown=0, backoff=patient
            ),
            runtime.ChildSpec("webhooks", lambda: runtime.Task(self.webhooks.follow), shutdown=0, backoff=patient),
            runtime.ChildSpec("deliveries", lambda: runtime.Task(self.webhooks.deliver), shutdown=0, backoff=patient),
            runtime.ChildSpec(
                "control", lambda: runtime.Task(partial(control.serve, self)), shutdown=0, backoff=patient
            ),
        ]

    async def _recover(self, task: runtime.Task) -> None:
        """Nobody is connected yet, whatever the log says; sessions that were open get their actors back."""
        online = await self.read(lookups.online_chargers)
        async with trio.open_nursery() as nursery:  # together, so that they share commits
            for state in online:
                nursery.start_soon(self._left, state)
        open_ids, owing = await self.read(lookups.open_session_ids), await self.read(stays.owing)
        waiting = iter(dict.fromkeys([*open_ids, *owing]))
        async with trio.open_nursery() as nursery:  # several, so that the readers are never out of work
            for _ in range(RECOVERED_TOGETHER):
                nursery.start_soon(self._wake, waiting)
        task.started()

    async def _resume(self, task: runtime.Task) -> None:
        """Bulk work goes on where the server stopped."""
        task.started()
        await campaign.wake_all(self.services)
        await job.wake_all(self.services)

    async def _wake(self, waiting: Iterator[str]) -> None:
        """Give sessions their actors back, until none is waiting."""
        for session_id in waiting:
            try:
                await session.ensure(self.services, session_id)
            except runtime.ActorError as error:
                logger.error("session_not_recovered session=%s reason=%s", session_id, error)

    async def _left(self, state: charger_state.Charger) -> None:
        """End what was open on a charger when the server stopped."""
        now, after = utc_now(), state
        left = charger_state.left_open(state, linked=False)
        for event in left:
            after = charger_state.evolve(after, event, now)
        entry = Entry(events.charger_stream(state.id), state.version, tuple(map(New, left)))
        await journal.append(self.services.journal, Append(entries=(entry,), at=now, state=(after,)))

    async def restart(self, name: str) -> None:
        """Start a parked actor again, or at once one that backs off; `name` as the tree shows it. Raises ActorError."""
        kind, _, child_id = name.partition("/")
        kinds = {"sessions": self.sessions, "chargers": self.chargers, "jobs": self.jobs, "payments": self.payments}
        supervisor = kinds.get(kind)
        if supervisor is None:
            raise runtime.UnknownChild("the tree", name)
        await supervisor.restart_child(child_id)

    async def _checkpoints(self, task: runtime.Task) -> None:
        task.started()
        while True:
            await trio.sleep(CHECKPOINT_SECONDS)
            await journal.checkpoint(self.services.journal)

    def _journal(self) -> journal.Journal:
        """One more incarnation: what the last one committed when it crashed it may have told nobody."""
        self._missed()
        return journal.Journal(self.log, self._publish, self._health)

    def _missed(self) -> None:
        """Something may be in the log that was not published: a gap in the count, which the feed notices."""
        self._published += 1

    def _publish(self, committed: journal.Committed) -> None:
        """Called by the journal after each commit; a feed that cannot take it notices the gap in the count."""
        self._published += 1
        self.services.news.told()
        limiting.heard(self.system.registry, committed)
        if self._feed is None:
            self._feed = self.system.registry.lookup("feed", Feed)
        if self._feed is not None:
            try:
                self._feed.cast(Feed.on_published, self._published, committed)
            except runtime.NeverHandled:
                logger.warning("feed_missed count=%d", self._published)

    def _health(self, healthy: bool) -> None:
        self.healthy = healthy
        self._missed()  # a commit of unknown outcome
        self.front.healthy(healthy)
        if not healthy:
            self._alert("storage_unavailable", "journal", "nothing could be stored; chargers were sent away meanwhile")

    def _parked(self, kind: str, child_id: str, reason: runtime.Reason) -> None:
        detail = f"{reason}; when that is mended: csms actor restart {kind}s/{child_id}"
        self._alert(f"{kind}_parked", child_id, detail)

    def _alert(self, kind: str, subject: str, detail: str) -> None:
        raise_alert(self.system.registry, kind, subject, detail)
