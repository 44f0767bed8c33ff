"""Specification of csms/simulator/v21."""
