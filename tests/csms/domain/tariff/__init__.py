"""Tests of csms/domain/tariff."""
