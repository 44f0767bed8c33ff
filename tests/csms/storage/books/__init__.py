"""Months of the ledger: closed in order, for good, and exported."""
