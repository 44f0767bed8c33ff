"""Progress of long work: one line on stderr that is rewritten, and only where a person looks at it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    """Call it with the amount done; `total` None: not known beforehand."""

    def __init__(self, what: str, total: int | None) -> None:
        self._what = what
        self._total = total
        self.shown = False

    def __call__(self, done: int) -> None:
        """So much is done now."""
        if not sys.stderr.isatty():
            return
        share = f" {min(100, 100 * done // self._total)} %" if self._total else ""
        print(f"\r{self._what} {done:,}{share}\033[K", end="", file=sys.stderr, flush=True)
        self.shown = True


@contextmanager
def showing(what: str, total: int | None = None) -> Iterator[Progress]:
    """Progress whose line is gone afterwards."""
    progress = Progress(what, total)
    try:
        yield progress
    finally:
        if progress.shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
