"""Tests of csms.gateway."""
