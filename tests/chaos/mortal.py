"""`csms` that kills itself -9 at the worst moment: `python -m tests.chaos.mortal COMMITS serve ...`.

After so many commits of the log: what the last one stored is on disk, and nobody has been answered yet.
"""

import itertools
import os
import signal
import sys
from collections.abc import Sequence

from api import cli
from csms.storage import log, records, writer


def main(commits: str, *arguments: str) -> None:
    """Run the command until it dies."""
    numbers, commit = itertools.count(1), log.Log.append_batch

    def last_breath(self: log.Log, appends: Sequence[records.Append]) -> list[writer.Result]:
        results = commit(self, appends)
        if next(numbers) == int(commits):
            os.kill(os.getpid(), signal.SIGKILL)
        return results

    log.Log.append_batch = last_breath  # type: ignore[method-assign]
    sys.argv = ["csms", *arguments]
    cli.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
