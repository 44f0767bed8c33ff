"""Tests of csms.storage.porting."""
