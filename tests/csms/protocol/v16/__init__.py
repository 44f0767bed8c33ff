"""Specification of csms/protocol/v16."""
