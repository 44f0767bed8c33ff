"""Specification of csms/protocol/v21."""
