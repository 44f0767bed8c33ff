"""Every list and view that people see, as plain JSON values: for the API, the pages and the command line alike.

One module a subject. Functions take a read-only connection (csms.storage.connection.reader), never write, and never
keep a cursor open. Lists answer {"items": [...], "next_cursor": ...}, newest first unless they say otherwise. The typed
look-ups of actors are in csms/storage/lookups.py.
"""

from csms.storage.queries import (
    alerts,
    audit,
    authorizations,
    books,
    campaigns,
    certificates,
    chargers,
    commands,
    costs,
    customer_information,
    drivers,
    inventory,
    jobs,
    payments,
    reports,
    sessions,
    streams,
    tariffs,
    templates,
    tokens,
    uploads,
)

__all__ = [
    "alerts",
    "audit",
    "authorizations",
    "books",
    "campaigns",
    "certificates",
    "chargers",
    "commands",
    "costs",
    "customer_information",
    "drivers",
    "inventory",
    "jobs",
    "payments",
    "reports",
    "sessions",
    "streams",
    "tariffs",
    "templates",
    "tokens",
    "uploads",
]
