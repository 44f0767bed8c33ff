"""Tests of csms.porting."""
