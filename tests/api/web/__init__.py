"""Specification of the pages."""
