"""`csms` in compressed time: `python -m tests.chaos.compressed HOURS COMMITS serve ...`.

HOURS is the file of hours.py: the event loop's clock and the wall clock follow it, also where that is set wrong on
purpose. It dies by itself with the COMMITS-th commit (0: never), as in mortal.py. What else HOURS says happens to it:
its disk is full, or one of its actors fails at an await.
"""

from __future__ import annotations

import itertools
import logging
import os
import pathlib
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial, wraps
from typing import Any

import trio

from api import cli
from csms.storage import log, records, writer
from tests.actors import faults
from tests.chaos import hours

STRUCK = ("chargers/", "sessions/", "journal", "feed", "background/alerts")
STRUCK_RECORD = "an_actor_was_struck"
"""What the server's log says then."""
AWAITS = 40
"""A fault strikes one of the next so many awaits."""
ROOM = 2**31 - 2
"""Pages of a database for which there is room."""

logger = logging.getLogger(__name__)


class Strikes(trio.abc.Instrument):
    """One fault after the other, whenever the keeper has counted one more."""

    def __init__(self, clock: hours.Clock) -> None:
        self._clock = clock
        self._struck = clock.sky.strikes
        self._fault: faults.Fault | None = None

    def before_io_wait(self, timeout: float) -> None:
        """Look whether another one is due. Each strikes once."""
        strikes = self._clock.sky.strikes
        if self._fault is not None and (self._fault.hit or strikes != self._struck):
            if self._fault.hit:
                logger.warning(STRUCK_RECORD)
            trio.lowlevel.remove_instrument(self._fault)
            self._fault = None
        if strikes != self._struck:
            self._struck, dice = strikes, random.Random(strikes)
            moment: faults.Moment = dice.choice(("waiting", "answer"))
            self._fault = faults.Fault(dice.choice(STRUCK), moment, dice.randint(1, AWAITS))
            trio.lowlevel.add_instrument(self._fault)


class Disk:
    """What becomes of a log's writes."""

    def __init__(self, clock: hours.Clock, commits: int) -> None:
        self._clock, self._numbers, self._last = clock, itertools.count(1), commits
        self._full = False

    def append_batch(
        self, append: Callable[[log.Log, Sequence[records.Append]], list[writer.Result]]
    ) -> Callable[[log.Log, Sequence[records.Append]], list[writer.Result]]:
        """Stored, perhaps never answered."""

        @wraps(append)
        def appended(log: log.Log, appends: Sequence[records.Append]) -> list[writer.Result]:
            with self._clock.working():
                self._room(log)
                results = append(log, appends)
            if next(self._numbers) == self._last:
                os.kill(os.getpid(), signal.SIGKILL)
            return results

        return appended

    def change(self, change: Callable[..., Any]) -> Callable[..., Any]:
        """Other changes."""

        @wraps(change)
        def changed(log: log.Log, *args: Any, **kwargs: Any) -> Any:
            with self._clock.working():
                self._room(log)
                return change(log, *args, **kwargs)

        return changed

    def _room(self, log: log.Log) -> None:
        full = bool(self._clock.sky.full)
        if full != self._full:
            self._full = full
            log.connection.execute(f"PRAGMA max_page_count = {1 if full else ROOM}")


def main(hours_file: str, commits: str, *arguments: str) -> None:
    """Run the command."""
    clock = hours.Clock(pathlib.Path(hours_file), hours.SERVER)
    disk = Disk(clock, int(commits))
    log.Log.append_batch = disk.append_batch(log.Log.append_batch)  # type: ignore[method-assign, assignment]
    log.Log.change = disk.change(log.Log.change)  # type: ignore[method-assign]
    for name, now in _wall(clock):
        setattr(time, name, now)
    trio.run = partial(trio.run, clock=clock, instruments=[Strikes(clock)])  # type: ignore[assignment]
    sys.argv = ["csms", *arguments]
    cli.main()


def _wall(clock: hours.Clock) -> Iterator[tuple[str, Callable[[], float]]]:
    """The wall clock that the server looks at."""
    yield "time", lambda: clock.seconds() + clock.sky.step
    yield "time_ns", lambda: int((clock.seconds() + clock.sky.step) * 1e9)


if __name__ == "__main__":
    main(*sys.argv[1:])
