"""The step from version 2 to 3: the business. One module a topic; never changed once released.

READ_MODELS are tables that follow from events and can be folded again, TABLES those that people and integrations write.
"""

import sqlite3

from csms.storage.schema_v3 import (
    auditing,
    billing,
    books,
    drivers,
    following,
    links,
    listing,
    network,
    outward,
    payments,
    people,
    running,
    searching,
    signing_in,
    tariffs,
)

READ_MODELS = "".join(each.READ_MODELS for each in (auditing, billing, books, listing, payments, running, searching))
TABLES = (
    people.TABLES
    + signing_in.TABLES
    + payments.TABLES
    + outward.TABLES
    + following.TABLES
    + listing.TABLES
    + billing.TABLES
    + books.TABLES
    + tariffs.TABLES
    + drivers.TABLES
    + links.TABLES
    + network.TABLES
)


def migrate(connection: sqlite3.Connection) -> None:
    """Make the tables inside the caller's transaction; the log of version 2 holds nothing that belongs in them."""
    for statement in filter(str.strip, (READ_MODELS + TABLES).split(";")):
        connection.execute(statement)
