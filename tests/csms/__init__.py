"""Tests of csms."""
