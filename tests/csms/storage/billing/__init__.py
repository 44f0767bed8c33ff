"""Tests of csms.storage.billing."""
