"""The tables that people write: stations, chargers, tokens, users, keys. One module a table.

Functions take an open connection; writing ones run inside `Log.write`, in the one thread that writes. They check their
input and raise InvalidValue, NotFound, AlreadyExists or RevisionMismatch, whose messages say what to do.
"""

from csms.storage.reference import (
    api_keys,
    campaigns,
    chargers,
    counters,
    customer_information,
    firmware,
    idempotency,
    jobs,
    logins,
    settings,
    stations,
    templates,
    tokens,
    uploads,
    users,
)

__all__ = [
    "api_keys",
    "campaigns",
    "chargers",
    "counters",
    "customer_information",
    "firmware",
    "idempotency",
    "jobs",
    "logins",
    "settings",
    "stations",
    "templates",
    "tokens",
    "uploads",
    "users",
]
