"""Payments as rows: what became of every session's money."""
