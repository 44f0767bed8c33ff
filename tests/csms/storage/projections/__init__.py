"""Rows that follow from events."""
