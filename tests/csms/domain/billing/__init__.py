"""Tests of csms.domain.billing."""
