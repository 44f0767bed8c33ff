"""Every read: typed states for actors, plain JSON values for the API, the pages and the command line.

One module a subject. Functions take a read-only connection (csms.storage.connection.reader), never write, and never
keep a cursor open. Lists answer {"items": [...], "next_cursor": ...}, newest first unless they say otherwise.
"""

from csms.storage.queries import (
    alerts,
    authorizations,
    chargers,
    commands,
    people,
    sessions,
    stations,
    streams,
    tokens,
)

__all__ = [
    "alerts",
    "authorizations",
    "chargers",
    "commands",
    "people",
    "sessions",
    "stations",
    "streams",
    "tokens",
]
