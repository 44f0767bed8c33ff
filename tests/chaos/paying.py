"""`csms` that kills itself -9 at a step of a payment: `python -m tests.chaos.paying EVENT before|after serve ...`.

Before: what the event tells has happened, at the provider or at the charger, and is not recorded. After: it is on disk,
and nobody has been told.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

from api import cli
from csms.storage import log, records, staging, writer


def main(event: str, moment: str, *arguments: str) -> None:
    """Run the command until it dies."""
    append, change = log.Log.append_batch, log.Log.change

    def dying(held: bool) -> None:
        if held:
            os.kill(os.getpid(), signal.SIGKILL)

    def appended(self: log.Log, appends: Sequence[records.Append]) -> list[writer.Result]:
        told = any(_is(new, event) for each in appends for entry in each.entries for new in entry.events)
        dying(told and moment == "before")
        results = append(self, appends)
        dying(told)
        return results

    def changed(self: log.Log, what: Callable[[Any], Any], by: str) -> Any:
        found: list[bool] = []

        def watched(conn: Any) -> Any:
            result = what(conn)
            entries = staging._collecting.get() or []
            found.append(any(_is(new, event) for entry in entries for new in entry.events))
            dying(found[0] and moment == "before")
            return result

        done = change(self, watched, by)
        dying(bool(found and found[0]))
        return done

    log.Log.append_batch = appended  # type: ignore[method-assign]
    log.Log.change = changed  # type: ignore[method-assign, assignment]
    sys.argv = ["csms", *arguments]
    cli.main()


def _is(new: records.New, event: str) -> bool:
    return type(new.event).__name__ == event


if __name__ == "__main__":
    main(*sys.argv[1:])
