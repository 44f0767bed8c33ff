"""ChildSpec: how a supervisor starts, restarts and stops one child. Immutable; written in the application's tree."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from actors.runtime.process import ChildType, Process
from actors.runtime.restart import Backoff, Restart

P_co = TypeVar("P_co", bound=Process, covariant=True)


@dataclass(frozen=True, slots=True)
class ChildSpec(Generic[P_co]):
    """One child.

    id            unique below its supervisor; the child's name is the path of ids from the root
    start         makes the process (an Actor, a Task or a supervisor) for each incarnation: a class or a partial
    restart       permanent, transient or temporary
    shutdown      seconds between being asked to stop and being cancelled; 0 cancels at once; None: 5 s for
                  a worker, without limit for a supervisor
    type          worker or supervisor
    init_timeout  seconds that `init` may take
    backoff       pause before restarts; None: at once below a Supervisor, the supervisor's own below a dynamic one
    """

    id: str
    start: Callable[[], P_co]
    restart: Restart = Restart.PERMANENT
    shutdown: float | None = None
    type: ChildType = ChildType.WORKER
    init_timeout: float = 10.0
    backoff: Backoff | None = None

    def __post_init__(self) -> None:
        if not self.id or "/" in self.id:
            raise ValueError(
                f"child id {self.id!r}: it must not be empty or hold a slash, which separates the ids of a name"
            )

    @property
    def grace(self) -> float:
        """Seconds that the child gets to stop by itself."""
        if self.shutdown is not None:
            return self.shutdown
        return math.inf if self.type is ChildType.SUPERVISOR else 5.0
