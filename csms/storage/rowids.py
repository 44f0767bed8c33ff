"""Numbers of rows that come back from outside: cursors of lists, revisions, positions in the stream of events."""

LONGEST = 18
"""Digits; SQLite's largest number has 19, and no row of ours will ever have so many."""


def read(text: str) -> int | None:
    """The number, 0 or more; None for a text that was never one of ours."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else None
