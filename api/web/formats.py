"""How values read on a page: Jinja filters, pure functions without I/O."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

NOTHING = "–"

STATUS_TONES = {
    "Available": "good",
    "Preparing": "busy",
    "Charging": "live",
    "SuspendedEV": "busy",
    "SuspendedEVSE": "busy",
    "Finishing": "busy",
    "Reserved": "busy",
    "Unavailable": "off",
    "Offline": "off",
    "Faulted": "bad",
    "active": "live",
    "pending": "busy",
    "finishing": "busy",
    "completed": "off",
    "failed": "bad",
    "accepted": "good",
    "rejected": "bad",
}
STATUS_WORDS = {"SuspendedEV": "Paused by car", "SuspendedEVSE": "Paused by charger"}

FLAG_WORDS = {
    "offline": "Reported late",
    "suspect": "Suspect values",
    "orphan": "Start unknown",
    "gaps": "Records missing",
    "superseded": "Another one began",
    "clock": "Clock was wrong",
    "lost": "End unknown",
    "unpriced": "Price not known yet",
    "review": "Bill to be looked at",
    "no_show": "Reserved, nobody came",
    "cancelled_reservation": "Reservation cancelled",
}


LONGEST_NUMBER = 12
"""Characters of a transaction id that are shown whole: 2.x chargers give UUIDs."""


def number(transaction_id: str) -> str:
    """A transaction id that fits into a table; the whole one is its title."""
    return transaction_id if len(transaction_id) <= LONGEST_NUMBER else transaction_id[:8] + "…"


def tone(status: str) -> str:
    """The colour class of a status; the words always stand beside it."""
    return STATUS_TONES.get(status, "busy")


def words(status: str) -> str:
    """A status as people say it: "not_supported" becomes "Not supported"."""
    text = STATUS_WORDS.get(status, status.replace("_", " ").replace("-", " "))
    return text[:1].upper() + text[1:]


def flag(name: str) -> str:
    """A session's flag as people say it."""
    return FLAG_WORDS.get(name, words(name))


def energy(wh: Decimal | float | None) -> str:
    """Wh as kWh with two decimals."""
    return NOTHING if wh is None else f"{Decimal(wh) / 1000:,.2f} kWh"


def power(watts: Decimal | float | None) -> str:
    """W as kW with one decimal."""
    return NOTHING if watts is None else f"{Decimal(watts) / 1000:,.1f} kW"


def duration(seconds: int | None) -> str:
    """Hours and minutes, or minutes and seconds below an hour."""
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def moment(value: datetime | str | None) -> Markup | str:
    """A <time> element in UTC; live.js shows it in the reader's own zone."""
    if value is None:
        return NOTHING
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    at = at.astimezone(UTC)
    return Markup('<time datetime="{}">{} UTC</time>').format(at.isoformat(timespec="seconds"), f"{at:%d %b %H:%M:%S}")


def or_nothing(value: Any) -> Any:
    """A dash for what is not known."""
    return NOTHING if value in (None, "", []) else value


def prose(text: str) -> Markup:
    """Text with `words in backticks` as code."""
    shown = Markup("")
    for index, piece in enumerate(text.split("`")):
        shown += Markup("<code>{}</code>").format(piece) if index % 2 else escape(piece)
    return shown


FILTERS = {
    "number": number,
    "prose": prose,
    "tone": tone,
    "words": words,
    "flag": flag,
    "energy": energy,
    "power": power,
    "duration": duration,
    "moment": moment,
    "known": or_nothing,
}
