"""Specification of csms/protocol."""
