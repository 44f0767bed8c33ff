"""`csms` that kills itself -9 while it bills: `python -m tests.chaos.billing NTH before|after serve ...`.

At the NTH change that issues a document. Before: it has its number and is not stored. After: it is on disk, and the
follower does not know.
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from api import cli
from csms.domain import events
from csms.storage import log, staging


def main(nth: str, moment: str, *arguments: str) -> None:
    """Run the command until it dies."""
    numbers, change = itertools.count(1), log.Log.change

    def changed(self: log.Log, what: Callable[[Any], Any], by: str) -> Any:
        mortal: list[bool] = []

        def watched(conn: Any) -> Any:
            result = what(conn)
            staged = [new.event for entry in staging._collecting.get() or [] for new in entry.events]
            if any(isinstance(event, events.DocumentIssued) for event in staged):
                mortal.append(next(numbers) == int(nth))
            if any(mortal) and moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        done = change(self, watched, by)
        if any(mortal):
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    log.Log.change = changed  # type: ignore[method-assign, assignment]
    sys.argv = ["csms", *arguments]
    cli.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
