"""Tests of actors/upkeep."""
