"""Times on the wire (rule 22): generous in what is read, exact in what is written."""

from datetime import UTC, datetime

FIRST_PLAUSIBLE = datetime(2010, 1, 1, tzinfo=UTC)
"""OCPP 1.6 is of 2015: a charger whose clock shows less has lost it (1970, or its chip's first day)."""


def read(text: str) -> tuple[datetime | None, str | None]:
    """An aware UTC time as sent, and what is suspect about it: naive | no_clock | unreadable.

    A time without a clock is still returned, since it identifies a record among its retries; it says nothing of when.
    """
    try:
        moment = datetime.fromisoformat(text)
        naive = moment.tzinfo is None
        moment = moment.replace(tzinfo=UTC) if naive else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None, "unreadable"
    if moment < FIRST_PLAUSIBLE:
        return moment, "no_clock"
    return moment, "naive" if naive else None


def write(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and Z; the argument must be aware."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
