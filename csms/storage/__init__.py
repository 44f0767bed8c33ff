"""The data directory: the append-only log, the read models folded from it, and the tables that people write.

Synchronous code on SQLite. `log` appends and reads events, `projections` keep read models in the same transaction,
`queries` read them, `reference` holds stations, chargers, tokens and users, `archive` and
`backup` look after age and loss.
"""
