"""Specification of the resources of the HTTP API."""
