"""Tests of actors/chargers."""
