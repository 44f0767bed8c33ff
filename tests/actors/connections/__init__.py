"""Tests of actors/connections."""
