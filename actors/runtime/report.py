"""Crash reports, dead letters and stack dumps: what people read when something went wrong.

Made by the runtime, as text, so that nothing keeps a dead actor in memory. Never raises, whatever the actor does.
"""

from __future__ import annotations

import logging
import traceback
from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import trio

from actors.runtime.reason import Reason, unwrap

if TYPE_CHECKING:
    from actors.runtime.child import Child
    from actors.runtime.message import Envelope

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CrashReport:
    """One abnormal end. `decision` is what the supervisor did: restart, park, remove, stopped or escalate."""

    name: str
    ancestors: tuple[str, ...]
    incarnation: int
    reason: Reason
    last_message: str | None
    state: str
    mailbox: int
    traceback: str
    decision: str

    def as_dict(self) -> dict[str, Any]:
        """The report as plain JSON-able data."""
        return {**asdict(self), "reason": str(self.reason), "ancestors": list(self.ancestors)}

    def log(self) -> None:
        """Write it as one structured record."""
        text = "actor.crashed name=%s reason=%r decision=%s incarnation=%d last_message=%s mailbox=%d state=%s\n%s"
        fields = (self.name, str(self.reason), self.decision, self.incarnation, self.last_message, self.mailbox)
        logger.error(text, *fields, self.state, self.traceback, extra={"crash": self.as_dict()})


@dataclass(slots=True)
class Crash:
    """What is known at the moment of the crash, before anybody has decided."""

    child: Child
    reason: Reason
    last_message: str | None
    state: str
    traceback: str

    @classmethod
    def of(cls, child: Child, reason: Reason, error: BaseException | None = None) -> Crash:
        """Look at the child while its state is still there."""
        text = "".join(traceback.format_exception(unwrap(error))) if error is not None else ""
        current = child.mailbox.current
        last = message_text(child, current) if current is not None else None
        return cls(child, reason, last, state_text(child), text)

    def report(self, decision: str) -> CrashReport:
        """The full report."""
        child, parts = self.child, self.child.name.split("/")
        ancestors = tuple("/".join(parts[:count]) for count in range(len(parts)))
        return CrashReport(
            name=child.name,
            ancestors=ancestors,
            incarnation=child.incarnation,
            reason=self.reason,
            last_message=self.last_message,
            state=self.state,
            mailbox=len(child.mailbox.queue),
            traceback=self.traceback,
            decision=str(decision),
        )


def message_text(child: Child, envelope: Envelope) -> str:
    """The message as its actor wants it shown."""
    try:
        describe = getattr(child.kind, "describe_message", None)
        if describe is None or child.process is None:
            return envelope.method
        return str(describe(child.process, envelope.method, envelope.args, envelope.kwargs))
    except Exception as error:  # noqa: BLE001 - a containment boundary: the repr of whatever was sent
        return f"{envelope.method}(... {type(error).__name__} in its description)"


def state_text(child: Child) -> str:
    """The state as its process wants it shown, cut to 2,000 characters."""
    try:
        return repr(child.process.status_state())[:2000] if child.process is not None else ""
    except Exception as error:  # noqa: BLE001 - a containment boundary: the actor is broken already
        return f"<{type(error).__name__} in status_state>"


class DeadLetters:
    """Messages that nobody will handle and whose sender does not know, and answers that came too late.

    count         lost casts: still waiting when the actor went, or dropped from a full mailbox
    late_answers  answers to callers that had gone
    recent        the last lost casts: (name, message, why)
    """

    def __init__(self, keep: int = 100) -> None:
        self.count = 0
        self.late_answers = 0
        self.recent: deque[tuple[str, str, str]] = deque(maxlen=keep)

    def add(self, name: str, envelope: Envelope, why: str) -> None:
        """Count a message that is lost."""
        self.count += 1
        self.recent.append((name, envelope.method, why))


def stack_of(task: trio.lowlevel.Task | None) -> str:
    """Where a trio task stands, innermost call last."""
    if task is None:
        return "  (no task)\n"
    frames = [traceback.FrameSummary(f.f_code.co_filename, line, f.f_code.co_name) for f, line in _frames(task)]
    return "".join(traceback.format_list(frames))


def _frames(task: trio.lowlevel.Task) -> list[tuple[Any, int]]:
    return [(frame, line) for frame, line in task.iter_await_frames()]


def stuck(child: Child, seconds: float) -> None:
    """A child does not end although it is cancelled. It is not claimed dead: trio cannot kill."""
    text = "actor.stuck name=%s seconds=%.0f: it ignores cancellation; its stack:\n%s"
    logger.error(text, child.name, seconds, stack_of(child.task), extra={"stuck": child.name})
