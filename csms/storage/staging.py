"""Events that a change of tables brings along: stored in the same transaction as its rows, or neither is.

`Log.write` collects them around the change that it runs; what the change calls may `stage` events and ask who acts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from csms.storage import records

SYSTEM = "system"
"""Who acts where no person, key or command line does."""
COMMAND_LINE = "command line"

acting: ContextVar[str] = ContextVar("acting", default=SYSTEM)
"""Who is at work, as a user's or key's id: set where a request comes in, asked where a change is recorded."""

_collecting: ContextVar[list[records.Entry] | None] = ContextVar("collecting", default=None)


@contextmanager
def collecting(by: str) -> Iterator[list[records.Entry]]:
    """Inside, `by` acts; what is staged is in the list."""
    entries: list[records.Entry] = []
    actor, collector = acting.set(by), _collecting.set(entries)
    try:
        yield entries
    finally:
        _collecting.reset(collector)
        acting.reset(actor)


@contextmanager
def apart() -> Iterator[list[records.Entry]]:
    """What is staged inside is only in the list: whoever keeps the change hands it to `adopt`."""
    entries: list[records.Entry] = []
    collector = _collecting.set(entries if collected() else None)
    try:
        yield entries
    finally:
        _collecting.reset(collector)


def adopt(entries: list[records.Entry]) -> None:
    """Stage what was staged apart."""
    collector = _collecting.get()
    if collector is not None:
        collector.extend(entries)


def collected() -> bool:
    """Whether somebody records what is changed here. Tables that are filled by hand, as tests do, have nobody."""
    return _collecting.get() is not None


def stage(stream: str, *new: records.New, expected: int | None = None) -> None:
    """Have these events stored with the change. Raises LookupError outside of `Log.write`.

    `expected` is the stream's version before all that the change stages; WrongExpectedVersion undoes everything.
    """
    entries = _collecting.get()
    if entries is None:
        raise LookupError("events are staged inside of Log.write only")
    entries.append(records.Entry(stream, expected, new))
