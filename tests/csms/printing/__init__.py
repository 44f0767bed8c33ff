"""Tests of csms.printing."""
