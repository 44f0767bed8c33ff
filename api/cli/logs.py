"""Where the server's log records go: stderr, one line each with its time in UTC, least important level as set."""

import logging
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from actors import runtime
from csms.domain import charger

FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s %(message)s"
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TALKATIVE = ("anycorn", "trio-websocket", "httpx")


class OneLine(logging.Formatter):
    """One line a record, whoever's words are in it: line breaks are escaped, and so is what moves a terminal's cursor.

    Only a traceback has lines of its own. What follows /uploads/ or /downloads/ in a URL is a permission: it is masked.
    """

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__(FORMAT, "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line, with its traceback where it has one."""
        return charger.without_secret_paths(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line."""
        return _BREAKS.sub(lambda found: found[0].encode("unicode_escape").decode(), super().formatMessage(record))


def configure(level: str) -> None:
    """Send records of `level` and above to stderr; libraries only when they have something to complain about."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
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
