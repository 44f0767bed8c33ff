"""Actor: state in attributes, one message at a time, in one task. Subclassed by the application.

Life of an incarnation:
1. the spec's `start` makes it; `ref` is set
2. `init` runs; then its start is acknowledged
3. messages are handled one after the other; when there is none, `drained` runs, then it waits
4. it ends: asked by its supervisor, by `stop()`, after `idle_after` seconds of silence, or by an exception that is no
   answer; `terminate` runs (not if it is killed)
5. its supervisor decides; the mailbox waits for the next incarnation, without the message that was in hand
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import trio

from actors.runtime.mailbox import Mailbox, Overflow
from actors.runtime.message import Envelope, Later
from actors.runtime.process import Process
from actors.runtime.reason import IDLE, NORMAL, Reason

if TYPE_CHECKING:
    from actors.runtime.child import Child

FAIRNESS = 32  # messages in a row before other tasks (and a cancel) get their turn


class Actor(Process):
    """Subclass it and write handlers, `async def on_...`. A handler returns its answer, or always a `Later`.

    answers    exceptions that are answers: they go to the caller and the actor lives on
    capacity   messages that may wait; at least 1
    overflow   what happens to one more
    """

    answers: ClassVar[tuple[type[Exception], ...]] = ()
    capacity: ClassVar[int] = 128
    overflow: ClassVar[Overflow] = Overflow.REJECT

    async def init(self) -> None:
        """Prepare; whoever starts the actor waits for this, and gets StartFailed if it raises."""

    async def terminate(self, reason: Reason) -> None:
        """Clean up, within the spec's `shutdown` seconds. An error here makes a normal end a crash."""

    async def drained(self) -> None:
        """The mailbox has run empty: the place to commit a batch. Runs before the actor waits again."""

    def idle_after(self) -> float | None:
        """Seconds of silence after which to end normally (passivate); None = never. Asked each time it waits.

        A message that comes while it ends starts it again; for transient and temporary children.
        """
        return None

    def stop(self) -> None:
        """End normally, after the message in hand."""
        self._mailbox.stop = NORMAL
        self._mailbox.wake()

    @property
    def queued(self) -> int:
        """How many messages wait behind the one in hand."""
        return len(self._mailbox.queue)

    def describe_message(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """A message as text for reports and `last_messages`: leave secrets out. By default a short repr."""
        given = [*map(repr, args), *(f"{key}={value!r}" for key, value in kwargs.items())]
        return f"{method}({', '.join(given)})"[:300]

    @property
    def _mailbox(self) -> Mailbox:
        return self.ref._mailbox

    async def _main(self, child: Child) -> Reason:
        mailbox = child.mailbox
        mailbox.configure(self.capacity, self.overflow)
        await self.init()
        child.started()
        try:
            reason = await self._serve(mailbox)
        except Exception as error:
            child.crashed(error)
            child.leave()
            await self._terminate_after(child)
            raise
        child.leave()
        await self.terminate(reason)
        return reason

    async def _serve(self, mailbox: Mailbox) -> Reason:
        fresh = FAIRNESS
        while mailbox.stop is None:
            envelope = mailbox.take()
            if envelope is not None:
                await self._handle(mailbox, envelope)
                fresh -= 1
                if not fresh:
                    fresh = FAIRNESS
                    await trio.lowlevel.checkpoint()
                continue
            if not mailbox.suspended:
                await self.drained()
            if mailbox.resting:
                await mailbox.wait(self.idle_after())
                fresh = FAIRNESS
                if mailbox.idle:
                    return IDLE
        return mailbox.stop

    async def _handle(self, mailbox: Mailbox, envelope: Envelope) -> None:
        try:
            result = await getattr(self, envelope.method)(*envelope.args, **envelope.kwargs)
        except self.answers as error:
            envelope.fail(error)
        else:
            if isinstance(result, Later):
                result._bind(envelope)
            else:
                envelope.answer(result)
        mailbox.done(envelope)

    async def _terminate_after(self, child: Child) -> None:
        """Clean up after a crash; an error here must not hide the first one."""
        try:
            await self.terminate(child.ending(NORMAL))
        except Exception as error:  # noqa: BLE001 - a containment boundary: the crash is already being reported
            child.note_crash(f"and terminate failed: {error!r}")

    def _stop(self) -> None:
        self._mailbox.wake()
