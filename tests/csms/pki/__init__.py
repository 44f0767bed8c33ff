"""Tests of csms/pki."""
