"""Where the server's log records go: stderr, one line each with its time in UTC, least important level as set."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from actors import runtime

FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s %(message)s"
_TALKATIVE = ("anycorn", "trio-websocket", "httpx")


def configure(level: str) -> None:
    """Send records of `level` and above to stderr; libraries only when they have something to complain about."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter(FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


@contextmanager
def untold(words: str) -> Iterator[None]:
    """Within this block no crash is reported whose reason has these words: whoever started it tells the person."""
    reports = logging.getLogger(runtime.report.__name__)

    def other(record: logging.LogRecord) -> bool:
        return words not in str(getattr(record, "crash", {}).get("reason"))

    reports.addFilter(other)
    try:
        yield
    finally:
        reports.removeFilter(other)
