"""Why an incarnation of a child ended. Text only: a kept exception would keep the dead actor in memory.

Made by the child's own task, read by supervisors (to decide), monitors, reports and the snapshot.
"""

from __future__ import annotations

import enum
import traceback
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """The ways to end; `abnormal` ones make a transient child restart."""

    NORMAL = "normal"  # it ended by itself
    IDLE = "idle"  # it passivated: a normal end
    SHUTDOWN = "shutdown"  # its supervisor asked it to stop, and it did
    KILLED = "killed"  # it was cancelled: grace over
    INIT_FAILED = "init failed"  # it never got as far as running
    CRASHED = "crashed"  # an exception that is no answer


_ABNORMAL = frozenset({Kind.KILLED, Kind.INIT_FAILED, Kind.CRASHED})


@dataclass(frozen=True, slots=True)
class Reason:
    """How one incarnation ended: its kind, and a line of text for people."""

    kind: Kind
    detail: str = ""

    @property
    def abnormal(self) -> bool:
        """Whether this was no orderly end (restarts a transient child, is worth a report)."""
        return self.kind in _ABNORMAL

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else str(self.kind)


NORMAL = Reason(Kind.NORMAL)
IDLE = Reason(Kind.IDLE)
SHUTDOWN = Reason(Kind.SHUTDOWN)


def unwrap(error: BaseException) -> BaseException:
    """The one exception inside nested groups of one, else the error as it is."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def describe(error: BaseException) -> str:
    """One line: type, message and the place where it was raised."""
    error = unwrap(error)
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    place = f" ({frames[0].filename.rsplit('/', 1)[-1]}:{frames[0].lineno})" if frames else ""
    text = str(error).strip()
    return f"{type(error).__name__}: {text}{place}" if text else f"{type(error).__name__}{place}"
